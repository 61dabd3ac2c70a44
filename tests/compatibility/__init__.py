"""The same scripts on rediskit and on redis-server, compared reply by reply."""
