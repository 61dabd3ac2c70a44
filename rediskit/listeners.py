"""Sockets that others connect to: opened as `bind`, `port` and `unixsocket` say, and accepted from.

A turn of the event loop accepts `max-new-connections-per-cycle` connections from each listener; the
loop reports the others again in its next turn. When the process is out of descriptors the pending
connection stays where it is and would be reported in every turn, so the listener rests for a while
instead of spinning.
"""

import errno
import os
import socket
import stat

from .eventloop import READ, Handler

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


class ListenError(Exception):
    """A listening socket could not be opened; the text is what to log last before giving up."""


class Listener(Handler):
    """One listening socket. `accept(socket, address)` is called with each connection.

    limit: a function that tells how many connections to accept in one turn.
    """

    def __init__(self, loop, listening, accept, limit, log):
        super().__init__()
        self.loop = loop
        self.socket = listening
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


def open_tcp(addresses, port, backlog, log):
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
            raise ListenError(f"Failed listening on port {port} (tcp), aborting.") from None
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


def warn_of_small_backlog(backlog, log):
    """Says so in the log if the system does not allow for a backlog as long as `tcp-backlog`."""
    try:
        with open("/proc/sys/net/core/somaxconn", encoding="ascii") as file:
            allowed = int(file.read())
    except (OSError, ValueError):
        return
    if 0 < allowed < backlog:
        log.warning(
            f"WARNING: The TCP backlog setting of {backlog} cannot be enforced because "
            f"/proc/sys/net/core/somaxconn is set to the lower value of {allowed}."
        )


def is_tcp(listener):
    """Whether a Listener is one of those that `bind` and `port` ask for."""
    return listener.socket.family != socket.AF_UNIX


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
