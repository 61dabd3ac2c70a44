# epoll without an object per event; see poller.pyx.

from rediskit.structures.memory cimport Owned

cdef extern from "<sys/epoll.h>" nogil:
    ctypedef union epoll_data_t:
        int fd
    struct epoll_event:
        unsigned int events
        epoll_data_t data

cdef enum:
    EVENTS = 1024               # are reported at once; the others come first the next time

cdef class Poller(Owned):
    cdef int fd
    cdef epoll_event *events

    cdef int control(self, int operation, int fd, unsigned int events) except -1
    cpdef int register(self, int fd, unsigned int events) except -1
    cpdef int modify(self, int fd, unsigned int events) except -1
    cpdef int unregister(self, int fd) except -1
    cpdef int wait(self, long long timeout_us) except -1
    cpdef int descriptor(self, int index) noexcept
    cpdef unsigned int mask(self, int index) noexcept
