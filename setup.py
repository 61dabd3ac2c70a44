"""Builds what setup.cfg cannot say: which modules are compiled, and how.

`rediskit/structures/*.pyx` are always compiled; every other module is compiled if and only if a
`.pxd` lies beside its `.py`. A flat layout shadows the installed package, so every build also
leaves the compiled modules in the checkout, beside their sources.
"""

import fnmatch
import os
import shutil
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

DIRECTIVES = {
    "language_level": 3,
    "boundscheck": False,
    "wraparound": False,
    "cdivision": True,
    "initializedcheck": False,
    "nonecheck": False,
    "binding": True,
    "embedsignature": False,
}


def compiled_sources():
    """The source file of every module that is to be compiled, relative to the checkout."""
    root = Path("rediskit")
    sources = list(root.glob("structures/*.pyx"))
    sources += [path for path in root.rglob("*.py") if path.with_suffix(".pxd").exists()]
    return sorted(sources)


def extensions():
    """One Extension per compiled module; REDISKIT_BUILD_ONLY (patterns) narrows them down."""
    patterns = os.environ.get("REDISKIT_BUILD_ONLY", "").split() or ["*"]
    found = []
    for source in compiled_sources():
        name = ".".join(source.with_suffix("").parts)
        if any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
            found.append(
                Extension(
                    name,
                    [str(source)],
                    extra_compile_args=["-O3", "-g0", "-fno-strict-aliasing", "-Wno-unused-function"],
                )
            )
    return found


class BuildExtensions(build_ext):
    """build_ext that also copies every compiled module back beside its source."""

    def run(self):
        super().run()
        if self.inplace:
            return
        for extension in self.extensions:
            built = Path(self.get_ext_fullpath(extension.name))
            beside_source = Path(extension.sources[0]).parent / built.name
            if built.exists() and built.resolve() != beside_source.resolve():
                shutil.copy2(built, beside_source)


setup(
    ext_modules=cythonize(
        extensions(),
        compiler_directives=DIRECTIVES,
        build_dir="build/cython",
        nthreads=os.cpu_count() or 1,
        show_all_warnings=False,
    ),
    cmdclass={"build_ext": BuildExtensions},
)
