"""CONFIG: reading and changing the configuration of a running server."""

from rediskit.errors import SYNTAX_ERROR, CommandError
from rediskit.grammar.command import ADMIN, LOADING, NOSCRIPT, STALE, command
from rediskit.protocol.replies import OK


@command(
    "CONFIG GET parameter [parameter ...]",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="2.0.0",
    group="server",
)
def config_get(client, *patterns):
    """Returns the values of the configuration parameters that glob patterns match."""
    return client.server.config.get_matching(patterns)


@command(
    "CONFIG SET parameter value [parameter value ...]",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="2.0.0",
    group="server",
    tips="request_policy:all_nodes response_policy:all_succeeded",
)
def config_set(client, *arguments):
    """Sets configuration parameters of the running server, all of them or none."""
    if len(arguments) % 2:
        raise CommandError(SYNTAX_ERROR)
    server = client.server
    config = server.config
    for position in range(0, len(arguments), 2):
        if config.is_sensitive(arguments[position]):
            client.redact(position + 3)
    guarded = config["enable-protected-configs"]
    allowed = guarded == "yes" or (guarded == "local" and client.is_local)
    pairs = zip(arguments[::2], arguments[1::2], strict=True)
    config.set_many(pairs, protected_allowed=allowed, loading=server.is_loading)
    return OK


@command(
    "CONFIG RESETSTAT",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="2.0.0",
    group="server",
    complexity="O(1)",
)
def config_resetstat(client):
    """Resets the statistics that INFO reports."""
    client.server.reset_statistics()
    return OK


@command(
    "CONFIG REWRITE",
    ADMIN,
    NOSCRIPT,
    LOADING,
    STALE,
    since="2.8.0",
    group="server",
    complexity="O(1)",
)
def config_rewrite(client):
    """Writes the configuration in force into the configuration file."""
    log = client.server.log
    try:
        client.server.config.rewrite()
    except CommandError as error:
        log.warning(f"CONFIG REWRITE failed: {error.text}")
        raise
    log.notice("CONFIG REWRITE executed with success.")
    return OK
