"""epoll without an object per event, for the event loop.

As select.epoll, but what is ready stays in one array, which is asked by index.
"""

from cpython.exc cimport PyErr_CheckSignals, PyErr_SetFromErrno
from libc.errno cimport EINTR, errno

from rediskit.structures.memory cimport Account, allocate, enter, release

cdef extern from "<sys/epoll.h>" nogil:
    int epoll_create1(int flags)
    int epoll_ctl(int epoll, int operation, int fd, epoll_event *event)
    int epoll_wait(int epoll, epoll_event *events, int most, int timeout_ms)
    int EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL

cdef extern from "<unistd.h>" nogil:
    int c_close "close"(int fd)


cdef class Poller:
    """An epoll instance. Events are bits as in the module `select`. Failures raise OSError."""

    def __cinit__(self):
        self.fd = -1
        self.events = <epoll_event *>allocate(EVENTS * sizeof(epoll_event))
        self.fd = epoll_create1(EPOLL_CLOEXEC)
        if self.fd < 0:
            PyErr_SetFromErrno(OSError)

    def __dealloc__(self):
        cdef Account before
        self.close()
        if self.events != NULL:
            before = self.enter_own()
            release(self.events, EVENTS * sizeof(epoll_event))
            enter(before)

    cdef int control(self, int operation, int fd, unsigned int events) except -1:
        cdef epoll_event event
        event.events = events
        event.data.fd = fd
        if epoll_ctl(self.fd, operation, fd, &event) < 0:
            PyErr_SetFromErrno(OSError)
        return 0

    cpdef int register(self, int fd, unsigned int events) except -1:
        """Begins to watch a descriptor for events."""
        return self.control(EPOLL_CTL_ADD, fd, events)

    cpdef int modify(self, int fd, unsigned int events) except -1:
        """Watches a descriptor for other events."""
        return self.control(EPOLL_CTL_MOD, fd, events)

    cpdef int unregister(self, int fd) except -1:
        """Watches a descriptor no longer."""
        return self.control(EPOLL_CTL_DEL, fd, 0)

    cpdef int wait(self, long long timeout_us) except -1:
        """Sleeps until something is ready, up to a time (-1: for ever); how many events there are.

        At once if the time is 0. A signal ends the sleep; its Python handler has run then.
        """
        cdef int timeout_ms = -1, count
        if timeout_us >= 0:
            timeout_ms = <int>min((timeout_us + 999) // 1000, 3_600_000)
        if timeout_ms == 0:
            count = epoll_wait(self.fd, self.events, EVENTS, 0)
        else:
            with nogil:
                count = epoll_wait(self.fd, self.events, EVENTS, timeout_ms)
        if count < 0:
            if errno != EINTR:
                PyErr_SetFromErrno(OSError)
            PyErr_CheckSignals()
            return 0
        return count

    cpdef int descriptor(self, int index) noexcept:
        """The descriptor of an event of the last wait()."""
        return self.events[index].data.fd

    cpdef unsigned int mask(self, int index) noexcept:
        """What an event of the last wait() reports."""
        return self.events[index].events

    def close(self):
        """Ends all watching."""
        if self.fd >= 0:
            c_close(self.fd)
        self.fd = -1
