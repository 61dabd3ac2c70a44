"""The commands, a module for each group of the manual; importing them fills the command table."""

from rediskit.commands import (  # noqa: F401
    clients,
    configuration,
    connection,
    debug,
    expiry,
    hashes,
    introspection,
    keys,
    latency,
    lists,
    lolwut,
    memory,
    server,
    sets,
    sorting,
    strings,
)
