"""A stream: Entries and the consumer groups that read them, and how replies show both."""

from rediskit.protocol.replies import encode, open_map
from rediskit.structures.group import Group
from rediskit.structures.ids import FIRST_ID, LAST_ID, following, preceding, spell_id
from rediskit.structures.stream import Entries

ARRAY = ord("*")
GROUP_BYTES = 100  # of a group's place among the others


class Stream(Entries):
    """The value of a stream key; it stays when its last entry goes."""

    encoding = b"stream"

    @property
    def memory(self):
        """Bytes of all of it."""
        total = Entries.memory.__get__(self)
        for name, group in self.groups.items():
            total += GROUP_BYTES + len(name) + group.memory
        return total if self.producers is None else total + self.producers.held

    def copy(self):
        """An independent Stream of the same content."""
        other = Stream()
        self.copy_to(other)
        for name, group in self.groups.items():
            other.groups[name] = Group()
            group.copy_to(other.groups[name])
        if self.producers is not None:
            other.producers = self.producers.copy()
        return other

    def clear_some(self, limit):
        """Removes about `limit` entries of what nobody uses any more; how many are left."""
        self.trim_length(max(0, len(self) - limit), False, 0)
        if not len(self):
            self.groups = {}
        return len(self)

    def digest_into(self, digest):
        """Puts the entries into a digest, in their order; groups are not part of it."""
        for pair, words in self:
            digest.mix(b"%d.%d" % pair)
            for word in words:
                digest.mix(word)

    def is_referenced(self, pair):
        """Whether a group has yet to read or to acknowledge an entry; so it is if there is none."""
        for group in self.groups.values():
            if group.last_id < pair or group.find(pair) is not None:
                return True
        return not self.groups

    def forget(self, first, last):
        """Has no group wait any more for what has an id from one to another."""
        for group in self.groups.values():
            group.forget(first, last)

    def trim_referenced(self, keep, before, limit, approximately):
        """Removes what trimming would, but for the entries that groups have yet to acknowledge.

        keep, before: as of trim_length() and trim_before(), the other one None. Gives how many
        entries were removed, and the id before which all were looked at.
        """
        if approximately:
            count = self.count_whole_runs(keep or 0, before, limit)
        elif before is None:
            count = max(0, len(self) - keep)
        else:
            last = preceding(before)
            count = 0 if last is None else self.count(FIRST_ID, last)
        removed, reached = 0, FIRST_ID
        for pair in self.ids(FIRST_ID, self.last_id, count):
            reached = following(pair) or LAST_ID
            if not self.is_referenced(pair):
                removed += self.cut(pair)
        return removed, reached

    def check(self):
        """Asserts all invariants."""
        Entries.check(self)
        for group in self.groups.values():
            group.check()


class StreamRange:
    """Entries of a stream that is not changed meanwhile: a reply, or a list of [id, words].

    `count` of them, from the id `first` to `last`, both included; or the other way round.
    """

    def __init__(self, stream, first, last, count, backwards=False):
        self.stream = stream
        self.first = first
        self.last = last
        self.count = count
        self.backwards = backwards

    def __len__(self):
        return self.count

    def __iter__(self):
        found = self.stream.values(self.first, self.last, self.count, self.backwards)
        return iter([[spell_id(pair), words] for pair, words in found])

    def encode_into(self, out, protocol):
        """Writes it as an array of arrays."""
        out.append_line(ARRAY, self.count)
        self.stream.append_range(out, self.first, self.last, self.count, self.backwards)


class StreamPicks:
    """Single entries of a stream that is not changed meanwhile: a reply, or a list.

    picks: tuples of an id and whatever else each entry's array has behind its fields. Fields of an
    entry that is gone are a null array.
    """

    def __init__(self, stream, picks):
        self.stream = stream
        self.picks = picks

    def __len__(self):
        return len(self.picks)

    def __iter__(self):
        return iter(
            [[spell_id(pick[0]), self.stream.fields_of(pick[0]), *pick[1:]] for pick in self.picks]
        )

    def encode_into(self, out, protocol):
        """Writes it as an array of arrays."""
        out.append_line(ARRAY, len(self.picks))
        for pick in self.picks:
            out.append_line(ARRAY, len(pick) + 1)
            out.append_block(spell_id(pick[0]))
            if not self.stream.append_fields(out, pick[0]):
                out.append(b"_\r\n" if protocol > 2 else b"*-1\r\n")
            for number in pick[1:]:
                encode(out, number, protocol)


class StreamReplies(list):
    """[key, entries] for each of several streams: pairs in RESP2, a map in RESP3."""

    def encode_into(self, out, protocol):
        """Writes them."""
        if protocol > 2:
            open_map(out, len(self), protocol)
        else:
            out.append_line(ARRAY, len(self))
        for key, entries in self:
            if protocol < 3:
                out.append_line(ARRAY, 2)
            encode(out, key, protocol)
            encode(out, entries, protocol)
