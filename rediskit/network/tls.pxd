cimport cython

from rediskit.network.transport cimport Transport
from rediskit.structures.buffer cimport Buffer
from rediskit.structures.native cimport receive, send


cdef Py_ssize_t RECORD_SIZE
cdef Py_ssize_t RECORD_OVERHEAD
cdef Py_ssize_t CHUNK_SIZE
cdef Py_ssize_t TURN_SIZE
cdef Py_ssize_t MOST_OWN_WORDS
cdef int _READ
cdef int _WRITE


cdef class TLSTransport(Transport):
    cdef object session
    cdef object incoming            # ssl.MemoryBIO: received, not yet decrypted
    cdef object outgoing            # encrypted, not yet in `encrypted`
    cdef Buffer encrypted           # to be sent
    cdef Py_ssize_t in_flight       # bytes of the output that `encrypted` holds

    @cython.locals(finished=bint)
    cpdef int shake_hands(self, int fd) except -1
    @cython.locals(data=bytes, pieces=list, start=Py_ssize_t)
    cpdef receive(self, int fd, Py_ssize_t limit)
    @cython.locals(piece=bytes)
    cdef _decrypt(self, list pieces)
    @cython.locals(total=Py_ssize_t)
    cpdef Py_ssize_t send(self, int fd, Buffer output) except -1
    cdef _send_own_words(self, int fd)
