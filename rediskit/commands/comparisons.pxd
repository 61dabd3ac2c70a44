from rediskit.clients.client cimport Client
from rediskit.datatypes.string cimport String

cpdef bint is_equal(object text, bytes value) except -1
cpdef bint holds(object text, dict options) except -1
