"""Builds what setup.cfg cannot say: which modules are compiled, and how.

Every `.pyx` is compiled, and a `.py` if and only if a `.pxd` lies beside it. A flat layout shadows
the installed package, so every build also leaves the compiled modules in the checkout, beside
their sources.
"""

import fnmatch
import os
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


# The warnings are about what Cython writes, not about what we wrote.
COMPILER_OPTIONS = ["-O3", "-g0", "-fno-strict-aliasing"]
COMPILER_OPTIONS += ["-Wno-unused-function", "-Wno-sign-compare", "-Wno-maybe-uninitialized"]

# More words for the compiler and the linker, such as those that ask for a sanitizer.
SANITIZER_OPTIONS = os.environ.get("REDISKIT_SANITIZER", "").split()


def compiled_sources():
    """The source file of every module that is to be compiled, relative to the checkout."""
    root = Path("rediskit")
    sources = list(root.rglob("*.pyx"))
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
                    extra_compile_args=COMPILER_OPTIONS + SANITIZER_OPTIONS,
                    extra_link_args=SANITIZER_OPTIONS,
                )
            )
    return found


def remove_strays():
    """Removes compiled modules in the checkout that no source stands for any more."""
    wanted = {source.with_suffix("") for source in compiled_sources()}
    for built in Path("rediskit").rglob("*.so"):
        if built.with_name(built.name.partition(".")[0]) not in wanted:
            built.unlink()


class BuildExtensions(build_ext):
    """build_ext that compiles in parallel and leaves every compiled module in the checkout."""

    def finalize_options(self):
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count() or 1

    def run(self):
        remove_strays()
        super().run()
        if not self.inplace:
            self.copy_extensions_to_source()


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
