"""What tests of the configuration share."""

import pytest

from rediskit.config.configuration import ConfigError, Configuration
from rediskit.errors import CommandError


def load_text(text):
    """The Configuration of a file `redis.conf` with this text, in the working directory."""
    with open("redis.conf", "wb") as file:
        file.write(text)
    return Configuration.load(["redis.conf"])


def refusal(function, *arguments):
    """The text of the error that a call ends with."""
    with pytest.raises((ConfigError, CommandError)) as caught:
        function(*arguments)
    return caught.value.text
