"""What the system allows a server: how many files may be open, how long the backlog may be.

The limit of open files is the whole process's, so only a server that is the process raises it.
"""

import errno
import os
import resource

from rediskit.config.kinds import ConfigError

# Open files beside those of clients: the log, the data, listening sockets, epoll.
RESERVED_DESCRIPTORS = 32


class SystemLimitError(Exception):
    """The system does not allow for what a server needs; the text is what to log."""


def warn_of_small_backlog(backlog, log):
    """Says so in the log if the system does not allow for a backlog as long as `tcp-backlog`."""
    try:
        with open("/proc/sys/net/core/somaxconn", encoding="ascii") as file:
            allowed = int(file.read())
    except (OSError, ValueError):
        return
    if 0 < allowed < backlog:
        log.warning(
            f"WARNING: The TCP backlog setting of {backlog} cannot be enforced because "
            f"/proc/sys/net/core/somaxconn is set to the lower value of {allowed}."
        )


def fit_maxclients(config, log):
    """Raises the process' limit of open files to what `maxclients` takes, or lowers `maxclients`.

    To be called before the server listens. Raises SystemLimitError where no client has room.
    """
    wanted = config["maxclients"] + RESERVED_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    reached, reason = _raise_limit(wanted, soft, hard)
    if reached >= wanted:
        log.notice(
            f"Increased maximum number of open files to {wanted} (it was originally set to {soft})."
        )
        return
    if reached <= RESERVED_DESCRIPTORS:
        raise SystemLimitError(
            f"Your current 'ulimit -n' of {soft} is not enough for the server to start. "
            f"Please increase your open file limit to at least {wanted}. Exiting."
        )
    requested = config["maxclients"]
    config.assign("maxclients", reached - RESERVED_DESCRIPTORS)
    log.warning(
        f"You requested maxclients of {requested} requiring at least {wanted} max file descriptors."
    )
    log.warning(f"Server can't set maximum open files to {wanted} because of OS error: {reason}.")
    log.warning(
        f"Current maximum open files is {reached}. maxclients has been reduced to "
        f"{config['maxclients']} to compensate for low ulimit. If you need higher maxclients "
        "increase 'ulimit -n'."
    )


def _raise_limit(wanted, soft, hard):
    """Sets the limit of open files to `wanted`, or as near as may be: (limit, why not more)."""
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)))
        return wanted, ""
    except (OSError, ValueError):
        reached = min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(reached, soft), hard))
        return max(reached, soft), os.strerror(errno.EPERM)


def check_maxclients(maxclients):
    """Listens to CONFIG SET maxclients: ConfigError if the system has no room for so many."""
    wanted = maxclients + RESERVED_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    reached, _ = _raise_limit(wanted, soft, hard)
    if reached < wanted:
        raise ConfigError(
            "The operating system is not able to handle the specified number of clients, "
            f"try with {reached - RESERVED_DESCRIPTORS}"
        )
