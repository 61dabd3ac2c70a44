"""A set of byte strings, with the encodings of Redis.

structures/members.pyx has the three forms; what is small, the configuration says. Commands hand
the server's Limits to whatever adds members.
"""

from rediskit.structures.gathering import Gathered, count_selected, gather, select_into
from rediskit.structures.members import Members
from rediskit.structures.timed_members import TimedMembers

ARRAY, SET = b"*~"
WRITTEN_AT_ONCE = 1 << 20  # bytes of draws before the rest is streamed
MEMBER_EXPIRES = b"!!sexpire!!"
ENCODINGS = {"integers": b"intset", "pack": b"listpack", "table": b"hashtable"}


class Set(TimedMembers):
    """The value of a key of type set."""

    @property
    def encoding(self):
        """The name of the form it has: intset, listpack or hashtable."""
        return ENCODINGS[self.form]

    def prepare(self, members, limits):
        """To be called before a tuple of members is put in."""
        self.expect(members[0], len(members), limits.set_integers, limits.set_entries)

    def put(self, member, limits):
        """Adds a member; False if it is there already."""
        return self.add(member, limits.set_integers, limits.set_entries, limits.set_value)

    def take(self, count, limits):
        """Removes `count` members, or all, drawn with equal chances; a list of them."""
        return self.pop_many(count, limits.set_integers, limits.set_entries, limits.set_value)

    def unite(self, sets, limits):
        """Adds all members of some sets."""
        for other in sets:
            self.add_all(other, limits.set_integers, limits.set_entries, limits.set_value)

    def select(self, sets, wanted, limits):
        """Adds the members of the first set that are in all others, or (not wanted) in none."""
        select_into(self, sets, wanted, limits.set_integers, limits.set_entries, limits.set_value)

    def copy(self):
        """An independent set with the same members."""
        other = Set()
        self.copy_into(other)
        self.copy_deadlines(other)
        return other

    def digest_into(self, digest):
        """Puts the members into a digest."""
        for member in self.members():
            if self.deadline(member) < 0:
                digest.add(member)
            else:
                digest.combine_group(member, MEMBER_EXPIRES)


class MemberReply:
    """Members as a reply, a set or an array; to Python, an iterable of bytes.

    `members` is a Set that is not changed meanwhile, a Gathered, or a list of bytes.
    """

    def __init__(self, members, is_set=True):
        self.members = members
        self.is_set = is_set

    def __len__(self):
        return len(self.members)

    def __iter__(self):
        return iter(self.members)

    def __contains__(self, member):
        return member in list(self.members)

    def __eq__(self, other):
        if self.is_set:
            return set(self.members) == set(other)
        return list(self.members) == list(other)

    def encode_into(self, out, protocol):
        """Writes the members from where they are."""
        out.append_line(SET if self.is_set and protocol > 2 else ARRAY, len(self.members))
        if type(self.members) is list:
            content = self.members
            for member in content:
                out.append_block(member)
        elif type(self.members) is Gathered:
            gathered: Gathered = self.members
            gathered.append_to(out)
        else:
            owner: Members = self.members
            owner.append_to(out)


class Draws:
    """An array of `count` members, each drawn from all of a set that is not empty.

    There may be far more of them than fit into memory: they are a source of a reply that is made
    as it is read, see protocol/streaming.py, from the set as it is when that begins.
    """

    def __init__(self, members, count):
        self.members = members
        self.count = count

    def __len__(self):
        return self.count

    def __iter__(self):
        for _ in range(self.count):
            yield self.members.random_member()

    def encode_into(self, out, protocol):
        """Draws and writes them all."""
        out.append_line(ARRAY, self.count)
        self.members.append_random(out, self.count)

    def begin(self, out, protocol):
        """Draws and writes the first of them; whether any are left for encode_more()."""
        out.append_line(ARRAY, self.count)
        if not self.encode_more(out, WRITTEN_AT_ONCE):
            return False
        self.members = self.members.copy()
        return True

    def encode_more(self, out, size):
        """Writes about `size` more bytes; whether any are left."""
        end = len(out) + size
        while self.count and len(out) < end:
            self.members.append_random(out, 1)
            self.count -= 1
        return self.count > 0


def common(sets):
    """The members that all of some sets have, as a reply; the smallest set should be first."""
    return MemberReply(gather(sets, True))


def common_count(sets, most):
    """How many members all of some sets have, counted up to `most`; 0: all."""
    return count_selected(sets, True, most)


def only_first_count(sets, most):
    """How many members of the first set none of the others has, counted up to `most`; 0: all."""
    return count_selected(sets, False, most)


def only_first(sets):
    """The members of the first set that none of the others has, as a reply."""
    return MemberReply(gather(sets, False))
