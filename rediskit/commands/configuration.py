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
    complexity="O(N*M) for N patterns and M directives",
)
def config_get(client, *patterns):
    """Returns the directives whose names match patterns, with their values."""
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
    complexity="O(N) for N directives",
)
def config_set(client, *arguments):
    """Changes directives of the running server: all that are named, or none."""
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
    complexity="O(N) for N commands",
)
def config_resetstat(client):
    """Lets the counters that INFO shows begin at zero again."""
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
    complexity="O(N) for N directives and lines",
)
def config_rewrite(client):
    """Brings the configuration file up to date with the values in force."""
    log = client.server.log
    try:
        client.server.config.rewrite()
    except CommandError as error:
        log.warning(f"CONFIG REWRITE failed: {error.text}")
        raise
    log.notice("CONFIG REWRITE executed with success.")
    return OK
