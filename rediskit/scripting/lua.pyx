"""The C functions of Lua 5.1, as lupa's shared object exports them.

lupa (PyPI) carries a complete Lua 5.1.5, compiled, in its module `lupa.lua51`. Of lupa itself,
a bridge between Lua's objects and Python's, nothing is used: a bridge is what a sandbox must not
have, and each crossing costs Python objects. Its file is loaded as a mere library, without being
imported, and the functions are looked up in it by their names.
"""

import importlib.machinery
import importlib.util

cdef extern from "<dlfcn.h>":
    void *dlopen(const char *path, int flags)
    char *dlerror()
    int RTLD_NOW, RTLD_LOCAL

cdef void *loaded = NULL
cdef str missing = "scripts were not asked for"


cdef void *library() noexcept:
    """The handle that connect() takes, NULL if there is no Lua."""
    return loaded


def why_not():
    """Why there are no scripts, a sentence for people; None if there are."""
    return None if loaded != NULL else missing


def find():
    """The path of the file that Lua is in, None if lupa is not installed."""
    package = importlib.util.find_spec("lupa")
    if package is None or package.submodule_search_locations is None:
        return None
    finder = importlib.machinery.PathFinder()
    spec = finder.find_spec("lua51", package.submodule_search_locations)
    return None if spec is None else spec.origin


def load():
    """Loads the library once, when this module is imported."""
    global loaded, missing
    cdef void *handle
    cdef const char *absent
    path = find()
    if path is None:
        missing = "the package lupa, which carries Lua 5.1, is not installed"
        return
    handle = dlopen(path.encode(), RTLD_NOW | RTLD_LOCAL)
    if handle == NULL:
        missing = f"Lua cannot be loaded: {dlerror().decode()}"
        return
    absent = connect(handle)
    if absent != NULL:
        missing = f"{path} does not export {absent.decode()}"
        return
    loaded = handle


load()
