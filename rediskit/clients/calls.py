"""The calls that are being run, one within the other.

A request of a conversation is an outer call. EXEC runs the requests of its transaction within it, a
script what it asks for, a log that is replayed and the stream of a primary what they are made of:
to all of these an inner call is the same thing. What has to be known of a call while it runs is
here and nowhere else: who made it, its words, what is to be propagated instead of them, when it
began.

Every command passes here, so records are not made for each call but one for each depth, for good.
"""


class Call:
    """One call that is being run.

    client, command: whose it is, and of which command. arguments: its words as a list of bytes,
    the command's name first; whoever looks at them later (logs, monitors) sees what client.redact()
    blotted out. rewritten: the requests to propagate instead of these words, a list, or None.
    start_us: when it began, on the monotonic clock. outer: the call within which it is run, or
    None. A record that is not in use still tells whose call of which command was the last one at
    its depth: requests come in series, and nothing has to be stored then.
    """

    def __init__(self, outer):
        self.client = None
        self.command = None
        self.arguments = None
        self.rewritten = None
        self.start_us = 0
        self.outer = outer


class Calls:
    """The calls of one server. depth: how many are being run, one within the other."""

    def __init__(self):
        self.depth = 0
        self.first = Call(None)
        self.inner = []

    def enter(self, client, command, arguments, start_us):
        """A call begins; returns its record."""
        call = self.first if self.depth == 0 else self._inner_record()
        self.depth += 1
        if call.client is not client:
            call.client = client
        if call.command is not command:
            call.command = command
        call.arguments = arguments
        call.start_us = start_us
        client.call = call
        return call

    def leave(self, call, client):
        """The innermost call, whose record `call` is, a client's, has ended."""
        self.depth -= 1
        outer = call.outer
        client.call = outer if outer is not None and outer.client is client else None
        call.arguments = None
        if call.rewritten is not None:
            call.rewritten = None

    def _inner_record(self):
        """The record of a call within the innermost one."""
        if self.depth > len(self.inner):
            self.inner.append(Call(self.running))
        return self.inner[self.depth - 1]

    @property
    def running(self):
        """The innermost of the calls that are being run, or None."""
        if self.depth < 2:
            return self.first if self.depth else None
        return self.inner[self.depth - 2]

    @property
    def origin(self):
        """The client whose request all that is being run goes back to, or None."""
        return self.first.client if self.depth else None
