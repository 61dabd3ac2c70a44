# Fields of a mapping drawn by chance; see mapping_draws.pyx.

from rediskit.structures.buffer cimport Buffer
from rediskit.structures.mapping cimport Mapping

cpdef object random_field(Mapping mapping)
cpdef list sample(Mapping mapping, Py_ssize_t count, bint with_values)
cpdef int append_draws(Buffer out, Mapping mapping, Py_ssize_t count, bint with_values,
                       bytes opening) except -1
