"""`python server.py` is `python -m rediskit`."""

from importlib.util import find_spec

if __name__ == "__main__":
    if find_spec("rediskit.structures.memory") is None:
        raise SystemExit("rediskit is not compiled yet: run `make` first, or `make run`")
    from rediskit.__main__ import main

    main()
