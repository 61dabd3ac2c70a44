from rediskit.client cimport Client
from rediskit.subscriptions cimport Subscriptions
