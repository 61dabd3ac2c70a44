from rediskit.clock cimport Clock
from rediskit.datatypes.limits cimport Limits
from rediskit.keyspace.changes cimport Changes

cdef class Keyspace:
    cdef readonly Clock clock
    cdef readonly Limits limits
    cdef readonly list databases
    cdef public long long dirty
    cdef readonly long long flushes
    cdef public long long hits
    cdef public long long misses
    cdef public long long expired
    cdef public long long evicted
    cdef public long long expired_fields
    cdef public long long expired_members
    cdef public long long expired_time_us
    cdef public long long slices_cut_short
    cdef public bint expires
    cdef public bint frozen
    cdef readonly bint leaves_access
    cdef readonly bint marks_changes
    cdef readonly bint is_saving
    cdef int next_expiry            # number of the database that is first in the next cycle
    cdef readonly Changes changes
    cdef readonly list observers
    cdef readonly list database_observers
    cdef public object tell_of_new
    cdef public object tell_of_miss
    cdef public object tell_of_overwritten
    cdef public object tell_of_elements
    cdef public object before_eviction
    cdef readonly list lazily_freed
    cdef readonly long long freed_objects
    cdef public bint lazy_user_del
    cdef public bint lazy_server_del
    cdef public bint lazy_expire
    cdef public bint lazy_eviction

    cpdef object free_value_lazily(self, object value)

    cpdef object announce(self, object database, bytes key, str event)
    cpdef bint free_until(self, long long until_us) except -1
