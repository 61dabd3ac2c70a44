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
    {"network", "persistence", "replication"},
    {"scripting"},
    {"dispatcher", "commands", "gates"},
    {"clients", "operations"},
    {"users"},
    {"keyspace", "rdb"},
    {"grammar", "datatypes"},
    {"protocol", "structures", "eventloop", "clock", "latency"},
    {"config"},
    {"logfile"},
    {"errors", "glob", "version"},
]

# Parts of one layer that do not know each other: (importer, imported).
APART = {
    ("dispatcher", "commands"),
    ("commands", "dispatcher"),
    ("structures", "protocol"),
    ("structures", "config"),
    ("eventloop", "protocol"),
    ("eventloop", "config"),
}

# Who alone may use these modules of Python: sockets and epoll are at one place each.
RESERVED = {
    "socket": {"operations", "network", "structures"},
    "ssl": {"network"},
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
    apart = {other for other in imported if (part, other) in APART}
    assert not apart, f"{part} must not know {apart}"


def test_parts_of_one_layer_do_not_import_each_other_in_a_circle():
    graph = {}
    for path in SOURCES:
        part = part_of(module_name(path))
        imported = imported_parts(path) - {part, ""}
        graph.setdefault(part, set()).update(i for i in imported)

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
