"""redis-cli, as a person and as a script use it. Its hints: tests/compatibility."""

import re
import shutil
import subprocess

import pytest

from tests.support.resp import request
from tests.support.terminal import Terminal


@pytest.fixture
def cli(run_tool):
    """A function that runs redis-cli and returns what it printed."""

    def run(*arguments, **options):
        return run_tool("redis-cli", *arguments, **options)

    return run


def fill(server, count):
    with server.connect() as connection:
        connection.execute("DEBUG", "POPULATE", count, "key", 10)
        connection.execute("SET", "longest", "x" * 5000)
        connection.execute("RPUSH", "list", *range(300))
        connection.execute("SADD", "set", *range(200))


def test_single_commands(cli):
    assert cli("SET", "k", "v") == "OK\n"
    assert cli("GET", "k") == "v\n"
    assert cli("--no-raw", "GET", "k") == '"v"\n'
    assert cli("--no-raw", "INCR", "n") == "(integer) 1\n"
    assert cli("--no-raw", "GET", "none") == "(nil)\n"
    assert cli("--no-raw", "MGET", "k", "none") == '1) "v"\n2) (nil)\n'


def test_errors_are_shown(cli):
    cli("SET", "k", "v")
    assert cli("INCR", "k").startswith("ERR value is not an integer")
    assert cli("-e", "INCR", "k", code=1) == ""
    assert cli("NONSENSE").startswith("ERR unknown command 'NONSENSE'")


def test_databases_and_repeats(cli):
    assert cli("-n", 5, "SET", "k", "fifth") == "OK\n"
    assert cli("GET", "k") == "\n"
    assert cli("-n", 5, "GET", "k") == "fifth\n"
    assert cli("-r", 3, "-i", "0.01", "INCR", "n") == "1\n2\n3\n"


def test_standard_input(cli):
    assert cli("-x", "SET", "k", input=b"from\nstdin") == "OK\n"
    assert cli("GET", "k") == "from\nstdin\n"
    assert cli("-X", "here", "SET", "here", "v", input=b"key") == "OK\n"
    assert cli("GET", "key") == "v\n"
    lines = b'SET a "two words"\nGET a\nDEL a\n'
    assert cli(input=lines) == "OK\ntwo words\n1\n"


def test_formats(cli):
    cli("RPUSH", "list", "a", 'b"c')
    cli("ZADD", "zset", 1.5, "m")
    assert cli("--csv", "LRANGE", "list", 0, -1) == '"a","b\\"c"\n'
    assert cli("--json", "LRANGE", "list", 0, -1) == '["a","b\\"c"]\n'
    assert cli("-3", "--no-raw", "ZSCORE", "zset", "m") == "(double) 1.5\n"
    assert cli("-3", "--no-raw", "CONFIG", "GET", "databases") == '1# "databases" => "16"\n'
    assert "GETRANGE" in cli("-3", "COMMAND", "DOCS", "getrange").upper()


def test_help_of_containers(cli):
    for container in ("CLIENT", "CONFIG", "COMMAND", "OBJECT", "MEMORY", "DEBUG"):
        lines = cli(container, "HELP").splitlines()
        assert lines[0].startswith(f"{container} <subcommand>")
        assert lines[-1].strip() == "Print this help."


def test_passwords(cli, start_server):
    where = ["-p", start_server(requirepass="secret").port]
    assert cli("PING", address=where).startswith("NOAUTH Authentication required.")
    assert cli("-a", "secret", "--no-auth-warning", "PING", address=where) == "PONG\n"
    arguments = ["--user", "default", "--pass", "secret", "--no-auth-warning", "-3"]
    assert cli(*arguments, "PING", address=where) == "PONG\n"


def test_uri_and_unix_socket(cli, server):
    assert cli("PING", address=["-u", f"redis://127.0.0.1:{server.port}/3"]) == "PONG\n"
    assert cli("PING", address=["-s", server.folder / "socket"]) == "PONG\n"


def test_mass_insertion(cli):
    requests = b"".join(request("SET", f"key:{n}", "v" * (n % 100)) for n in range(20_000))
    printed = cli("--pipe", input=requests)
    assert printed.endswith("errors: 0, replies: 20000\n")
    assert cli("DBSIZE") == "20000\n"


def test_mass_insertion_counts_errors(cli):
    requests = request("SET", "k", "v") + request("INCR", "k") + b"SET inline 1\r\n"
    assert cli("--pipe", input=requests, code=1).endswith("errors: 1, replies: 3\n")
    assert cli("GET", "inline") == "1\n"


def test_scan(cli, server):
    fill(server, 1000)
    names = cli("--scan", "--pattern", "key:99?").split()
    assert sorted(names) == [f"key:99{n}" for n in range(10)]
    assert len(set(cli("--scan").split())) == 1003


def test_big_keys(cli, server):
    fill(server, 500)
    printed = cli("--bigkeys")
    assert "Sampled 503 keys in the keyspace!" in printed
    assert "Biggest string found '\"longest\"' has 5000 bytes" in printed
    assert "Biggest   list found '\"list\"' has 300 items" in printed
    assert "Biggest    set found '\"set\"' has 200 members" in printed


def test_memory_keys(cli, server):
    fill(server, 500)
    printed = cli("--memkeys")
    assert "Sampled 503 keys in the keyspace!" in printed
    found = re.search(r"Biggest string found '\"longest\"' has (\d+) bytes", printed)
    assert int(found.group(1)) > 5000


@pytest.fixture
def terminal(server, tmp_path):
    """A function that starts redis-cli on a terminal."""
    if shutil.which("redis-cli") is None:
        pytest.skip("redis-cli is not installed")
    opened = []

    def start(*arguments):
        opened.append(Terminal(server.port, tmp_path, *arguments))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def test_statistics(terminal, server):
    fill(server, 1234)
    shown = terminal("--stat", "-i", "0.05")
    for _ in range(3):
        keys, memory, clients = shown.wait_for_match(
            rb"(\d+) +([\d.]+)[BKMG] +(\d+) +0 +\d+ \(\+\d+\)"
        )
        assert (int(keys), int(clients)) == (1237, 1)
        assert float(memory) > 0


def test_latency(terminal, cli):
    low, high = terminal("--latency").wait_for_match(rb"min: (\d+), max: (\d+), avg: ")
    assert int(low) <= int(high)
    history = terminal("--latency-history", "-i", "0.1")
    history.wait_for_match(rb"samples\) -- 0\.\d+ seconds range")
    assert len(cli("--latency", "--raw", "-i", "0.05").split()) == 4


def test_conversation(terminal, server):
    shown = terminal()
    for line, answer in [
        (b"select 2", b"OK"),
        (b"set k 'a b'", b"OK"),
        (b"get k", b'"a b"'),
        (b"hello 3", b"(integer) 3"),
        (b"client list", b"db=2"),
    ]:
        shown.wait_for_match(rb"%d(\[2\])?> " % server.port)
        shown.type(line + b"\r")
        shown.wait_for(b"\n")
        shown.wait_for(answer)


def test_a_server_that_goes_away(cli, start_server):
    server = start_server()
    where = ["-p", server.port]
    assert cli("SHUTDOWN", "NOSAVE", address=where) == ""
    assert server.process.wait(10) == 0
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.run(
            ["redis-cli", "-p", str(server.port), "PING"], check=True, capture_output=True
        )
