from rediskit.client cimport Client
