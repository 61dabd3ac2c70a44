"""redis-cli on a terminal of its own, whose keys a test presses and whose screen it reads."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

COLUMNS = 200
SECONDS = 10.0
ESCAPES = re.compile(rb"\x1b\[[0-9;]*[A-Za-z]|\r")


class Terminal:
    """redis-cli on a terminal; `output` is what it showed and no wait_for... has passed yet."""

    def __init__(self, port, folder, *arguments):
        self.process, self.descriptor = pty.fork()
        if self.process == 0:
            environment = os.environ | {"TERM": "xterm", "HOME": str(folder)}
            os.execvpe("redis-cli", ["redis-cli", "-p", str(port), *arguments], environment)
        size = struct.pack("HHHH", 50, COLUMNS, 0, 0)
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, size)
        self.output = b""

    def type(self, keys):
        """Presses keys one by one, as the line editor shows hints only for single ones."""
        for key in keys:
            os.write(self.descriptor, bytes([key]))
            self.read(0.005)

    def read(self, seconds):
        """Reads what comes within so many seconds."""
        if select.select([self.descriptor], [], [], seconds)[0]:
            self.output += os.read(self.descriptor, 1 << 16)

    def wait_for(self, text):
        """Reads until `text` was shown, in whatever colours, and forgets all up to its end."""
        self.wait_for_match(re.escape(text))

    def wait_for_match(self, pattern):
        """The same for a regular expression; its groups."""
        deadline = time.monotonic() + SECONDS
        while not (found := re.search(pattern, ESCAPES.sub(b"", self.output))):
            assert time.monotonic() < deadline, f"{pattern} not in {self.output}"
            self.read(0.05)
        self.output = ESCAPES.sub(b"", self.output)[found.end() :]
        return found.groups()

    def close(self):
        """Ends redis-cli."""
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.descriptor)
