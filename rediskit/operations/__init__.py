"""How a server is run and watched: the process it lives in, what INFO shows."""
