"""The commands, a module for each group of the manual; importing them fills the command table."""

from rediskit.commands import (  # noqa: F401
    configuration,
    connection,
    debug,
    expiry,
    introspection,
    keys,
    memory,
    server,
    strings,
)
