"""The commands, a module for each group of the manual; importing them fills the command table."""

from rediskit.commands import (  # noqa: F401
    clients,
    configuration,
    connection,
    debug,
    expiry,
    geo,
    hashes,
    introspection,
    keys,
    latency,
    lists,
    lolwut,
    memory,
    server,
    sets,
    sorted_set_algebra,
    sorted_set_ranges,
    sorted_sets,
    sorting,
    strings,
)
