"""Sockets: who listens, bytes that arrive and leave, TLS, conversations with other servers."""
