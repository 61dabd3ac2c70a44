"""Where connections come from: listening sockets, and who is let in.

They are opened as `bind`, `port`, `tls-port` and `unixsocket` say; `maxclients` and
`protected-mode` turn visitors away.

A turn of the event loop accepts `max-new-connections-per-cycle` connections from each listener
(`max-new-tls-connections-per-cycle` from one for TLS, whose greetings take longer); the loop
reports the others again in its next turn. When the process is out of descriptors the pending
connection stays where it is and would be reported in every turn, so the listener rests for a while
instead of spinning.
"""

import errno
import functools
import os
import socket
import stat

from rediskit import errors
from rediskit.config.configuration import ConfigError
from rediskit.eventloop import READ, Handler

# What accept() fails with when there is no room for another descriptor.
EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
REST_MS = 100

# A failure to bind with one of these is a protocol that this machine does not have.
UNSUPPORTED = (
    errno.ENOPROTOOPT,
    errno.EPROTONOSUPPORT,
    errno.ESOCKTNOSUPPORT,
    errno.EPFNOSUPPORT,
    errno.EAFNOSUPPORT,
)

# The longest path of a Unix socket: sun_path of sockaddr_un, less its final NUL.
LONGEST_PATH = 107


# The kinds of TCP sockets: the directive with its port, and that with how many to accept in a turn.
TCP_KINDS = {
    "tcp": ("port", "max-new-connections-per-cycle"),
    "tls": ("tls-port", "max-new-tls-connections-per-cycle"),
}

# Directives whose change makes TLS start anew; those with ports come before.
TLS_DIRECTIVES = (
    "tls-cluster",
    "tls-replication",
    "tls-auth-clients",
    "tls-prefer-server-ciphers",
    "tls-session-caching",
    "tls-session-cache-size",
    "tls-session-cache-timeout",
    "tls-cert-file",
    "tls-key-file",
    "tls-key-file-pass",
    "tls-client-cert-file",
    "tls-client-key-file",
    "tls-client-key-file-pass",
    "tls-dh-params-file",
    "tls-ca-cert-file",
    "tls-ca-cert-dir",
    "tls-protocols",
    "tls-ciphers",
    "tls-ciphersuites",
)


class ListenError(Exception):
    """A listening socket could not be opened; the text is what to log last before giving up."""


class Listener(Handler):
    """One listening socket. `accept(socket, address)` is called with each connection.

    kind: "tcp", "tls" or "unix". limit: a function that tells how many connections to accept in
    one turn.
    """

    def __init__(self, loop, listening, kind, accept, limit, log):
        super().__init__()
        self.loop = loop
        self.socket = listening
        self.kind = kind
        self.accept = accept
        self.limit = limit
        self.log = log
        self.exhausted = False
        self.rest = None
        loop.register(listening.fileno(), self, READ)

    def on_readable(self):
        for _ in range(self.limit()):
            try:
                connected, address = self.socket.accept()
            except BlockingIOError:
                return
            except ConnectionAbortedError:
                continue
            except OSError as error:
                self._failed(error)
                return
            self.exhausted = False
            self.accept(connected, address)

    def _failed(self, error):
        """Logs why nothing was accepted, once per shortage, and rests if there is a shortage."""
        if not self.exhausted:
            reason = os.strerror(error.errno)
            self.log.warning(f"Accepting client connection: accept: {reason}")
        if error.errno in EXHAUSTED:
            self.exhausted = True
            self.loop.modify(self, 0)
            self.rest = self.loop.call_later(REST_MS, self._resume)

    def _resume(self):
        self.rest = None
        self.loop.modify(self, READ)

    def close(self):
        """Stops listening."""
        if self.rest is not None:
            self.rest.cancel()
            self.rest = None
        self.loop.unregister(self)
        self.socket.close()


class Listeners:
    """All listeners of a network, and who is let in.

    network: its connections are counted, its connect() gets who is let in, and its
    rejected_connections counts the others. tls: how clients connect over TLS, None until that is
    asked for. The rest follows the configuration.
    """

    def __init__(self, network):
        self.network = network
        self.loop = network.loop
        self.config = network.config
        self.log = network.log
        self.tls = None
        self.listeners = []
        self._listening_on = None
        self._unix_path = ""
        config = self.config
        config.on_change("port", self._change_port)
        config.on_change("tls-port", self._change_tls_port)
        config.on_change("bind", self._change_bind)
        config.on_change_of_any(TLS_DIRECTIVES, self._change_tls)

    # Listening

    def listen(self):
        """Opens all listening sockets that the configuration asks for.

        Raises ListenError: its text is the last line for the log of a server that cannot start.
        """
        config = self.config
        if not config["port"] and not config["tls-port"] and not config["unixsocket"]:
            raise ListenError("Configured to not listen anywhere, exiting.")
        if self._needs_tls() and not self._configure_tls():
            raise ListenError("Failed to configure TLS. Check logs for more info.")
        try:
            self._listen_tcp({kind: self._wanted(kind) for kind in TCP_KINDS})
            if config["unixsocket"]:
                self._listen_unix(config.path_of("unixsocket"))
        except ListenError:
            self.close()
            raise

    def _wanted(self, kind):
        """(addresses, port) that a kind of TCP socket is to listen on; port 0 is none."""
        return self.config["bind"], self.config[TCP_KINDS[kind][0]]

    def _listen_tcp(self, places):
        """Opens sockets at places: kind -> (addresses, port)."""
        self._listening_on = (self._listening_on or {}) | places
        for kind, (addresses, port) in places.items():
            for listening in open_tcp(addresses, port, self.config["tcp-backlog"], self.log, kind):
                self._add(listening, kind, TCP_KINDS[kind][1])

    def _listen_unix(self, path):
        listening = open_unix(path, self.config["unixsocketperm"], self.config["tcp-backlog"])
        self._add(listening, "unix", "max-new-connections-per-cycle")
        self._unix_path = path

    def _add(self, listening, kind, limit_name):
        limit = functools.partial(self.config.__getitem__, limit_name)
        accept = self.accept_tls if kind == "tls" else self.accept
        self.listeners.append(Listener(self.loop, listening, kind, accept, limit, self.log))

    def _change_port(self, _):
        self._listen_elsewhere(["tcp"], errors.CONFIG_PORT)

    def _change_tls_port(self, _):
        if self._listening_on is None:
            return
        if self.tls is None and not self._configure_tls():
            raise ConfigError(errors.CONFIG_TLS)
        self._listen_elsewhere(["tls"], errors.CONFIG_PORT)

    def _change_bind(self, _):
        self._listen_elsewhere(list(TCP_KINDS), errors.CONFIG_BIND)

    def _listen_elsewhere(self, kinds, refusal):
        """Goes where `bind` and the ports now say, or stays where it was and raises ConfigError."""
        if self._listening_on is None:
            return
        wanted = {kind: self._wanted(kind) for kind in kinds}
        before = {kind: self._listening_on[kind] for kind in kinds}
        if wanted == before:
            return
        self._close_kinds(kinds)
        try:
            self._listen_tcp(wanted)
        except ListenError:
            self._close_kinds(kinds)
            self._listen_tcp(before)
            raise ConfigError(refusal) from None

    def _close_kinds(self, kinds):
        self._close([listener for listener in self.listeners if listener.kind in kinds])

    def _close(self, listeners):
        for listener in list(listeners):
            listener.close()
            self.listeners.remove(listener)

    def close(self):
        """Stops listening."""
        self._close(self.listeners)
        if self._unix_path:
            remove_unix(self._unix_path)
            self._unix_path = ""

    # TLS

    def _needs_tls(self):
        config = self.config
        return bool(config["tls-port"]) or config["tls-replication"] or config["tls-cluster"]

    def _configure_tls(self):
        """Has TLS as the directives say now, or as before if that cannot be; whether it could."""
        tls = self.tls or self._make_tls()
        if not tls.configure():
            return False
        self.tls = tls
        return True

    def _make_tls(self):
        # Loading OpenSSL takes time and memory, and most servers never need it.
        from rediskit.network.tls import TLS

        return TLS(self.config, self.log)

    def _change_tls(self):
        is_serving = self._listening_on is not None
        if is_serving and self._needs_tls() and not self._configure_tls():
            raise ConfigError(errors.CONFIG_TLS)

    # Accepting

    def accept(self, connected, address):
        """Makes a client of a connected socket, or refuses and closes it."""
        network = self.network
        connected.setblocking(False)
        is_tcp = connected.family != socket.AF_UNIX
        peer = spelled(address) if is_tcp else self._unix_path + ":0"
        network.say("Accepted %s", peer)
        if self._is_full():
            self._refuse(connected, errors.TOO_MANY_CLIENTS)
        elif is_tcp and self._is_protected_from(address[0]):
            self._refuse(connected, errors.PROTECTED_MODE)
        else:
            if is_tcp:
                set_options(connected, self.config["tcp-keepalive"])
            network.connect(connected, peer)

    def accept_tls(self, connected, address):
        """As accept(), for TLS: who cannot be told why before the handshake is told after it."""
        connected.setblocking(False)
        peer = spelled(address)
        self.network.say("Accepted %s", peer)
        if self._is_full():
            self.network.rejected_connections += 1
            connected.close()
            return
        set_options(connected, self.config["tcp-keepalive"])
        connection = self.network.connect(connected, peer, self.tls.transport())
        if self._is_protected_from(address[0]):
            connection.turn_away(errors.PROTECTED_MODE)

    def _is_full(self):
        return len(self.network.connections) >= self.config["maxclients"]

    def _is_protected_from(self, host):
        local = host == "::1" or host.startswith("127.")
        return self.config["protected-mode"] and not local and not self.network.password_needed()

    def _refuse(self, connected, text):
        """Says why, as far as the socket takes it, and hangs up."""
        self.network.rejected_connections += 1
        try:
            connected.send(b"-%s\r\n" % text.encode())
        except OSError as error:
            self.network.say("Error writing to client: %s", error.strerror)
        connected.close()


def open_tcp(addresses, port, backlog, log, kind="tcp"):
    """Listening sockets on each of `addresses` at a port, 0 for none at all.

    "*" is every IPv4 address and "::*" every IPv6 address. One that begins with "-" may be
    unavailable; a protocol that the machine lacks is passed over for all. Raises ListenError, with
    nothing left open.
    """
    opened = []
    if not port:
        return opened
    for address in addresses:
        optional = address.startswith("-")
        address = address[1:] if optional else address
        try:
            opened.append(_open_tcp(address, port, backlog))
        except OSError as error:
            log.warning(
                "Warning: Could not create server TCP listening socket "
                f"{address}:{port}: {error.strerror}"
            )
            if optional and error.errno == errno.EADDRNOTAVAIL or error.errno in UNSUPPORTED:
                continue
            for listening in opened:
                listening.close()
            raise ListenError(f"Failed listening on port {port} ({kind}), aborting.") from None
    return opened


def _open_tcp(address, port, backlog):
    """One listening socket; OSError with Redis' wording in `strerror`."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    host = None if address in ("*", "::*") else address
    try:
        found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, 0, socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise OSError(errno.EINVAL, error.strerror) from None
    step = "socket"
    try:
        listening = socket.socket(family, socket.SOCK_STREAM)
        try:
            step = "setsockopt"
            if family == socket.AF_INET6:
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            step = "bind"
            listening.bind(found[0][4])
            step = "listen"
            listening.listen(backlog)
            listening.setblocking(False)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        raise OSError(error.errno, f"{step}: {os.strerror(error.errno)}") from None
    return listening


def open_unix(path, permissions, backlog):
    """A listening Unix socket; `permissions` is a file mode, 0 for what the umask leaves.

    A socket left behind by another run is replaced. Raises ListenError.
    """
    try:
        if len(os.fsencode(path)) > LONGEST_PATH:
            raise OSError(
                errno.ENAMETOOLONG,
                f"unix socket path too long ({len(os.fsencode(path))}), "
                f"must be under {LONGEST_PATH + 1}",
            )
        remove_unix(path)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listening.bind(path)
            if permissions:
                os.chmod(path, permissions)
            listening.listen(backlog)
            listening.setblocking(False)
        except OSError as error:
            listening.close()
            raise OSError(error.errno, f"bind: {os.strerror(error.errno)}") from None
    except OSError as error:
        raise ListenError(f"Failed opening Unix socket: {error.strerror}") from None
    return listening


def remove_unix(path):
    """Removes the file of a Unix socket, and no other kind of file. OSError only for those."""
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            raise OSError(errno.EADDRINUSE, "bind: " + os.strerror(errno.EADDRINUSE))
        os.unlink(path)
    except FileNotFoundError:
        return


def set_options(connected, keepalive_seconds):
    """What every TCP connection gets: no delay of small replies, and probes of silent peers.

    False if the system refuses: the peer has gone again, or the interval is more than it allows.
    """
    try:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if keepalive_seconds:
            interval = max(keepalive_seconds // 3, 1)
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, keepalive_seconds)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, interval)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
    except OSError:
        return False
    return True


def spelled(address):
    """A socket's address as CLIENT LIST shows it: 127.0.0.1:6379, [::1]:6379."""
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
