# An entry of a hash table: one block that holds everything about one key, field or member.
#
#     byte 0      what the value is (low 4 bits) and flags (high 4 bits)
#     byte 1..3   access: 24 bits that the owner of the table gives a meaning (LRU clock or LFU)
#     byte 4, 5   length of the key, length of the value if both are below 256
#     LONG:       4 bytes length of the key, 4 bytes length of the value, instead of those two
#     DEADLINE:   8 bytes, milliseconds since 1970; 4 bytes, by how many milliseconds the table's
#                 index of deadlines has it earlier (see Table.exchange_deadline)
#     the key
#     the value: its bytes, or 8 bytes for an integer, a real or a reference to a Python object
#
# Nothing in it is aligned, so it is read and written through memcpy, which compiles to one move.

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memmove

cdef enum:
    NOTHING = 0             # a member of a set
    BYTES = 1
    INTEGER = 2
    REAL = 3
    OBJECT = 4
    KIND_MASK = 15
    LONG = 16
    DEADLINE = 32
    RAW = 64                # bytes that were edited: shown as encoding raw however short

ctypedef uint8_t Entry      # Entry * points to byte 0

cdef inline int entry_kind(const Entry *entry) noexcept:
    return entry[0] & KIND_MASK

cdef inline uint32_t load_32(const Entry *at) noexcept:
    cdef uint32_t value
    memcpy(&value, at, 4)
    return value

cdef inline uint64_t load_64(const Entry *at) noexcept:
    cdef uint64_t value
    memcpy(&value, at, 8)
    return value

cdef inline uint32_t entry_access(const Entry *entry) noexcept:
    return load_32(entry) >> 8

cdef inline void set_entry_access(Entry *entry, uint32_t access) noexcept:
    cdef uint32_t word = (access << 8) | entry[0]
    memcpy(entry, &word, 4)

cdef inline size_t entry_key_length(const Entry *entry) noexcept:
    return load_32(entry + 4) if entry[0] & LONG else entry[4]

cdef inline size_t entry_value_length(const Entry *entry) noexcept:
    return load_32(entry + 8) if entry[0] & LONG else entry[5]

cdef inline size_t header_size(int flags) noexcept:
    return (12 if flags & LONG else 6) + (12 if flags & DEADLINE else 0)

cdef inline Entry *entry_key(const Entry *entry) noexcept:
    return <Entry *>entry + header_size(entry[0])

cdef inline Entry *entry_value(const Entry *entry) noexcept:
    return entry_key(entry) + entry_key_length(entry)

cdef inline size_t entry_size(const Entry *entry) noexcept:
    return header_size(entry[0]) + entry_key_length(entry) + entry_value_length(entry)

cdef inline int64_t entry_deadline(const Entry *entry) noexcept:
    # -1: it has none
    if not entry[0] & DEADLINE:
        return -1
    return <int64_t>load_64(entry + (12 if entry[0] & LONG else 6))

cdef inline int64_t entry_indexed(const Entry *entry) noexcept:
    # Where the index has an entry that has a deadline.
    cdef const Entry *at = entry + (12 if entry[0] & LONG else 6)
    return <int64_t>load_64(at) - load_32(at + 8)

cdef inline void write_deadline(Entry *entry, int64_t deadline, int64_t indexed) noexcept:
    cdef Entry *at = entry + (12 if entry[0] & LONG else 6)
    cdef uint32_t behind = <uint32_t>(deadline - indexed)
    memcpy(at, &deadline, 8)
    memcpy(at + 8, &behind, 4)

cdef inline int64_t entry_integer(const Entry *entry) noexcept:
    return <int64_t>load_64(entry_value(entry))

cdef inline double entry_real(const Entry *entry) noexcept:
    cdef double value
    memcpy(&value, entry_value(entry), 8)
    return value

cdef inline bint entry_is(const Entry *entry, const void *key, size_t length) noexcept:
    return entry_key_length(entry) == length and memcmp(entry_key(entry), key, length) == 0

cdef inline void write_entry(Entry *entry, int flags, const unsigned char *key, size_t key_length,
                             const void *value, size_t value_length) noexcept:
    """Fills in a block, but for access field and deadline."""
    cdef uint32_t length
    entry[0] = flags
    if flags & LONG:
        length = <uint32_t>key_length
        memcpy(entry + 4, &length, 4)
        length = <uint32_t>value_length
        memcpy(entry + 8, &length, 4)
    else:
        entry[4] = <Entry>key_length
        entry[5] = <Entry>value_length
    entry += header_size(flags)
    memmove(entry, key, key_length)
    memcpy(entry + key_length, value, value_length)

cdef inline bytes key_of(const Entry *entry):
    return PyBytes_FromStringAndSize(<char *>entry_key(entry), entry_key_length(entry))
