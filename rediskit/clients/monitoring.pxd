from rediskit.clients.client cimport Client

cpdef bytes monitor_line(Client client, list arguments, long long now_us)
