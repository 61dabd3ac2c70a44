"""A set of integers of 64 bits as a sorted array: the compact form of small sets of numbers.

All integers take as many bytes as the widest of them needs: 1, 2, 4 or 8. A wider one widens all
of them; they do not become narrower again. The functions know nothing of who owns a set: they take
the address of the owner's pointer, as the block moves when it grows. NULL is an empty set.
"""

from libc.string cimport memmove

from rediskit.structures.memory cimport allocate, release, resize, usable

cdef enum:
    LARGEST_ROUNDED = 4096      # blocks up to here use all of their size class
    SMALLEST_SHRUNK = 64        # bytes of a block that is not worth shrinking
    MOST_BYTES = 0xFFFFF000


cdef inline uint16_t width_of(int64_t value) noexcept:
    if -128 <= value <= 127:
        return 1
    if -32768 <= value <= 32767:
        return 2
    if -2147483648 <= value <= 2147483647:
        return 4
    return 8


cdef inline void store(Integers *integers, Py_ssize_t index, int64_t value) noexcept:
    # The low bytes of a little-endian integer are the narrower integer.
    memcpy(<char *>integers + sizeof(Integers) + index * integers.width, &value, integers.width)


cdef size_t size_for(size_t count, size_t width) noexcept:
    """Bytes of a block for so many integers; 0 if they are too many for one."""
    cdef size_t size = sizeof(Integers) + count * width
    if size > MOST_BYTES:
        return 0
    return usable(size) if size <= LARGEST_ROUNDED else size


cdef bint integers_find(const Integers *integers, int64_t value, Py_ssize_t *index) noexcept:
    """Whether a value is there; `index` becomes its own or the one it would be put at."""
    cdef Py_ssize_t low = 0, high = integers_count(integers), middle
    cdef int64_t found
    if high and integers_at(integers, high - 1) < value:
        low = high              # appending is common
    while low < high:
        middle = (low + high) >> 1
        found = integers_at(integers, middle)
        if found == value:
            index[0] = middle
            return True
        if found < value:
            low = middle + 1
        else:
            high = middle
    index[0] = low
    return False


cdef int widen(Integers **integers, uint16_t width) except -1:
    """Gives every integer more bytes, and room for one more."""
    cdef Integers *old = integers[0]
    cdef size_t capacity = size_for(integers_count(old) + 1, width)
    cdef Integers *new
    cdef Py_ssize_t index
    if capacity == 0:
        raise MemoryError("a set of integers is too large")
    new = <Integers *>allocate(capacity)
    new.capacity = <uint32_t>capacity
    new.width = width
    new.count = <uint32_t>integers_count(old)
    for index in range(new.count):
        store(new, index, integers_at(old, index))
    integers_free(integers)
    integers[0] = new
    return 0


cdef bint integers_add(Integers **integers, int64_t value) except -1:
    """Adds a value; False if it is there already. Raises MemoryError."""
    cdef Py_ssize_t index
    cdef Integers *own = integers[0]
    cdef size_t capacity
    cdef char *at
    if integers_find(own, value, &index):
        return False
    if own == NULL or width_of(value) > own.width:
        widen(integers, width_of(value))
    else:
        capacity = size_for(own.count + 1, own.width)
        if capacity == 0:
            raise MemoryError("a set of integers is too large")
        if capacity > own.capacity:
            integers[0] = <Integers *>resize(own, own.capacity, capacity)
            integers[0].capacity = <uint32_t>capacity
    own = integers[0]
    at = <char *>own + sizeof(Integers) + index * own.width
    memmove(at + own.width, at, (own.count - index) * own.width)
    store(own, index, value)
    own.count += 1
    return True


cdef bint integers_remove(Integers **integers, int64_t value) noexcept:
    """Removes a value; False if it is not there."""
    cdef Py_ssize_t index
    cdef Integers *own = integers[0]
    cdef char *at
    if not integers_find(own, value, &index):
        return False
    if own.count == 1:
        integers_free(integers)
        return True
    at = <char *>own + sizeof(Integers) + index * own.width
    own.count -= 1
    memmove(at, at + own.width, (own.count - index) * own.width)
    if own.capacity > SMALLEST_SHRUNK and own.capacity // 2 > size_for(own.count, own.width):
        shrink(integers)
    return True


cdef void shrink(Integers **integers) noexcept:
    cdef Integers *own = integers[0]
    cdef size_t capacity = size_for(own.count, own.width)
    try:
        integers[0] = <Integers *>resize(own, own.capacity, capacity)
        integers[0].capacity = <uint32_t>capacity
    except MemoryError:
        pass                    # the larger block is as good


cdef void integers_free(Integers **integers) noexcept:
    """Empties a set."""
    if integers[0] != NULL:
        release(integers[0], integers[0].capacity)
        integers[0] = NULL


cdef int integers_check(const Integers *integers) except -1:
    """Asserts all invariants of a set."""
    cdef Py_ssize_t index
    if integers == NULL:
        return 0
    assert integers.count > 0
    assert integers.width in (1, 2, 4, 8)
    assert sizeof(Integers) + integers.count * integers.width <= integers.capacity
    for index in range(integers.count - 1):
        assert integers_at(integers, index) < integers_at(integers, index + 1)
    return 0


cdef class IntegerSet:
    """A set of integers with an owner. Integers beyond 64 bits raise OverflowError."""

    def __init__(self, values=()):
        for value in values:
            self.add(value)

    def __dealloc__(self):
        integers_free(&self.integers)

    def __len__(self):
        return integers_count(self.integers)

    def __contains__(self, value):
        return self.contains(value)

    def __iter__(self):
        """The integers in ascending order, as they are now."""
        return iter([integers_at(self.integers, index) for index in range(len(self))])

    @property
    def held(self):
        """Bytes of the block."""
        return integers_held(self.integers)

    cpdef bint add(self, int64_t value) except -1:
        """Adds a value; False if it is there already."""
        return integers_add(&self.integers, value)

    cpdef bint remove(self, int64_t value) noexcept:
        """Removes a value; False if it is not there."""
        return integers_remove(&self.integers, value)

    cpdef bint contains(self, int64_t value) noexcept:
        """Whether a value is there."""
        cdef Py_ssize_t index
        return integers_find(self.integers, value, &index)

    cpdef int64_t at(self, Py_ssize_t index) except? -1:
        """The value of an index, in ascending order."""
        if not 0 <= index < integers_count(self.integers):
            raise IndexError(index)
        return integers_at(self.integers, index)

    def check(self):
        """Asserts all invariants."""
        integers_check(self.integers)
