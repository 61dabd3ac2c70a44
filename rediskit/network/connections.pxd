cimport cython

from rediskit.clients.client cimport Client
from rediskit.clock cimport Clock
from rediskit.dispatcher cimport Dispatcher
from rediskit.eventloop cimport EventLoop, Handler
from rediskit.network.output_limit cimport OutputLimit
from rediskit.protocol.requests cimport RequestParser
from rediskit.network.transport cimport Transport
from rediskit.network.unauthenticated cimport Unauthenticated
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


cdef class Network:
    cdef public EventLoop loop
    cdef public Dispatcher dispatcher
    cdef public Clock clock
    cdef public object config
    cdef public object listeners
    cdef public object log
    cdef readonly object make_client
    cdef readonly object client_closed
    cdef readonly object password_needed
    cdef public list connections
    cdef readonly object client_memory
    cdef public bint frees_buffers
    cdef readonly bint weighs_clients       # there is a limit of what they may take
    cdef public dict local_addresses
    cdef public dict limits
    cdef readonly OutputLimit unauthenticated_limit
    cdef public long long timeout_seconds
    cdef public Py_ssize_t query_buffer_limit
    cdef public object max_bulk_length

    cdef public long long connections_received
    cdef public long long rejected_connections
    cdef public long long net_input_bytes
    cdef public long long net_output_bytes
    cdef public long long reads_processed
    cdef public long long writes_processed
    cdef public long long client_query_buffer_limit_disconnections
    cdef public long long client_output_buffer_limit_disconnections

    cdef list _pending_output
    cdef list _unfinished
    cdef readonly Unauthenticated unauthenticated
    cdef Py_ssize_t _swept
    cdef readonly object warn_of_attack

    cpdef serve_unfinished(self)
    @cython.locals(connection=Connection, batch=list)
    cdef _go_on(self)
    cpdef flush(self)
    @cython.locals(connection=Connection, batch=list)
    cdef _send_pending(self)
    @cython.locals(connection=Connection)
    cpdef sweep(self)
    @cython.locals(last=Connection)
    cdef _remove(self, Connection connection)
