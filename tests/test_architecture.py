"""Imports point down only: each module may import from its own layer and the layers below it.

Reads every import and cimport in the sources below rediskit. A part is the first name below the
package: `protocol` for `protocol.replies`. On which floor it is says ARCHITECTURE.md; a new part is
put there, or the test says so.
"""

import ast
import re

import pytest

from tests.support.sources import ROOT, imports_of, module_name, source_files

PAGE = (ROOT / "ARCHITECTURE.md").read_text()


def part_of_page(name):
    """The lines of ARCHITECTURE.md between <!-- name --> and <!-- /name -->."""
    return PAGE.split(f"<!-- {name} -->\n")[1].split(f"<!-- /{name} -->")[0].splitlines()


# From the top down.
LAYERS = [set(line.split()) for line in part_of_page("floors")]

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


def test_every_part_has_its_place_on_the_page():
    parts = {part_of(module_name(path)) for path in SOURCES} - {""}
    floors = set().union(*LAYERS)
    assert parts <= floors | {"scripting"}
    assert sum(map(len, LAYERS)) == len(floors), "a part on two floors"
    rooms = "\n".join(part_of_page("rooms"))
    for part in parts:
        is_room = (ROOT / "rediskit" / part).is_dir()
        assert f"`{part}/`" in rooms if is_room else f"`{part}.py`" in rooms, part


def test_only_commands_ask_a_client_for_its_server():
    """A part that reaches the server through a client is a circle that no import shows."""
    for path in SOURCES:
        if path.suffix == ".py" and part_of(module_name(path)) != "commands":
            assert not re.search(r"\b(client|other|monitor)\.server\b", path.read_text()), path
