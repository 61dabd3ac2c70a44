from rediskit.keyspace.database cimport Database
from rediskit.keyspace.keyspace cimport Keyspace
from rediskit.structures.eviction cimport EvictionPool, first_to_expire, random_key
from rediskit.structures.memory cimport Account, current_account
from rediskit.structures.native cimport monotonic_us

cimport cython

cdef int BATCH
cdef int SLACK_BITS
cdef Py_ssize_t MOST_SLACK
cdef int _NONE, _ACCESS, _RANDOM, _DEADLINE
cdef int _ENOUGH, _GOING_ON, _FAILED

cdef class Eviction:
    cdef readonly Keyspace keyspace
    cdef object call_soon
    cdef object exempt
    cdef object latency
    cdef readonly Account account
    cdef public Py_ssize_t limit
    cdef public int samples
    cdef public long long time_limit_us
    cdef int order
    cdef bint only_with_deadline
    cdef EvictionPool pool
    cdef int next_database
    cdef bint is_going_on
    cdef long long exceeded_since_us
    cdef long long exceeded_us

    cpdef int make_room(self) except -1
    @cython.locals(missing=Py_ssize_t)
    cpdef Py_ssize_t missing(self) except? -1
    @cython.locals(keyspace=Keyspace, begin_us="long long", until_us="long long",
                   result=int)
    cdef int evict_some(self) except -1
    cdef bint free_until(self, long long until_us) except -1
    @cython.locals(keyspace=Keyspace, database=Database, tables=list, wanted=Py_ssize_t,
                   freed=Py_ssize_t, evicted="long long", number=Py_ssize_t,
                   begin_us="long long")
    cdef int evict_until(self, long long until_us) except -1
    cdef object choose(self, list tables)
    cdef note_time(self, event, long long begin_us)
