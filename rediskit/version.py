"""Which version we are, and of which version of Redis we behave."""

import zlib

from rediskit import __version__

REDIS_VERSION = "7.4.0"
RELEASE = f"rediskit-{__version__}"

# The commit that was built and whether it was changed since, unknown outside a checkout.
COMMIT = "00000000"
MODIFIED = 0
ALLOCATOR = "rediskit"
BITS = 64


def shown_version(config) -> str:
    """The version of Redis to tell clients: what redis-version-override says, or the true one."""
    return config["redis-version-override"] or REDIS_VERSION


def build_id() -> str:
    """16 hexadecimal digits that tell one release from another."""
    text = RELEASE.encode()
    return f"{zlib.crc32(text):08x}{zlib.crc32(text[::-1]):08x}"


def version_line() -> str:
    """What `--version` prints."""
    return (
        f"Redis server v={REDIS_VERSION} sha={COMMIT}:{MODIFIED} malloc={ALLOCATOR}"
        f" bits={BITS} build={build_id()} rediskit={__version__}"
    )
