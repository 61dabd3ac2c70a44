"""The configuration of a running server: CONFIG SET, all or nothing, and CONFIG GET."""

import os

import pytest

from rediskit.config.configuration import ConfigError, Configuration
from tests.support.configurations import refusal


@pytest.fixture(autouse=True)
def in_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


# CONFIG SET: all or nothing


def test_listeners_hear_of_changes_once():
    config = Configuration()
    ports, any_of = [], []
    config.on_change("port", ports.append)
    config.on_change_of_any(
        ("port", "bind"), lambda: any_of.append((config["port"], config["bind"]))
    )
    config.set_many([("port", "7000"), ("bind", "127.0.0.1")])
    config.set_many([("port", "7000")])
    assert ports == [7000]
    assert any_of == [(7000, ("127.0.0.1",))]


def test_follow_tells_the_value_at_once():
    config = Configuration()
    heard = []
    config.follow("timeout", heard.append)
    config.set_many({"timeout": "5"})
    assert heard == [0, 5]


def test_volatile_directives_are_applied_even_when_the_same():
    config = Configuration()
    heard = []
    config.on_change("tls-cert-file", heard.append)
    config.set_many({"tls-cert-file": "a"})
    config.set_many({"tls-cert-file": "a"})
    assert heard == ["a", "a"]


def test_what_a_listener_refuses_is_undone():
    config = Configuration()
    heard = []

    def refuse(value):
        heard.append(value)
        if value == 9:
            raise ConfigError("nine is too much")

    config.on_change("port", lambda port: heard.append(("port", port)))
    config.on_change("timeout", refuse)
    text = refusal(config.set_many, [("port", "7000"), ("timeout", "9")])
    assert text == (
        "ERR CONFIG SET failed (possibly related to argument 'timeout') - nine is too much"
    )
    assert config["port"] == 6379
    assert config["timeout"] == 0
    assert heard == [("port", 7000), 9, ("port", 6379), 0]


def test_a_wrong_value_undoes_those_before_it():
    config = Configuration()
    heard = []
    config.on_change("port", heard.append)
    folder = os.getcwd()
    os.mkdir("data")
    refusal(config.set_many, [("dir", "data"), ("port", "7000"), ("timeout", "x")])
    assert (config["port"], config["dir"], os.getcwd()) == (6379, folder, folder)
    assert heard == []


@pytest.mark.parametrize(
    ("pairs", "text"),
    [
        (
            [("port", "1"), ("foo", "2")],
            "ERR Unknown option or number of arguments for CONFIG SET - 'foo'",
        ),
        (
            [("port", "1"), ("Port", "2")],
            "ERR CONFIG SET failed (possibly related to argument 'Port') - duplicate parameter",
        ),
        (
            [("databases", "1"), ("foo", "2")],
            "ERR CONFIG SET failed (possibly related to argument 'databases')"
            " - can't set immutable config",
        ),
    ],
)
def test_pairs_that_cannot_be_set(pairs, text):
    config = Configuration()
    assert refusal(config.set_many, pairs) == text
    assert config["port"] == 6379


def test_both_names_of_one_directive_are_not_a_duplicate():
    config = Configuration()
    config.set_many([("slave-priority", "5"), ("replica-priority", "7")])
    assert config["replica-priority"] == 7


def test_protected_and_loading():
    config = Configuration()
    text = refusal(config.set_many, {"dbfilename": "a"}, False)
    assert text.endswith("'dbfilename') - can't set protected config")
    config.set_many({"dbfilename": "a"}, protected_allowed=True)
    assert config["dbfilename"] == "a"
    text = refusal(lambda: config.set_many({"appendonly": "yes"}, loading=True))
    assert text == "LOADING Redis is loading the dataset in memory"


def test_sensitive():
    assert Configuration.is_sensitive(b"RequirePass")
    assert not Configuration.is_sensitive(b"port")
    assert not Configuration.is_sensitive(b"no-such")


# CONFIG GET


def test_patterns():
    config = Configuration()
    assert list(config.get_matching([b"MAXMEMORY", b"maxmemory", b"maxm*y"])) == [
        b"MAXMEMORY",
        b"maxmemory-eviction-tenacity",
        b"maxmemory-policy",
    ]
    assert config.get_matching([b"slave-pr*", b"replica-priority"]) == {
        b"replica-priority": b"100",
        b"slave-priority": b"100",
    }
    assert config.get_matching([b"no-such", b"no-such-*"]) == {}


def test_hidden_directives_need_their_exact_name():
    config = Configuration()
    assert config.get_matching([b"use-exit-on-pani?"]) == {}
    assert config.get_matching([b"use-exit-on-panic"]) == {b"use-exit-on-panic": b"no"}
