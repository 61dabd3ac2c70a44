"""A call that is being run, and the call within which it is.

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
