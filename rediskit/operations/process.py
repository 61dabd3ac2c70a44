"""What a server asks of the process that it lives in, and a program that holds one need not give.

A server within a program is a guest: what belongs to the whole process - its signals, its limits,
its locale, its name in the system's log - is the program's, and is left alone. A server that is
started by its command line has the process to itself: that is `rediskit.operations.daemon`.
"""


class Guest:
    """A process that is a program's. supervised_by: who watches over it, as INFO shows it."""

    supervised_by = "no"

    def notify(self, state: str):
        """Tells who supervises us something: a guest is supervised by nobody."""

    def ready(self):
        """Clients are welcome from now on."""

    def begin_child(self, directive):
        """A forked child begins; the directive lists the processors that it may use."""

    def remove_pid_file(self):
        """The server is about to end."""
