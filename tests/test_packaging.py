"""What is built from the sources is whole: source archive, wheel, installed commands.

Everything happens in a copy of the checkout, which brings along what is compiled already.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile

import pytest

import rediskit
from tests.support.sources import PACKAGE, ROOT, SUFFIXES, compiled_sources

NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".hypothesis", "__pycache__", "dist")


def run(*command, cwd, **environment):
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )


def succeed(*command, cwd, **environment):
    result = run(*command, cwd=cwd, **environment)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    copy = tmp_path_factory.mktemp("packaging") / "checkout"
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
    return copy


@pytest.fixture(scope="module")
def archives(checkout):
    """The source archive and the wheel, as `python -m build` makes them."""
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", "dist"]
    succeed(*build, "--sdist", cwd=checkout)
    succeed(*build, "--wheel", cwd=checkout)
    [source] = (checkout / "dist").glob("*.tar.gz")
    [wheel] = (checkout / "dist").glob("*.whl")
    return source, wheel


def test_source_archive_holds_every_source(archives):
    with tarfile.open(archives[0]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    sources = [path for path in PACKAGE.rglob("*") if path.suffix in SUFFIXES]
    wanted = {str(path.relative_to(ROOT)) for path in sources}
    assert wanted | {"setup.py", "setup.cfg", "pyproject.toml", "Makefile", "server.py"} <= names
    assert {"LICENSE", *(path.name for path in ROOT.glob("*.md"))} <= names
    assert "rediskit/py.typed" in names
    assert not [name for name in names if name.endswith((".so", ".c"))]


def test_wheel_holds_every_module_and_its_compiled_form(archives):
    with zipfile.ZipFile(archives[1]) as wheel:
        names = wheel.namelist()
    for path in PACKAGE.rglob("*.py"):
        assert str(path.relative_to(ROOT)) in names
    compiled = {name.partition(".")[0] for name in names if name.endswith(".so")}
    sources = {str(path.relative_to(ROOT).with_suffix("")) for path in compiled_sources()}
    assert compiled == sources
    assert "rediskit/py.typed" in names
    assert any(name.endswith((".dist-info/LICENSE", "/licenses/LICENSE")) for name in names)
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]


def test_installed_wheel_serves_its_commands(archives, tmp_path):
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    python = tmp_path / "venv/bin/python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    succeed(*pip, "--no-deps", "--no-index", archives[1], cwd=tmp_path)
    [packages] = (tmp_path / "venv/lib").glob("python*/site-packages")
    (packages / "required.pth").write_text(sysconfig.get_path("purelib"))  # no downloads here
    for command in ([tmp_path / "venv/bin/rediskit-server"], [python, "-m", "rediskit"]):
        assert "v=7.4" in succeed(*command, "--version", cwd=tmp_path)
    where = succeed(python, "-c", "import rediskit; print(rediskit.__file__)", cwd=tmp_path)
    assert where.startswith(str(tmp_path))
    version = succeed(python, "-c", "import rediskit; print(rediskit.__version__)", cwd=tmp_path)
    assert version.strip() == rediskit.__version__


def test_server_py_runs_the_compiled_code(checkout):
    assert "v=7.4" in succeed(sys.executable, "server.py", "--version", cwd=checkout)
    program = "import server, rediskit.structures.memory as m; print(m.__file__)"
    assert succeed(sys.executable, "-c", program, cwd=checkout).strip().endswith(".so")


def test_a_module_that_does_not_compile_fails_the_build(tmp_path):
    copy = tmp_path / "checkout"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "build", "*.so", "dist"))
    (copy / "rediskit/structures/broken.pyx").write_text('"""Broken."""\ncdef int f(: return 1\n')
    only = {"REDISKIT_BUILD_ONLY": "rediskit.structures.broken"}
    result = run(sys.executable, "setup.py", "build_ext", "--inplace", cwd=copy, **only)
    assert result.returncode != 0
    assert "broken" in result.stdout + result.stderr


def test_the_build_removes_compiled_modules_without_a_source(tmp_path):
    copy = tmp_path / "checkout"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "build", "*.so", "dist"))
    stray = copy / "rediskit/gone.cpython-311-x86_64-linux-gnu.so"
    stray.write_bytes(b"")
    only = {"REDISKIT_BUILD_ONLY": "rediskit.nothing"}
    succeed(sys.executable, "setup.py", "build_ext", "--inplace", cwd=copy, **only)
    assert not stray.exists()
