cimport cython

from rediskit.clock cimport Clock
from rediskit.structures.memory cimport Account, current_account, enter
from rediskit.structures.native cimport monotonic_us
from rediskit.structures.poller cimport Poller

cdef int _READ
cdef int _WRITE
cdef int _TROUBLE


cdef class Handler:
    cdef public int fd
    cdef public int events
    cdef long long registered_in_turn

    cpdef on_readable(self)
    cpdef on_writable(self)


cdef class Timer:
    cdef public long long due_us
    cdef public double interval_ms
    cdef public bint cancelled
    cdef readonly long long sequence
    cdef object callback
    cdef EventLoop loop

    cpdef cancel(self)


cdef class Wakeup(Handler):
    cdef EventLoop loop
    cdef public int write_fd
    cdef object waiting_calls


cdef class EventLoop:
    cdef public Clock clock
    cdef readonly Account account
    cdef public object report
    cdef public list before_sleep
    cdef readonly long long turns
    cdef public long long busy_us
    cdef long long _woken_us
    cdef readonly Wakeup wakeup_handler
    cdef Poller _epoll
    cdef list _handlers
    cdef list _timers
    cdef int _cancelled_timers
    cdef long long _timers_made
    cdef readonly bint is_running
    cdef bint _stopping
    cdef bint _sleepless
    cdef object __weakref__

    cpdef register(self, int fd, Handler handler, int events)
    cpdef modify(self, Handler handler, int events)
    cpdef unregister(self, Handler handler)

    @cython.locals(before=Account)
    cpdef turn(self)
    @cython.locals(now_us="long long", count=int)
    cdef _take_turn(self)
    @cython.locals(handlers=list, handler=Handler, index=int, fd=int, mask=int)
    cdef _serve_events(self, int count)
    @cython.locals(timer=Timer)
    cdef long long _time_to_sleep(self, long long now_us) except -2
    @cython.locals(timer=Timer, now_us="long long", interval_us="long long", due=list)
    cpdef run_timers(self)
    cpdef skip_sleep(self)
