"""Imports point down only: each module may import from its own layer and the layers below it.

Reads every import and cimport in the sources below rediskit. A new module is put in LAYERS, or
the test says so. A part is the first name below the package: `protocol` for `protocol.replies`.
"""

import ast

import pytest

from tests.support.sources import imports_of, module_name, source_files

# From the top down.
LAYERS = [
    {"__main__"},
    {"server"},
    {"network", "tls", "peers", "persistence", "replication", "listeners", "daemon"},
    {"scripting"},
    {"dispatcher", "commands", "waiting", "watching", "gates", "subscriptions", "notifications"},
    {"monitoring", "tracking"},
    {"client", "client_memory", "eviction", "info", "tls_context"},
    {"users"},
    {"database", "keyspace", "command", "arguments", "rdb"},
    {"datatypes", "key_specs"},
    {"protocol", "structures", "eventloop", "clock", "config", "latency", "statistics"}
    | {"output_limit", "strangers"},
    {"configfile", "directives"},
    {"directive", "logfile", "usage"},
    {"digest", "errors", "quoting", "glob", "version"},
]

# Parts of one layer that do not know each other: (importer, imported).
STRANGERS = {
    ("dispatcher", "commands"),
    ("commands", "dispatcher"),
    ("structures", "protocol"),
    ("structures", "config"),
    ("eventloop", "protocol"),
    ("eventloop", "config"),
}

# One idea in two files: the keyspace makes the databases, and they announce their changes to it.
COUPLES = {("database", "keyspace")}

# Who alone may use these modules of Python: sockets and epoll are at one place each.
RESERVED = {
    "socket": {"daemon", "listeners", "network", "peers", "structures"},
    "ssl": {"tls", "tls_context"},
    "asyncio": set(),
    "select": {"eventloop"},
    "selectors": set(),
    "threading": {"persistence"},
}

SOURCES = source_files("rediskit")
RANK = {part: rank for rank, layer in enumerate(LAYERS) for part in layer}


def part_of(name):
    """The part that a dotted name below rediskit belongs to; "" for the package itself."""
    return (name.split(".") + [""])[1]


def imported_parts(path):
    """The parts of rediskit that a source file imports."""
    names = (name for name in imports_of(path) if name.split(".")[0] == "rediskit")
    return {part_of(name) for name in names}


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_imports_point_down(path):
    part = part_of(module_name(path))
    imported = imported_parts(path) - {part, ""}
    if not part:
        assert not imported, "the package itself imports nothing of ours"
        return
    assert {part} | imported <= RANK.keys(), "a part that LAYERS does not name"
    upward = {other for other in imported if RANK[other] < RANK[part]}
    assert not upward, f"{part} imports {upward}, which is above it"
    strangers = {other for other in imported if (part, other) in STRANGERS}
    assert not strangers, f"{part} must not know {strangers}"


def test_parts_of_one_layer_do_not_import_each_other_in_a_circle():
    graph = {}
    for path in SOURCES:
        part = part_of(module_name(path))
        imported = imported_parts(path) - {part, ""}
        graph.setdefault(part, set()).update(i for i in imported if (part, i) not in COUPLES)

    def visit(part, trail):
        assert part not in trail, " > ".join([*trail, part])
        for other in graph.get(part, ()):
            visit(other, [*trail, part])

    for part in graph:
        visit(part, [])


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_sockets_and_epoll_are_used_at_one_place(path):
    part = part_of(module_name(path))
    for name in imports_of(path):
        allowed = RESERVED.get(name.split(".")[0])
        assert allowed is None or part in allowed, f"{part} may not import {name}"


def test_commands_take_time_from_the_clock():
    """A command that read the time itself could not be tested, nor replayed from a log."""
    for path in source_files("rediskit/commands", "rediskit/datatypes"):
        if path.suffix != ".py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                called = (node.value.id, node.attr)
                assert called not in {("time", "time"), ("datetime", "now")}, path
