cimport cython

from rediskit.network.connections cimport Connection, Network
from rediskit.structures.buffer cimport Buffer
from rediskit.structures.native cimport receive, send


cdef Py_ssize_t RECORD_SIZE
cdef Py_ssize_t RECORD_OVERHEAD
cdef Py_ssize_t CHUNK_SIZE
cdef Py_ssize_t TURN_SIZE
cdef Py_ssize_t MOST_OWN_WORDS
cdef int _READ
cdef int _WRITE


cdef class TLSConnection(Connection):
    cdef object session
    cdef object incoming            # ssl.MemoryBIO: received, not yet decrypted
    cdef object outgoing            # encrypted, not yet in `encrypted`
    cdef Buffer encrypted           # to be sent
    cdef Py_ssize_t in_flight       # bytes of the output that `encrypted` holds
    cdef public bint established
    cdef bint input_ended
    cdef str refusal

    @cython.locals(events=int)
    cdef _shake_hands(self)
    cdef _turn_away(self)
    cdef _fail(self, error)
    cdef _see_end_of_input(self)
    @cython.locals(network=Network)
    cpdef look_after(self)
    @cython.locals(data=bytes, pieces=list, start=Py_ssize_t)
    cpdef _receive(self, Py_ssize_t limit)
    @cython.locals(piece=bytes)
    cdef _decrypt(self, list pieces)
    @cython.locals(total=Py_ssize_t)
    cpdef Py_ssize_t _send(self, Buffer output) except -1
    cdef _send_own_words(self)
