"""CLIENT TRACKING, CACHING, TRACKINGINFO and GETREDIR; what happens then is in test_tracking."""

import pytest

from rediskit.errors import CommandError

# What is run first, and what is refused then with which error.
REFUSED = [
    ("", "CLIENT TRACKING maybe", "syntax error"),
    ("", "CLIENT TRACKING ON FOO", "syntax error"),
    ("", "CLIENT TRACKING OFF PREFIX", "syntax error"),
    ("", "CLIENT TRACKING ON REDIRECT 99", "does not exist"),
    ("", "CLIENT TRACKING ON REDIRECT x", "not an integer"),
    ("", "CLIENT TRACKING ON PREFIX a", "requires BCAST mode"),
    ("", "CLIENT TRACKING ON BCAST OPTIN", "not compatible with BCAST"),
    ("", "CLIENT TRACKING ON OPTIN OPTOUT", "both OPTIN mode and OPTOUT mode"),
    ("", "CLIENT TRACKING ON BCAST PREFIX x PREFIX a PREFIX ab", "another provided prefix 'ab'"),
    ("", "CLIENT CACHING YES", "only when the client is in tracking mode"),
    ("ON", "CLIENT TRACKING ON BCAST", "switch BCAST mode"),
    ("ON OPTIN", "CLIENT TRACKING ON OPTOUT", "switch OPTIN/OPTOUT mode"),
    ("ON OPTIN", "CLIENT CACHING NO", "only valid when tracking is enabled in OPTOUT"),
    ("ON OPTIN", "CLIENT CACHING maybe", "syntax error"),
    ("ON BCAST PREFIX a", "CLIENT TRACKING ON BCAST PREFIX ab", "an existing prefix 'a'"),
]


@pytest.mark.parametrize(("before", "line", "error"), REFUSED)
def test_what_is_refused_changes_nothing(execute, before, line, error):
    if before:
        execute(f"CLIENT TRACKING {before}")
    information = execute("CLIENT TRACKINGINFO")
    with pytest.raises(CommandError, match=error):
        execute(line)
    assert execute("CLIENT TRACKINGINFO") == information


def test_only_one_client_is_redirected_to(execute):
    execute.server.clients.connected.update(
        {7: execute.server.client(), 8: execute.server.client()}
    )
    with pytest.raises(CommandError, match="only redirect to a single other client"):
        execute("CLIENT TRACKING ON REDIRECT 7 REDIRECT 8")
    execute("CLIENT TRACKING ON REDIRECT 8")
    assert execute("CLIENT GETREDIR") == 8
    execute("CLIENT TRACKING ON")
    assert execute("CLIENT GETREDIR") == 0


def test_a_prefix_is_added_to_those_before(execute):
    execute("CLIENT TRACKING ON BCAST PREFIX b PREFIX a")
    execute("CLIENT TRACKING ON BCAST PREFIX c NOLOOP")
    assert execute("CLIENT TRACKINGINFO") == {
        b"flags": [b"on", b"bcast", b"noloop"],
        b"redirect": 0,
        b"prefixes": [b"a", b"b", b"c"],
    }
    execute("CLIENT TRACKING OFF")
    assert execute("CLIENT TRACKINGINFO") == {b"flags": [b"off"], b"redirect": -1, b"prefixes": []}


def test_the_figures_of_info(execute):
    execute("CLIENT TRACKING ON")
    execute("MGET a b")
    text = execute("INFO").text
    assert b"tracking_clients:1\r\n" in text
    assert b"tracking_total_keys:2\r\n" in text
    assert b"tracking_total_items:2\r\n" in text
    assert b"tracking_total_prefixes:0\r\n" in text
    execute("RESET")
    execute("CLIENT TRACKING ON BCAST PREFIX a PREFIX b")
    assert b"tracking_total_prefixes:2\r\n" in execute("INFO").text
