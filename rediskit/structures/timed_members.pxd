# A set whose members may have deadlines; see timed_members.pyx for how it works.

from libc.stdint cimport int64_t

from rediskit.structures.members cimport Members

cdef class TimedMembers(Members):
    cpdef int64_t deadline(self, bytes member) noexcept
    cpdef bint set_deadline(self, bytes member, int64_t deadline) except -1
    cpdef int64_t first_deadline(self) noexcept
    cpdef bint has_due(self, int64_t now_ms) noexcept
    cpdef Py_ssize_t drop_due(self, int64_t now_ms, Py_ssize_t limit) except -1
    cpdef list timed(self)
    cpdef int copy_deadlines(self, TimedMembers other) except -1

cdef bint members_timed(Members members) noexcept
