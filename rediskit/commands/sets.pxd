from rediskit.client cimport Client
from rediskit.database cimport Database
from rediskit.datatypes.set cimport Set
