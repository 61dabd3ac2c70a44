"""The source tree as the tests see it: its files, what they import, what is compiled from them."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "rediskit"
SUFFIXES = (".py", ".pyx", ".pxd")

_IMPORT = re.compile(r"^\s*from\s+([\w.]+)\s+c?import\s+(\(?[^#\n]*(?:\([^)]*\))?)", re.MULTILINE)
_PLAIN_IMPORT = re.compile(r"^\s*c?import\s+([\w. ,]+)", re.MULTILINE)
_CIMPORTED = re.compile(r"^\s*from\s+(rediskit\.[\w.]+)\s+cimport\s", re.MULTILINE)


def source_files(*folders):
    """Every .py, .pyx and .pxd file below these folders of the checkout."""
    found = []
    for folder in folders:
        found += [path for path in (ROOT / folder).rglob("*.p*") if path.suffix in SUFFIXES]
    return sorted(found)


def module_name(path):
    """The dotted name of a source file below the checkout: rediskit.structures.table."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def module_exists(name):
    """Whether a dotted name below rediskit is a module or a package with sources here."""
    base = ROOT.joinpath(*name.split("."))
    return base.is_dir() or any(base.with_suffix(s).exists() for s in SUFFIXES)


def imports_of(path):
    """The dotted names that a source file imports or cimports, wherever in the file.

    `from a import b` counts as `a.b` where that is a module of ours, else as `a`.
    """
    pairs = _python_imports(path) if path.suffix == ".py" else _cython_imports(path)
    found = set()
    for module, names in pairs:
        absolute = _resolve(path, module)
        for name in names or [""]:
            below = f"{absolute}.{name}"
            is_module = name and absolute.startswith("rediskit") and module_exists(below)
            found.add(below if is_module else absolute)
    return found


def _python_imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or ""), [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, []


def _cython_imports(path):
    text = path.read_text()
    text = re.sub(r"\(([^()]*)\)", lambda found: found.group(0).replace("\n", " "), text)
    for module, names in _IMPORT.findall(text):
        words = [word.split()[0] for word in names.strip("() ,").split(",") if word.strip()]
        yield module, [word.strip("()") for word in words]
    for modules in _PLAIN_IMPORT.findall(text):
        for module in modules.split(","):
            yield module.split()[0], []


def _resolve(path, module):
    """Makes a relative module name absolute; `path` is the importing file."""
    level = len(module) - len(module.lstrip("."))
    if level == 0:
        return module
    package = path.relative_to(ROOT).parts[:-1]
    base = package[: len(package) - (level - 1)]
    rest = module[level:]
    return ".".join(base + ((rest,) if rest else ()))


def compiled_sources():
    """The file of every module that setup.py compiles: .pyx, and .py with a .pxd beside it."""
    found = list(PACKAGE.rglob("*.pyx"))
    found += [path for path in PACKAGE.rglob("*.py") if path.with_suffix(".pxd").exists()]
    return sorted(found)


def stale_modules(pure):
    """Names of modules whose compiled form is missing or older than what it was made from.

    What a module is made from is its source, its .pxd and the .pxd files it cimports. With
    `pure`, only the modules that have no uncompiled form are looked at.
    """
    from importlib.machinery import EXTENSION_SUFFIXES

    stale = []
    for source in compiled_sources():
        if pure and source.suffix == ".py":
            continue
        built = source.with_name(source.stem + EXTENSION_SUFFIXES[0])
        newest = max(path.stat().st_mtime for path in _made_from(source))
        if not built.exists() or built.stat().st_mtime < newest:
            stale.append(module_name(source))
    return stale


def _made_from(source):
    """A source file and every .pxd that it uses, directly or through another .pxd."""
    waiting, found = [source, source.with_suffix(".pxd")], set()
    while waiting:
        path = waiting.pop()
        if path in found or not path.exists():
            continue
        found.add(path)
        if path.suffix != ".py":
            names = _CIMPORTED.findall(path.read_text())
            waiting += [ROOT.joinpath(*name.split(".")).with_suffix(".pxd") for name in names]
    return found
