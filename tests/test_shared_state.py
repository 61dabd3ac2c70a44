"""What several servers and threads of one process share does not change, or is harmless.

A name of a module that functions change is named in CHANGED, with the reason why servers and
threads do not get into each other's way; a new one, or one that is gone, fails the test.
"""

import ast
import re

from tests.support.sources import source_files

CHANGED = {
    # Filled in while the modules are imported.
    "rediskit/commands/debug.py SUBCOMMANDS": "declared by decorators",
    **{f"rediskit/rdb/kinds.pyx {name}": "set at import" for name in ("classes", "count", "kinds")},
    # Of all servers on purpose.
    "rediskit/eventloop.py _loops": "a forked child closes the descriptors of every loop",
    # Shared, with the GIL held; each says so beside it.
    "rediskit/protocol/requests.py NAMES": "immutable names, put in place one by one",
    "rediskit/rdb/filter.pyx secrets": "set at import",
    "rediskit/structures/hashing.pyx initial": "set at import",
    "rediskit/structures/lzf.pyx base": "a call holds the GIL",
    "rediskit/structures/lzf.pyx places": "a call holds the GIL",
    "rediskit/structures/native.pyx anchor_ns": "a call holds the GIL",
    "rediskit/structures/native.pyx anchor_ticks": "a call holds the GIL",
    "rediskit/structures/native.pyx ns_per_tick": "a call holds the GIL",
    "rediskit/structures/native.pyx receive_area": "a call holds the GIL",
    "rediskit/structures/sorting.pyx direction": "a sort holds the GIL",
    # The allocator, which is the process's; the current account is the thread's.
    **{
        f"rediskit/structures/memory.pyx {name}": "the allocator, with the GIL held"
        for name in [
            "chunks",
            "classes",
            "cold_runs",
            "free_run_capacity",
            "free_run_count",
            "free_runs",
            "runs_in_use",
        ]
    },
    # Lua: its functions, found once; what a library's function writes before it returns.
    **{
        f"rediskit/scripting/{name}": "set at import"
        for name in [
            *("lua.pyx loaded", "lua.pyx missing", "readonly.pyx mark", "json_encode.pyx escapes"),
            *(f"redis_library.pyx {each}_free" for each in ("perform", "ask", "log", "digest")),
            *("redis_library.pyx targets_free", "redis_library.pyx register_free"),
            "state.pyx is_over_free",
            *("sandbox.pyx lua_insert_element", "sandbox.pyx lua_gsub", "sandbox.pyx lua_find"),
            *("sandbox.pyx lua_match", "sandbox.pyx lua_gmatch"),
        ]
    },
    **{
        f"rediskit/scripting/{name}": "a call holds the GIL"
        for name in [
            *("sandbox.pyx scratch", "json_encode.pyx written", "json_decode.pyx unescaped"),
            *("msgpack.pyx packed", "packing.pyx packed"),
        ]
    },
    "rediskit/structures/memory.pyx current": "each thread has its own",
    "rediskit/structures/memory.pyx until_failure": "for tests of one thread",
}

CHANGING = {"add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove"}
CHANGING |= {"setdefault", "update"}


def top_names(tree):
    """The names that a module gives to objects of its own."""
    found = set()
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        found.update(each.id for target in targets for each in ast.walk(target) if is_name(each))
    return found


def is_name(node):
    return isinstance(node, ast.Name)


def changed_by(function):
    """The names whose objects a function changes, or that it binds anew."""
    nodes = list(ast.walk(function))
    bound_anew = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
    own = {argument.arg for argument in function.args.args}
    own |= {node.id for node in nodes if is_name(node) and isinstance(node.ctx, ast.Store)}
    changed = [
        node.value
        for node in nodes
        if isinstance(node, (ast.Subscript, ast.Attribute)) and not isinstance(node.ctx, ast.Load)
    ]
    changed += [
        node.func.value
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CHANGING
    ]
    return bound_anew | {each.id for each in changed if is_name(each)} - (own - bound_anew)


def changed_in_python(path):
    tree = ast.parse(path.read_text())
    names = top_names(tree)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {name for function in functions for name in changed_by(function)} & names


def changed_in_cython(path):
    """Variables of C at the top of a module, all of which can be changed, and globals."""
    text = path.read_text()
    found = set()
    for names in re.findall(r"^    global (.+)$", text, re.MULTILINE):
        found.update(names.split(", "))
    for line in text.splitlines():
        declared = re.match(r"cdef (?!inline|class|extern|enum|struct|packed|union)[^(:]+$", line)
        if declared and not line.startswith("cdef const"):
            before_value = line.partition("=")[0].partition("#")[0]
            found.add(before_value.split()[-1].lstrip("*").partition("[")[0])
    return {name for name in found if not name.isupper()}


def test_nothing_that_servers_share_changes_but_what_is_named_here():
    found = set()
    for path in source_files("rediskit"):
        if path.suffix == ".py":
            found.update(f"{path.as_posix()} {name}" for name in changed_in_python(path))
        elif path.suffix == ".pyx":
            found.update(f"{path.as_posix()} {name}" for name in changed_in_cython(path))
    found = {name[name.index("rediskit/") :] for name in found}
    assert found - CHANGED.keys() == set(), "shared by all servers and threads"
    assert CHANGED.keys() - found == set(), "named here, but not there any more"


def test_python_s_own_random_source_is_used_nowhere():
    """It is the process's: servers draw from the source of their account."""
    users = [
        path
        for path in source_files("rediskit")
        if re.search(r"^\s*(import random|from random )", path.read_text(), re.MULTILINE)
    ]
    assert [path.name for path in users] == ["chance.pyx"]
