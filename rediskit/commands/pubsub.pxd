from rediskit.clients.client cimport Client
from rediskit.clients.subscriptions cimport Subscriptions
