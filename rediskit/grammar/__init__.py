"""What a declaration says of a command: usage line, key positions, arguments. Knows no server."""
