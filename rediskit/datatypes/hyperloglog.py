"""A HyperLogLog: a string value that is read as a sketch of a set (structures.registers).

It is an ordinary string to all other commands, so its bytes may be anything; what is no sketch,
or a broken one, gets Redis' errors, and is not changed.
"""

from rediskit import errors
from rediskit.datatypes.string import String, content_of
from rediskit.errors import CommandError
from rediskit.structures import registers as kernel
from rediskit.structures.buffer import Buffer
from rediskit.structures.registers import Registers, new_sketch


class HyperLogLog:
    """The sketch in a string (bytes or String), or a new one.

    content: what it lies in, bytes or a Buffer. is_in_place: whether changes were made where the
    string lies; else the changed `content` is to be stored. The sketch in bytes and the sparse one
    are changed in a copy, so that an error half-way leaves the string as it was; the dense one
    has no errors. All methods raise CommandError INVALIDOBJ where registers are corrupted.
    """

    def __init__(self, text=None):
        self.text = new_sketch() if text is None else text
        self.content = content_of(self.text)
        self.is_in_place = False
        if not kernel.is_sketch(self.content):
            raise CommandError(errors.HYPERLOGLOG_WRONG_TYPE)

    @property
    def is_dense(self):
        """Whether the registers have the dense form."""
        return kernel.is_dense(self.content)

    def edit(self):
        """The Buffer to change the sketch in."""
        if self.is_in_place or self.content is not content_of(self.text):
            return self.content
        if type(self.text) is String and kernel.is_dense(self.content):
            self.content = self.text.edit()
            self.is_in_place = True
        else:
            self.content = Buffer(bytes(self.content))
        return self.content

    def add(self, elements, limit):
        """Counts elements in; how many changed a register. `limit`: bytes of the sparse form."""
        buffer = self.edit()
        changed = 0
        try:
            for element in elements:
                if kernel.add(buffer, element, limit):
                    changed += 1
        except ValueError:
            raise CommandError(errors.HYPERLOGLOG_CORRUPTED) from None
        return changed

    def make_dense(self):
        """Gives the registers the dense form; whether they had another."""
        if kernel.is_dense(self.content):
            return False
        try:
            kernel.make_dense(self.edit())
        except ValueError:
            raise CommandError(errors.HYPERLOGLOG_CORRUPTED) from None
        return True

    def unite_into(self, registers):
        """Raises each of `registers` to this sketch's."""
        try:
            registers.unite(self.content)
        except ValueError:
            raise CommandError(errors.HYPERLOGLOG_CORRUPTED) from None

    def raise_to(self, registers, limit):
        """Sets the registers to others that are as high or higher. `limit` as in add()."""
        kernel.raise_to(self.edit(), registers, limit)

    def forget_count(self):
        """Marks the cardinality that the sketch carries as out of date."""
        kernel.forget_estimate(self.edit())

    def count(self):
        """The cardinality that the registers tell."""
        try:
            return kernel.estimate(self.content)
        except ValueError:
            raise CommandError(errors.HYPERLOGLOG_CORRUPTED) from None

    def runs(self):
        """The runs of the sparse form: [(rank, count, whether it takes two bytes), ...]."""
        return kernel.runs_of(self.content)

    def registers(self):
        """All registers, as Registers."""
        registers = Registers()
        self.unite_into(registers)
        return registers
