cimport cython

from rediskit.client cimport Client
from rediskit.datatypes.list cimport List
