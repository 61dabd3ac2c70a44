"""What the README says is so."""

import contextlib
import io
import re

import pytest

from rediskit.config.table import BY_NAME
from tests.support import readme
from tests.support.sources import PACKAGE, ROOT

LONGEST = 240

# Directives whose names the code puts together, or that only a file has.
DECLARATIONS = {"include", "rename-command", "user"}
NOT_SPELLED = {"include", "shutdown-on-sigint", "shutdown-on-sigterm"}


def printed(code):
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(code, "README.md", "exec"), {})
    return output.getvalue()


def test_it_is_short():
    lines = readme.PATH.read_text().splitlines()
    outside = len(lines) - len(readme.section("benchmarks").splitlines())
    assert outside <= LONGEST
    assert max(len(line) for line in lines) <= readme.WIDTH


def test_the_client_example(server):
    pytest.importorskip("redis")
    [code] = [code for code in readme.code_blocks() if "import redis\n" in code]
    assert printed(code.replace("6379", str(server.port))) == "['ann']\n"


def test_the_embedding_example():
    [code] = [code for code in readme.code_blocks() if "import Server" in code]
    assert printed(code) == "None\n"


def test_the_figures_at_its_head_are_measured_ones():
    shown = re.findall(r"\d[\d.]*", readme.section("figures"))
    measured = re.findall(r"\d[\d.]*", readme.section("benchmarks"))
    assert len(shown) > 3
    assert set(shown) <= set(measured)


def test_every_command_is_listed():
    assert readme.section("commands") == readme.command_list(), "python -m tests.support.readme"


def test_directives_with_effect_are_read_somewhere():
    names = re.findall(r"`([a-z-]+)`", readme.section("directives"))
    sources = [path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "config" / "table.py"]
    text = "".join(path.read_text() for path in sources)
    for name in names:
        assert name in NOT_SPELLED or f'"{name}"' in text, name
        assert name.encode() in BY_NAME or name in DECLARATIONS, name
    assert len(names) == len(set(names))


def test_every_file_that_it_names_is_there():
    folder = ROOT
    for name in re.findall(r"`([\w/]+(?:\.pyx?|/))`", readme.section("layout")):
        path = ROOT / name if "/" in name.rstrip("/") or (ROOT / name).exists() else folder / name
        assert path.exists() or (PACKAGE / name).exists(), name
        folder = path if path.is_dir() else path.parent


def test_every_module_of_the_package_is_named():
    text = readme.section("layout")
    left_out = {"__init__", "version", "integers", "glob"}
    modules = {path.stem for path in PACKAGE.glob("*.py")} - left_out
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert not [name for name in modules if f"{name}.py`" not in text]
    assert not [name for name in packages if f"{name}/`" not in text]


def test_the_command_that_it_explains_is_a_real_one():
    code = readme.section("anatomy").removeprefix("```python\n").removesuffix("\n```")
    assert code in (PACKAGE / "commands/strings.py").read_text()
