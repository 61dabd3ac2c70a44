"""What several test modules share: servers to start, a raw RESP connection, the source tree."""
