cimport cython

from rediskit.grammar.command cimport Command, Declarations
from rediskit.structures.histogram cimport Histogram


cdef class CommandStatistics:
    cdef public long long calls
    cdef public long long microseconds
    cdef public long long rejected_calls
    cdef public long long failed_calls
    cdef public Histogram latency


@cython.final
cdef class CommandTable(Declarations):
    cdef public bint tracks_latency
    cdef object last_name
    cdef Command last_found
    cdef list records

    @cython.locals(found=Command)
    cpdef Command find(self, list arguments)
    cpdef CommandStatistics record_of(self, Command command)
    @cython.locals(record=CommandStatistics)
    cpdef object count_rejected(self, Command command)
    @cython.locals(record=CommandStatistics)
    cpdef object count_failed(self, Command command)
    @cython.locals(record=CommandStatistics)
    cpdef object count_call(self, Command command, long long microseconds)
