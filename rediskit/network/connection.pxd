cimport cython

from rediskit.clients.client cimport Client
from rediskit.dispatcher cimport Dispatcher
from rediskit.eventloop cimport Handler
from rediskit.network.connections cimport Network
from rediskit.network.output_limit cimport OutputLimit
from rediskit.network.transport cimport Transport
from rediskit.protocol.requests cimport RequestParser
from rediskit.structures.buffer cimport Buffer
from rediskit.structures.memory cimport account


cdef Py_ssize_t READ_SIZE
cdef Py_ssize_t LARGE_READ_SIZE
cdef Py_ssize_t UNAUTHENTICATED_READ_SIZE
cdef Py_ssize_t LARGE_OUTPUT
cdef Py_ssize_t STREAM_SIZE
cdef long long CLIENT_TIME_US
cdef Py_ssize_t LOOK_AHEAD
cdef int _READ, _NORMAL, _REPLICA, _MONITORING


cdef class Connection(Handler):
    cdef public Network network
    cdef readonly Client client
    cdef readonly Transport transport
    cdef readonly RequestParser parser
    cdef public OutputLimit limit
    cdef Buffer output
    cdef long long above_soft_limit_since
    cdef readonly Py_ssize_t counted        # bytes of input that are counted as memory used
    cdef int position
    cdef bint authenticated
    cdef bint queued
    cdef readonly bint waiting_for_room
    cdef bint unfinished
    cdef public bint lined_up       # see unauthenticated.py
    cdef list ahead                 # requests that are parsed but not served
    cdef Py_ssize_t ahead_served
    cdef object source              # of the rest of a streamed reply

    cpdef on_readable(self)
    @cython.locals(events=int)
    cdef bint _shake_hands(self) except -1
    cdef _handshake_failed(self, why)
    cpdef turn_away(self, text)
    cpdef read(self)
    cdef _see_end_of_input(self)
    @cython.locals(network=Network, data=bytes, size=Py_ssize_t)
    cdef _read_once(self)
    cpdef on_writable(self)
    cdef Py_ssize_t _read_size(self) except -1
    cdef _end_of_input(self)
    cdef _too_much_input(self, data)

    @cython.locals(network=Network, dispatcher=Dispatcher, client=Client,
                   start_us="long long", hard_bytes=Py_ssize_t, arguments=list)
    cdef _serve(self, data)
    @cython.locals(size=Py_ssize_t)
    cdef _count_input(self)
    @cython.locals(client=Client, parser=RequestParser, arguments=list)
    cdef list _next_request(self)
    @cython.locals(requests=list, arguments=list)
    cdef list _look_ahead(self, list first)
    cdef list _from_ahead(self)

    cdef _refuse(self, error, data)
    cdef _go_on_later(self)
    cpdef resume(self)

    cpdef queue_output(self)
    @cython.locals(network=Network, client=Client, sent=Py_ssize_t)
    cdef _write(self)
    @cython.locals(network=Network)
    cdef _wait_for_room(self)
    @cython.locals(limit=OutputLimit, size=Py_ssize_t, now="long long")
    cdef bint _is_over_limit(self) except -1
    cdef _end_at_limit(self)
    @cython.locals(network=Network, client=Client, transport=Transport)
    cpdef look_after(self)
    cpdef close_soon(self)
    @cython.locals(network=Network, client=Client)
    cpdef close(self)
