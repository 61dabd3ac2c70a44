"""MODULE: about extensions of the server, which this one does not run.

Tools ask for the list before they look for what modules would bring. Loading one fails as it does
on a Redis that finds no module in the file.
"""

import os

from rediskit import errors
from rediskit.clients.client import Client
from rediskit.errors import CommandError
from rediskit.grammar.command import ADMIN, NO_ASYNC_LOADING, NOSCRIPT, command

ANY_ORDER = "nondeterministic_output_order"


@command(
    "MODULE LIST",
    ADMIN,
    NOSCRIPT,
    since="4.0.0",
    tips=ANY_ORDER,
    complexity="O(1)",
)
def module_list(client: Client):
    """Lists the modules that are loaded: none."""
    return []


@command(
    "MODULE LOAD path [arg [arg ...]]",
    ADMIN,
    NOSCRIPT,
    NO_ASYNC_LOADING,
    since="4.0.0",
    complexity="O(1)",
)
def module_load(client: Client, path: bytes, *arguments):
    """Would load a module, but always fails."""
    refuse_to_load(client, path)


@command(
    "MODULE LOADEX path [CONFIG name value [CONFIG name value ...]] [ARGS arg [arg ...]]",
    ADMIN,
    NOSCRIPT,
    NO_ASYNC_LOADING,
    since="7.0.0",
    complexity="O(1)",
)
def module_loadex(client: Client, path: bytes, *options):
    """Would load a module with directives of its own, but always fails."""
    refuse_to_load(client, path)


@command(
    "MODULE UNLOAD name",
    ADMIN,
    NOSCRIPT,
    NO_ASYNC_LOADING,
    since="4.0.0",
    complexity="O(1)",
)
def module_unload(client: Client, name: bytes):
    """Would unload a module, but there is none."""
    check_allowed(client)
    raise CommandError(errors.NO_SUCH_MODULE)


def refuse_to_load(client: Client, path: bytes):
    """Says in the log why a module is not loaded, and raises CommandError."""
    check_allowed(client)
    shown = os.fsdecode(path)
    client.server.log.warning(f"Module {shown} failed to load: this server does not run modules")
    raise CommandError(errors.MODULE_NOT_LOADED)


def check_allowed(client: Client):
    """Raises CommandError unless the directive enable-module-command permits the command."""
    allowed = client.server.config["enable-module-command"]
    if allowed == "no" or (allowed == "local" and not client.is_local):
        raise CommandError(errors.command_disabled("MODULE", "enable-module-command"))
