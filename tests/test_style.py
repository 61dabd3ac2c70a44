"""The measurable part of the house style; ruff does the rest."""

import ast
import re

import pytest

from tests.support.sources import ROOT, source_files

SOURCES = source_files("rediskit", "tests", "benchmarks") + [ROOT / "setup.py", ROOT / "server.py"]
DOCUMENTED = [p for p in SOURCES if p.suffix != ".pxd" and not p.name.startswith("test_")]

LONGEST_LINE = 100
LONGEST_FILE = 700
LONGEST_FUNCTION = 60

# Put together here so that this file does not find itself.
UNFINISHED = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]))
MACHINE_PATH = re.compile("/" + r"(work|root|home/\w+|tmp/plan)/")

CYTHON_FUNCTION = re.compile(r"^( *)(?:def|cdef|cpdef)\b(?! class\b)[^=\n]*?(\w+)\(")
CYTHON_PUBLIC = re.compile(r"^(?:def +|cpdef +(?:\S+ +)*|cdef class +|class +)([A-Za-z]\w*)[(:]")


def by_name(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=by_name)
def test_file_is_readable(path):
    text = path.read_text()
    lines = text.splitlines()
    long = [number for number, line in enumerate(lines, 1) if len(line) > LONGEST_LINE]
    assert not long, f"lines over {LONGEST_LINE} columns: {long}"
    assert len(lines) <= LONGEST_FILE
    assert not UNFINISHED.search(text), "unfinished work is said in an issue, not in a comment"
    assert not MACHINE_PATH.search(text), "a path of somebody's machine"
    assert not re.search(r"[ \t]+$", text, re.MULTILINE), "blanks at the end of a line"
    assert not text or text.endswith("\n")


@pytest.mark.parametrize("path", SOURCES, ids=by_name)
def test_functions_are_short(path):
    spans = python_functions(path) if path.suffix == ".py" else cython_functions(path)
    long = {name: length for name, length in spans if length > LONGEST_FUNCTION}
    assert not long, f"over {LONGEST_FUNCTION} lines"


@pytest.mark.parametrize("path", DOCUMENTED, ids=by_name)
def test_modules_and_what_is_public_in_them_have_docstrings(path):
    if not path.read_text().strip():
        return
    bare = python_undocumented(path) if path.suffix == ".py" else cython_undocumented(path)
    assert not bare, "without a docstring"


def python_functions(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.end_lineno - node.lineno + 1


def cython_functions(path):
    """Name and number of lines of each function, told by the indentation that follows."""
    lines = path.read_text().splitlines()
    for start, line in enumerate(lines):
        match = CYTHON_FUNCTION.match(line)
        if not match:
            continue
        indent, end = len(match.group(1)), start
        for number in range(start + 1, len(lines)):
            text = lines[number]
            if text.strip() and not text.lstrip().startswith(")"):
                if len(text) - len(text.lstrip()) <= indent:
                    break
                end = number
        yield match.group(2), end - start + 1


def python_undocumented(path):
    tree = ast.parse(path.read_text())
    named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    public = [n for n in tree.body if isinstance(n, named) and not n.name.startswith("_")]
    bare = [node.name for node in public if ast.get_docstring(node) is None]
    return bare if ast.get_docstring(tree) is not None else ["the module", *bare]


def cython_undocumented(path):
    lines = path.read_text().splitlines()
    content = [line for line in lines if line.strip() and not line.startswith("#")]
    bare = [] if content[0].startswith('"""') else ["the module"]
    for number, line in enumerate(lines):
        match = CYTHON_PUBLIC.match(line)
        if match:
            body = number
            while not lines[body].split("#")[0].rstrip().endswith(":"):
                body += 1
            if not lines[body + 1].lstrip().startswith('"""'):
                bare.append(match.group(1))
    return bare
