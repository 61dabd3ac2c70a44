from rediskit.clients.client cimport Client
