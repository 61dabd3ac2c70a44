"""The commands about libraries of functions, as far as they make sense without any.

No library can be loaded in this version, so there are none to list and none to delete. Tools and
test suites ask for just that before they begin.
"""

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.errors import CommandError
from rediskit.grammar.arguments import Options
from rediskit.grammar.command import NOSCRIPT, WRITE, command
from rediskit.protocol.replies import OK

LIST_OPTIONS = Options("LIBRARYNAME pattern", "WITHCODE", unknown=errors.unknown_argument)


@command(
    "FUNCTION FLUSH [ASYNC | SYNC]",
    WRITE,
    NOSCRIPT,
    since="7.0.0",
    tips="request_policy:all_shards response_policy:all_succeeded",
    complexity="O(N) for N functions",
)
def function_flush(client: Client, mode=None, *more):
    """Deletes every library with its functions."""
    if more:
        raise CommandError(errors.wrong_subcommand(client.call.arguments[1], "FUNCTION"))
    if mode is not None and mode.upper() not in (b"ASYNC", b"SYNC"):
        raise CommandError(errors.FUNCTION_FLUSH)
    return OK


@command(
    "FUNCTION LIST [LIBRARYNAME library-name-pattern] [WITHCODE]",
    NOSCRIPT,
    since="7.0.0",
    tips="nondeterministic_output_order",
    complexity="O(N) for N functions",
)
def function_list(client: Client, *options):
    """Shows the libraries and what functions they have, with their code if asked for."""
    LIST_OPTIONS.read(options)
    return []
