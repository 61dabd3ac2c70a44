"""rediskit: a Redis-compatible in-memory datastore in Python.

Policy is plain Python, users' data lives in the compiled `rediskit.structures`. Every other
module that is compiled also runs from its source: with REDISKIT_PURE=1 in the environment the
finder below lets the `.py` win over the compiled module beside it.
"""

import os

__version__ = "0.1.0"


def _prefer_sources():
    """Makes imports below this package take `.py` sources where there are any."""
    import importlib.machinery
    import importlib.util
    import sys

    class SourceFinder(importlib.machinery.PathFinder):
        @classmethod
        def find_spec(cls, fullname, path=None, target=None):
            if not fullname.startswith("rediskit.") or path is None:
                return None
            for folder in path:
                source = os.path.join(folder, fullname.rpartition(".")[2] + ".py")
                if os.path.exists(source):
                    return importlib.util.spec_from_file_location(fullname, source)
            return None

    sys.meta_path.insert(0, SourceFinder)


if os.environ.get("REDISKIT_PURE") == "1":
    _prefer_sources()
