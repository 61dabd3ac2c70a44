"""The command table of one server: what it calls the commands, and how often it called them.

A table begins with all that was declared until then (`DECLARED`, shared by all servers and never
changed by one). Names are its own: `rename` follows the directive rename-command, and `declare`
adds a command that no other server knows. Records of calls are its own too, kept by the commands'
numbers and made when a command is called for the first time.
"""

from rediskit.grammar.command import DECLARED, Declarations
from rediskit.structures.histogram import Histogram


class CommandStatistics:
    """How often a command was called, refused before it ran, and failed when it did.

    microseconds: the time of all calls. latency: their Histogram, None if none was tracked.
    """

    def __init__(self):
        self.calls = 0
        self.microseconds = 0
        self.rejected_calls = 0
        self.failed_calls = 0
        self.latency = None


class CommandTable(Declarations):
    """The commands of one server.

    tracks_latency: whether the times of calls go to the histograms (directive latency-tracking).
    """

    def __init__(self):
        self.commands = dict(DECLARED.commands)
        self.spellings = dict(DECLARED.spellings)
        self.numbered = list(DECLARED.numbered)
        self.tracks_latency = True
        self.last_name = None  # what was found last: requests often come in series, and
        self.last_found = None  # the parser hands out the same object for the same name
        self.reset_statistics()

    def find(self, arguments):
        """The Command that a request (a list of bytes, not empty) names, None if there is none.

        A container by itself is found too; its arity then refuses the request.
        """
        if arguments[0] is self.last_name:
            return self.last_found
        found = self.spellings.get(arguments[0])
        if found is None:
            found = self.spellings.get(arguments[0].lower())
            if found is None:
                return None
        if found.spellings is None:
            self.last_name = arguments[0]
            self.last_found = found
            return found
        if len(arguments) == 1:
            return found
        subcommand = found.spellings.get(arguments[1])
        if subcommand is None:
            return found.spellings.get(arguments[1].lower())
        return subcommand

    # Names

    def declare(self, function, usage, flags, group, words, details):
        """Makes a Command that this server alone has; as Declarations.declare.

        Raises ValueError when there is one of that name, or when it would become a part of a
        command that other servers have too.
        """
        name = usage.partition(" ")[0].lower().encode()
        taken = self.commands.get(name)
        if name in DECLARED.commands or taken is not None and taken.name != name:
            raise ValueError(f"there is a command {name.decode()!r} already")
        self._forget_last()
        declared = super().declare(function, usage, flags, group, words, details)
        self.records += [None] * (len(self.numbered) - len(self.records))
        return declared

    def rename(self, name, new_name):
        """Gives a command another name; an empty one removes it (directive rename-command).

        Raises KeyError when there is no such command, ValueError when the new name is taken.
        """
        name, new_name = name.lower(), new_name.lower()
        if name not in self.commands:
            raise KeyError(name)
        if new_name in self.commands and new_name != name:
            raise ValueError(new_name)
        self._forget_last()
        declared = self.commands.pop(name)
        for spelling in (name, name.upper()):
            del self.spellings[spelling]
        if new_name:
            self.commands[new_name] = declared
            self.spellings[new_name] = declared
            self.spellings[new_name.upper()] = declared

    def _forget_last(self):
        self.last_name = self.last_found = None

    # Statistics

    def record_of(self, command):
        """The CommandStatistics of a Command of this table; KeyError for one declared since."""
        if command.number >= len(self.records):
            raise KeyError(command.name)
        record = self.records[command.number]
        if record is None:
            record = self.records[command.number] = CommandStatistics()
        return record

    def count_call(self, command, microseconds):
        """Counts a call that took so long."""
        record = self.records[command.number]
        if record is None:
            record = self.record_of(command)
        record.calls += 1
        record.microseconds += microseconds
        if self.tracks_latency:
            if record.latency is None:
                record.latency = Histogram()
            record.latency.record(microseconds)

    def count_rejected(self, command):
        """Counts a request that was refused before it ran."""
        record = self.record_of(command)
        record.rejected_calls += 1

    def count_failed(self, command):
        """Counts a call that ended in an error."""
        record = self.record_of(command)
        record.failed_calls += 1

    def recorded(self):
        """(Command, CommandStatistics) of all that were called or refused."""
        for command in self.every():
            record = self.records[command.number]
            if record is not None:
                yield command, record

    def reset_statistics(self):
        """Forgets calls, times and failures."""
        self.records = [None] * len(self.numbered)
