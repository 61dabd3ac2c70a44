from rediskit.clients.calls cimport Call
from rediskit.keyspace.database cimport Database
from rediskit.protocol.replies cimport begin, encode, open_array
from rediskit.structures.buffer cimport Buffer
from rediskit.users.user cimport User

cdef int _REPLY_ON
cdef int _REPLICA

cdef class Client:
    cdef public long long id
    cdef public object server
    cdef public Database database
    cdef public int protocol
    cdef public bytes name
    cdef public User user
    cdef public bint is_trusted
    cdef public bint authenticated
    cdef public int gates
    cdef public int reply_mode
    cdef readonly Buffer output
    cdef readonly int kind
    cdef readonly bint may_wait
    cdef public object connection
    cdef public bint blocked
    cdef public bint close_after_reply
    cdef public bint closing
    cdef public str address
    cdef public str local_address
    cdef public long long created
    cdef public long long last_interaction
    cdef public object last_command
    cdef public bytes library_name
    cdef public bytes library_version
    cdef public bytes capabilities
    cdef public dict fieldsets
    cdef public bint no_evict
    cdef public object waiting
    cdef public list postponed
    cdef public list queue
    cdef public unsigned long long queue_flags
    cdef public long long queue_bytes
    cdef public bint queue_failed
    cdef public list watched
    cdef public bint watch_failed
    cdef public dict subscriptions
    cdef readonly Buffer deferred
    cdef public bint streaming
    cdef public object tracker          # a tracking.Tracker
    cdef public Call call
    cdef object __weakref__

    cpdef become(self, int kind)
    cpdef reply(self, value)
    cpdef write(self, value)
    cpdef reply_within(self, value)
    cpdef push(self, bytes message)
    cpdef send_deferred(self)
    cpdef Py_ssize_t subscription_count(self, topic) except -1
