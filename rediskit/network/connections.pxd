cimport cython

from rediskit.clock cimport Clock
from rediskit.dispatcher cimport Dispatcher
from rediskit.eventloop cimport EventLoop
from rediskit.network.connection cimport Connection
from rediskit.network.output_limit cimport OutputLimit
from rediskit.network.unauthenticated cimport Unauthenticated


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
