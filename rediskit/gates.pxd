cimport cython

from rediskit.client cimport Client
from rediskit.command cimport Command

cdef tuple GATES

cpdef object authentication(Client client, Command command, list arguments)
@cython.locals(bit=int)
cpdef object refusal(Client client, Command command, list arguments, int bits)
