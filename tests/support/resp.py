"""A raw RESP conversation that keeps every distinction the wire makes.

Client libraries turn a status, a bulk string and a verbatim string into one Python type; a test
that compares two servers must not. A reply is read as a `Reply`: its mark (the first byte on the
wire, as a str) and its content:

    + - , ( #    str, as spelled on the wire        $    bytes, or None for the null bulk
    :            int                                =    bytes, "txt:" and all
    * ~ >        list of Reply; None for *-1        %    list of (Reply, Reply)
    _            None
"""

import re
import socket
from typing import NamedTuple


class Reply(NamedTuple):
    """One reply; equal to another only if mark and content are equal. See the module."""

    mark: str
    content: object

    def __repr__(self):
        return spell(self)

    @property
    def is_error(self):
        """Whether the server refused the request."""
        return self.mark == "-"


def spell(reply):
    """A reply on one line, the way the tables of expected replies write it.

    +OK  -ERR text  :1  "bulk"  nil (null bulk)  nil* (null array)  null (RESP3)  [a, b]
    {k: v}  ~[member]  >[push]  ,1.5  #t  =txt:verbatim
    """
    mark, content = reply
    if mark == "_":
        return "null"
    if content is None:
        return "nil" if mark == "$" else "nil*"
    if mark == "$":
        return '"' + _printable(content) + '"'
    if mark == "=":
        return "=" + _printable(content)
    if mark == "%":
        return "{" + ", ".join(f"{spell(k)}: {spell(v)}" for k, v in content) + "}"
    if mark in "*~>":
        inside = "[" + ", ".join(spell(each) for each in content) + "]"
        return inside if mark == "*" else mark + inside
    return f"{mark}{content}"


def _printable(data):
    return data.decode("latin-1").encode("unicode_escape").decode().replace('"', '\\"')


_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|(\S+)')


def words(line):
    """Splits a command line into bytes: plain words, 'taken as is', "with \\n, \\x00 and so on"."""
    found = []
    for match in _WORD.finditer(line):
        escaped, verbatim, plain = match.groups()
        if escaped is not None:
            found.append(escaped.encode("latin-1").decode("unicode_escape").encode("latin-1"))
        else:
            found.append((plain if verbatim is None else verbatim).encode())
    return found


def request(*arguments):
    """The bytes of one request whose arguments are bytes, str or numbers."""
    parts = [b"*%d\r\n" % len(arguments)]
    for argument in arguments:
        data = argument if isinstance(argument, bytes) else str(argument).encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(data), data))
    return b"".join(parts)


class Connection:
    """A socket to a server: writes requests, reads replies, never interprets them."""

    def __init__(self, address, timeout=10.0):
        """`address` is (host, port), or the path of a unix socket; `timeout` in seconds."""
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        if family == socket.AF_INET and ":" in address[0]:
            family = socket.AF_INET6
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        self.socket.connect(address)
        self._pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Closes the socket; the server sees the end of the stream."""
        self.socket.close()

    def send(self, *arguments):
        """Sends one request of bytes, str or numbers without waiting for its reply."""
        self.send_raw(request(*arguments))

    def send_raw(self, data):
        """Sends bytes as they are."""
        self.socket.sendall(data)

    def execute(self, *arguments):
        """Sends one request and returns its Reply."""
        self.send(*arguments)
        return self.read()

    def run(self, line):
        """Executes a command line; see `words`."""
        return self.execute(*words(line))

    def read(self):
        """Reads one reply; TimeoutError if none comes, EOFError if the server hangs up."""
        line = self._read_line()
        mark, rest = line[:1].decode("latin-1"), line[1:]
        if mark in "+-,(#":
            return Reply(mark, rest.decode("latin-1"))
        if mark == ":":
            return Reply(mark, int(rest))
        if mark == "_":
            return Reply(mark, None)
        if mark not in "$=*~>%":
            raise ValueError(f"not a reply: {line!r}")
        count = int(rest)
        if count < 0:
            return Reply(mark, None)
        if mark in "$=":
            return Reply(mark, self._read_exactly(count + 2)[:-2])
        if mark == "%":
            return Reply(mark, [(self.read(), self.read()) for _ in range(count)])
        return Reply(mark, [self.read() for _ in range(count)])

    def at_end(self):
        """Whether the server has closed this connection: waits for it, or for data, to come."""
        try:
            return not self._pending and self.socket.recv(1, socket.MSG_PEEK) == b""
        except ConnectionError:
            return True

    def _read_line(self):
        while b"\r\n" not in self._pending:
            self._receive()
        line, _, self._pending = self._pending.partition(b"\r\n")
        return line

    def _read_exactly(self, count):
        while len(self._pending) < count:
            self._receive()
        data, self._pending = self._pending[:count], self._pending[count:]
        return data

    def _receive(self):
        data = self.socket.recv(1 << 16)
        if not data:
            raise EOFError("the server closed the connection")
        self._pending += data
