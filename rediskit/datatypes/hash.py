"""A hash: a Mapping that knows its encoding as Redis would name it, and how replies show it."""

from rediskit.protocol.replies import open_array, open_map
from rediskit.structures.mapping import BOTH, FIELDS, Mapping
from rediskit.structures.mapping_draws import append_draws, sample

FIELD_EXPIRES = b"!!hexpire!!"  # what Redis' digests have for it
WRITTEN_AT_ONCE = 65536  # bytes of draws before the rest is streamed
PAIR = b"*2\r\n"


class Hash(Mapping):
    """The value of a hash key: fields and values are bytes, see Mapping."""

    __slots__ = ()

    @property
    def encoding(self):
        """listpack, listpackex or hashtable."""
        if not self.is_compact:
            return b"hashtable"
        return b"listpackex" if self.has_deadlines else b"listpack"

    def copy(self):
        """An independent Hash of the same content and form."""
        other = Hash()
        self.copy_to(other)
        return other

    def digest_into(self, digest):
        """Puts the fields, their values and whether they expire into a digest, in no order."""
        for field, value in self.items():
            if self.deadline(field) < 0:
                digest.combine_group(field, value)
            else:
                digest.combine_group(field, value, FIELD_EXPIRES)


class HashColumn:
    """All fields, or all values, of a hash that is not changed meanwhile: a reply, or a list.

    form: FIELDS or VALUES.
    """

    def __init__(self, hash, form):
        self.hash = hash
        self.form = form

    def __len__(self):
        return len(self.hash)

    def __iter__(self):
        return iter(self.hash.fields() if self.form == FIELDS else self.hash.values())

    def __eq__(self, other):
        return list(self) == other

    def __repr__(self):
        return repr(list(self))

    def encode_into(self, out, protocol):
        """Writes it as an array of bulk strings."""
        open_array(out, len(self.hash))
        self.hash.append_to(out, self.form)


class HashPairs:
    """All of a hash that is not changed meanwhile: a reply, or a mapping."""

    def __init__(self, hash):
        self.hash = hash

    def __len__(self):
        return len(self.hash)

    def __iter__(self):
        return iter(self.hash.fields())

    def __getitem__(self, field):
        value = self.hash.get(field)
        if value is None:
            raise KeyError(field)
        return value

    def __eq__(self, other):
        return dict(self.items()) == other

    def __repr__(self):
        return repr(dict(self.items()))

    def keys(self):
        """All fields."""
        return self.hash.fields()

    def values(self):
        """All values."""
        return self.hash.values()

    def items(self):
        """All (field, value)."""
        return self.hash.items()

    def encode_into(self, out, protocol):
        """Writes it as a map of bulk strings."""
        open_map(out, len(self.hash), protocol)
        self.hash.append_to(out, BOTH)


class HashDraws:
    """So many fields, each drawn from all of a hash: a reply, or a list of fields or pairs.

    There may be far more of them than fit into memory: they are a source of a reply that is made
    as it is read, see protocol/streaming.py, from the hash as it is when that begins; it is not
    empty.
    """

    def __init__(self, hash, count, with_values):
        self.hash = hash
        self.count = count
        self.with_values = with_values
        self.opening = b""

    def __len__(self):
        return self.count

    def __iter__(self):
        for _ in range(self.count):
            yield sample(self.hash, 1, self.with_values)[0]

    def encode_into(self, out, protocol):
        """Writes an array, with values of pairs, or flat in RESP2."""
        self.open(out, protocol)
        append_draws(out, self.hash, self.count, self.with_values, self.opening)

    def begin(self, out, protocol):
        """Writes the beginning of that array; whether any are left for encode_more()."""
        self.open(out, protocol)
        if not self.encode_more(out, WRITTEN_AT_ONCE):
            return False
        self.hash = self.hash.copy()
        return True

    def open(self, out, protocol):
        """Opens the array."""
        in_pairs = self.with_values and protocol > 2
        open_array(out, self.count * 2 if self.with_values and not in_pairs else self.count)
        self.opening = PAIR if in_pairs else b""

    def encode_more(self, out, size):
        """Writes about `size` more bytes; whether any are left."""
        end = len(out) + size
        size_of_each = self.hash.memory // len(self.hash) + 1
        while self.count and len(out) < end:
            drawn = min(self.count, (end - len(out)) // size_of_each + 1)
            append_draws(out, self.hash, drawn, self.with_values, self.opening)
            self.count -= drawn
        return self.count > 0
