"""Clients that have yet to show a password stand in line, and get a small share of the time.

Whoever floods the server with requests that are refused, or reads none of the refusals, must not
slow down the others. So

- an unauthenticated client that has sent something is put in line, and epoll does not watch it
  while it is there: the loop sleeps, and serves others, no matter how many have how much to say;
- first come first served, each reads a little when its turn has come; the line is served before
  the loop sleeps, when everybody else has been served, for one short slice of time in a turn;
- what the slices take is paid for with SHARE times as long a time in which there are none. Who
  has not been there lately has some time to spare: a few passwords are looked at at once.

`paid_until_us` is the account: the time at which all slices are paid for. It is never more than
SPARE_US behind the present, and while it is ahead of it, the line waits for a timer.
"""

from collections import deque

from rediskit.eventloop import READ, WRITE
from rediskit.structures.native import monotonic_us

_READ = READ  # as C integers
_WRITE = WRITE

# A slice ends with the client that uses it up. One who has been served costs SENDING_US more: its
# reply is sent later, when the log has been written.
SLICE_US = 30
SENDING_US = 5

# Of all time these clients get one part in SHARE, and up to one in SHARE of SPARE_US at once.
SHARE = 5
SPARE_US = 100_000

# How long the line waits when its time is used up.
REST_MS = 1


class Unauthenticated:
    """The line. Its connections are event handlers with read() and `waiting_for_room`.

    lined_up of a connection: it is in line, and watched by epoll again when its turn has come.
    """

    def __init__(self, loop):
        self.loop = loop
        self.line = deque()
        self.paid_until_us = 0
        self.resting = False

    def line_up(self, connection):
        """Puts a connection that can be read at the end of the line, if it is not in it."""
        if not connection.lined_up:
            connection.lined_up = True
            self.line.append(connection)
            self.loop.modify(connection, 0)

    def serve(self):
        """Serves the line for a slice of time, if it has time: to be called before each sleep."""
        if self.resting or not self.line:
            return
        begin_us = monotonic_us()
        if self.paid_until_us > begin_us:
            self._rest()
            return
        now_us = begin_us
        served = 0
        for _ in range(len(self.line)):
            self._serve_first()
            served += 1
            now_us = monotonic_us()
            if now_us - begin_us + served * SENDING_US > SLICE_US:
                break
        spent_us = now_us - begin_us + served * SENDING_US
        self.paid_until_us = max(self.paid_until_us, begin_us - SPARE_US) + spent_us * SHARE
        if self.line:
            self.loop.skip_sleep()

    def _serve_first(self):
        connection = self.line.popleft()
        connection.lined_up = False
        if connection.fd < 0:
            return
        self.loop.modify(connection, _READ | _WRITE if connection.waiting_for_room else _READ)
        try:
            connection.read()
        except Exception as error:
            self.loop.report(connection, error)

    def _rest(self):
        self.resting = True
        self.loop.call_later(REST_MS, self._end_rest)

    def _end_rest(self):
        self.resting = False
