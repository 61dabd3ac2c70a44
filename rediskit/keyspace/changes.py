"""What changed the data, for those who do the same to a copy: the log, the replicas.

They are called takers, and are handed units: a list of requests that belong together, each with
the number of the database that it is for. All that one outer call changed is one unit, be it one
request, a transaction or a script. What happens while no call is run (a key expires, or is evicted,
or is found due by whoever looks at it for a client that waits) is a unit at once, so that nothing
is left lying about for a later command. How a unit is written (SELECT, MULTI and EXEC) is the
takers' own affair.

While there are no takers, nothing is kept.
"""


class Changes:
    """The units of one server.

    takers: callables (unit, is_atomic), where `unit` is a list of (database number, words) and
    `is_atomic` says that it has to be done as a whole or not at all. is_open: a call is being run,
    and what happens belongs to its unit.
    """

    def __init__(self):
        self.takers = []
        self.is_open = False
        self._unit = []

    def add(self, number, words):
        """Adds a request, a list of bytes, for a database to the unit."""
        if self.takers:
            self._unit.append((number, words))
            if not self.is_open:
                self.end(False)

    def end(self, is_atomic):
        """Hands the unit, if there is anything in it, to the takers."""
        if self._unit:
            unit = self._unit
            self._unit = []
            for take in self.takers:
                take(unit, is_atomic)


def framed(unit, is_atomic):
    """The requests of a unit, between MULTI and EXEC if there are several that belong together."""
    if not is_atomic or len(unit) == 1:
        return unit
    first, last = unit[0][0], unit[len(unit) - 1][0]
    return [(first, [b"MULTI"]), *unit, (last, [b"EXEC"])]
