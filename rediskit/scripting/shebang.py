"""The first line of a script or a library, which says what it is: `#!lua flags=no-writes`.

    script      #!lua [flags=flag,...]
    library     #!lua name=mylib

A script without such a line is compatible with older versions of Redis: what it does is only known
when it does it. One with such a line has promised what its flags say, and no more.
"""

from rediskit import errors
from rediskit.config.quoting import split
from rediskit.errors import CommandError
from rediskit.grammar.command import DENYOOM, MAY_REPLICATE, STALE, WRITE

NO_WRITES = 1
ALLOW_OOM = 2
ALLOW_STALE = 4
NO_CLUSTER = 8
ALLOW_CROSS_SLOT_KEYS = 16
COMPATIBLE = 32  # there is no such line

FLAGS = {
    b"no-writes": NO_WRITES,
    b"allow-oom": ALLOW_OOM,
    b"allow-stale": ALLOW_STALE,
    b"no-cluster": NO_CLUSTER,
    b"allow-cross-slot-keys": ALLOW_CROSS_SLOT_KEYS,
}


def script_flags(body):
    """(flags, where the code begins) of a script. Raises CommandError."""
    if not body.startswith(b"#!"):
        return COMPATIBLE, 0
    end = body.find(b"\n")
    if end < 0:
        raise CommandError(errors.SHEBANG_INVALID)
    words = split(body[:end])
    if not words:
        raise CommandError(errors.SHEBANG_INVALID)
    if words[0] != b"#!lua":
        raise CommandError(errors.shebang_engine(words[0]))
    flags = 0
    for word in words[1:]:
        if not word.startswith(b"flags="):
            raise CommandError(errors.shebang_option(word))
        for name in word.removeprefix(b"flags=").split(b","):
            if name and name not in FLAGS:
                raise CommandError(errors.shebang_flag(name))
            flags |= FLAGS.get(name, 0)
    return flags, end


def library_name(code):
    """(name, where the code begins) of a library. Raises CommandError."""
    if not code.startswith(b"#!"):
        raise CommandError(errors.LIBRARY_NO_METADATA)
    end = code.find(b"\n")
    words = split(code[:end]) if end >= 0 else None
    if not words:
        raise CommandError(errors.LIBRARY_BAD_METADATA)
    name = None
    for word in words[1:]:
        if not word.startswith(b"name="):
            raise CommandError(errors.library_metadata(word))
        if name is not None:
            raise CommandError(errors.LIBRARY_NAMED_TWICE)
        name = word.removeprefix(b"name=")
    if name is None:
        raise CommandError(errors.LIBRARY_UNNAMED)
    check_name(name)
    engine = words[0].removeprefix(b"#!")
    if engine.lower() != b"lua":
        raise CommandError(errors.library_engine(engine))
    return name, end


def check_name(name):
    """Raises CommandError if this cannot be the name of a library or a function."""
    if not name.replace(b"_", b"a").isalnum():
        raise CommandError(errors.LIBRARY_NAME)


def function_flags(names):
    """The bits of a function's flags. Raises CommandError."""
    flags = 0
    for name in names:
        if name not in FLAGS:
            raise CommandError(errors.FUNCTION_FLAG)
        flags |= FLAGS[name]
    return flags


def command_flags(flags, script):
    """The flags of a command that runs a script which tells its own: those say what it will do."""
    if script & COMPATIBLE:
        return flags
    flags &= ~(STALE | DENYOOM | WRITE | MAY_REPLICATE)
    if not script & NO_WRITES:
        flags |= WRITE
        if not script & ALLOW_OOM:
            flags |= DENYOOM
    if script & ALLOW_STALE:
        flags |= STALE
    return flags


def flag_names(flags):
    """The names of the flags of a function, in order."""
    return [name for name, bit in FLAGS.items() if flags & bit]
