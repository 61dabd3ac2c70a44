from rediskit.clients.client cimport Client
from rediskit.keyspace.database cimport Database
from rediskit.datatypes.set cimport Set
