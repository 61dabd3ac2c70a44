cimport cython

from rediskit.eventloop cimport EventLoop
from rediskit.structures.native cimport monotonic_us

cdef int _READ
cdef int _WRITE
cdef long long SLICE_US
cdef long long SENDING_US
cdef long long SHARE
cdef long long SPARE_US


cdef class Unauthenticated:
    cdef EventLoop loop
    cdef readonly object line           # deque
    cdef public long long paid_until_us
    cdef readonly bint resting

    cpdef line_up(self, connection)
    @cython.locals(begin_us="long long", now_us="long long", spent_us="long long", served=int)
    cpdef serve(self)
    cdef _serve_first(self)
    cdef _rest(self)
