"""What the system allows a server: the limit of open files, raised as far as it goes."""

import resource

import pytest

from rediskit.config.configuration import Configuration
from rediskit.config.kinds import ConfigError
from rediskit.operations.system_limits import check_maxclients, fit_maxclients


class Lines(list):
    """A log."""

    notice = warning = list.append


@pytest.fixture
def open_files():
    """The limits of open files, put back after the test."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_limit_of_open_files_is_raised_for_maxclients(open_files):
    resource.setrlimit(resource.RLIMIT_NOFILE, (1000, open_files[1]))
    config, log = Configuration(), Lines()
    config.assign("maxclients", 1200)
    fit_maxclients(config, log)
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 1232
    assert log == [
        "Increased maximum number of open files to 1232 (it was originally set to 1000)."
    ]
    fit_maxclients(config, log)
    assert len(log) == 1
    assert config["maxclients"] == 1200


def test_maxclients_is_lowered_where_the_system_allows_no_more(open_files):
    with open("/proc/sys/fs/nr_open") as file:
        beyond = int(file.read()) + 1
    config, log = Configuration(), Lines()
    config.assign("maxclients", beyond)
    fit_maxclients(config, log)
    reached = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert config["maxclients"] == reached - 32
    assert log[0] == (
        f"You requested maxclients of {beyond} requiring at least {beyond + 32} "
        "max file descriptors."
    )
    assert log[2].startswith(f"Current maximum open files is {reached}. maxclients has been ")
    with pytest.raises(ConfigError, match=f"try with {reached - 32}"):
        check_maxclients(beyond)
