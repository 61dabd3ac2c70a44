# The library cjson; see json.pyx.

from rediskit.scripting.lua cimport lua_State

cdef enum NotNumbers:
    REFUSED
    TAKEN
    AS_NULL                     # when encoding

cdef struct Settings:
    # Of one table `cjson`, in the first upvalue of its functions.
    bint converts_sparse
    int sparse_ratio
    int sparse_safe
    int encode_depth
    int decode_depth
    int digits
    bint keeps_buffer
    int encode_not_numbers
    int decode_not_numbers

cdef void open_json(lua_State *L) noexcept nogil
