"""INFO: sections, fields, formats, and that the figures are true."""

import re

import pytest

from rediskit.errors import CommandError
from rediskit.operations import info
from rediskit.server import Server

DEFAULT = (
    "Server Clients Memory Persistence Stats Replication CPU Modules Errorstats Cluster Keyspace"
)
EVERYTHING = DEFAULT.replace("Errorstats", "Commandstats Errorstats Latencystats")


@pytest.fixture
def server():
    server = Server()
    server.reset_statistics()
    return server


@pytest.fixture
def run(server):
    """Runs a command given as one text; spaces separate its words."""
    client = server.client()
    return lambda text: server.execute(client, *text.encode().split())


def fields(server, *sections):
    """The fields of some sections, a dict of str."""
    lines = info.report(server, [section.encode() for section in sections]).split("\r\n")
    return dict(line.split(":", 1) for line in lines if ":" in line)


def titles(server, *words):
    return " ".join(re.findall(r"^# (\w+)\r$", info.report(server, words), re.MULTILINE))


# Sections


def test_which_sections_are_shown(server):
    assert titles(server) == titles(server, b"default") == DEFAULT
    assert titles(server, b"all") == titles(server, b"EVERYTHING") == EVERYTHING
    assert titles(server, b"CPU", b"server", b"nothing") == "Server CPU"
    assert titles(server, b"cpu", b"all") == EVERYTHING
    assert titles(server, b"commandstats", b"default", b"cpu") == DEFAULT.replace(
        "Modules", "Modules Commandstats"
    )
    assert info.report(server, [b"nothing"]) == info.report(server, [b"\xff"]) == ""


def test_how_sections_look(server):
    assert info.report(server, [b"modules"]) == "# Modules\r\n"
    text = info.report(server, [b"cluster", b"modules"])
    assert text == "# Modules\r\n\r\n# Cluster\r\ncluster_enabled:0\r\n"


def test_every_line_is_a_field(server, run):
    run("SET k v EX 10")
    for line in info.report(server, [b"everything"]).split("\r\n"):
        assert not line or re.fullmatch(r"# \w+|[\w|-]+:[^\r\n]*", line), line


def test_no_field_is_shown_twice(server):
    text = info.report(server, [b"everything"])
    names = re.findall(r"^([\w|-]+):", text, re.MULTILINE)
    assert len(names) == len(set(names))


# Figures


def test_versions(server):
    found = fields(server, "server")
    assert found["redis_version"].startswith("7.4.")
    assert found["rediskit_version"]
    assert re.fullmatch("[0-9a-f]{40}", found["run_id"])
    assert int(found["server_time_usec"]) == server.clock.now_us


def test_listeners(server):
    server.config.set_many({"bind": "127.0.0.1 -::1"})
    assert fields(server, "server")["listener0"] == "name=tcp,bind=127.0.0.1,bind=-::1,port=6379"
    server.config.assign("port", 0)
    server.config.assign("unixsocket", "/run/rediskit")
    found = fields(server, "server")
    assert found["listener0"] == "name=unix,bind=/run/rediskit"
    assert "listener1" not in found


def test_memory_is_counted(server, run):
    before = int(fields(server, "memory")["used_memory"])
    run("SET k " + "v" * 100_000)
    found = fields(server, "memory")
    assert 100_000 < int(found["used_memory"]) - before < 101_000
    assert int(found["used_memory"]) == server.account.used()
    assert int(found["used_memory_peak"]) >= int(found["used_memory"])
    assert (
        int(found["used_memory_dataset"]) + int(found["used_memory_overhead"])
        == server.account.used()
    )
    assert int(found["used_memory_rss"]) > 1_000_000
    assert int(found["total_system_memory"]) > int(found["used_memory_rss"])
    assert found["used_memory_human"] == info.human(server.account.used())


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0B"),
        (1023, "1023B"),
        (1024, "1.00K"),
        (1536, "1.50K"),
        (1 << 20, "1.00M"),
        (5 << 30, "5.00G"),
        (1 << 40, "1.00T"),
        (3 << 50, "3.00P"),
        (1 << 60, "1024.00P"),
    ],
)
def test_human(size, text):
    assert info.human(size) == text


def test_hits_misses_and_changes(server, run):
    run("SET k v")
    run("GET k")
    run("GET nothing")
    run("GET nothing")
    found = fields(server, "stats", "persistence")
    assert found["keyspace_hits"] == "1"
    assert found["keyspace_misses"] == "2"
    assert found["rdb_changes_since_last_save"] == "1"
    assert found["total_commands_processed"] == "4"


def test_expired_keys(server, run):
    run("SET k v PX 10")
    run("SET l v PX 10")
    run("SET m v PX 100000")
    server.clock.set(server.clock.now_ms + 50)
    assert fields(server, "stats")["expired_stale_perc"] == "66.67"
    server.keyspace.expire_cycle()
    found = fields(server, "stats")
    assert found["expired_keys"] == "2"
    assert found["expired_stale_perc"] == "0.00"


def test_command_statistics(server, run):
    run("SET k v")
    run("SET k w")
    for text in ("SET k", "SET k v FOO", "INCR k"):
        with pytest.raises(CommandError):
            run(text)
    run("CONFIG GET timeout")
    found = fields(server, "commandstats")
    pattern = r"calls=3,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=1,failed_calls=1"
    assert re.fullmatch(pattern, found["cmdstat_set"])
    assert found["cmdstat_incr"].endswith("rejected_calls=0,failed_calls=1")
    assert found["cmdstat_config|get"].startswith("calls=1,")
    assert "cmdstat_get" not in found


def test_a_refused_command_has_no_mean_time(server, run):
    with pytest.raises(CommandError):
        run("GET")
    found = fields(server, "commandstats")
    expected = "calls=0,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=0"
    assert found["cmdstat_get"] == expected


def test_error_statistics(server, run):
    run("SET k text")
    for text in ("FOO", "INCR k", "HELLO 9"):
        with pytest.raises(CommandError):
            run(text)
    assert fields(server, "errorstats") == {
        "errorstat_ERR": "count=2",
        "errorstat_NOPROTO": "count=1",
    }
    assert fields(server, "stats")["total_error_replies"] == "3"


def test_latency_percentiles(server, run):
    run("SET k v")
    pattern = r"p50=\d+\.\d{3},p99=\d+\.\d{3},p99.9=\d+\.\d{3}"
    assert re.fullmatch(pattern, fields(server, "latencystats")["latency_percentiles_usec_set"])
    server.config.set_many({"latency-tracking-info-percentiles": "0.0 100"})
    text = fields(server, "latencystats")["latency_percentiles_usec_set"]
    assert re.fullmatch(r"p0=\d+\.\d{3},p100=\d+\.\d{3}", text)
    server.config.set_many({"latency-tracking-info-percentiles": ""})
    assert fields(server, "latencystats")["latency_percentiles_usec_set"] == ""


def test_resetting_statistics(server, run):
    run("SET k v")
    with pytest.raises(CommandError):
        run("FOO")
    run("GET k")
    run("CONFIG RESETSTAT")
    found = fields(server, "everything")
    for name in ("keyspace_hits", "total_error_replies", "expired_keys", "total_net_input_bytes"):
        assert found[name] == "0"
    assert "errorstat_ERR" not in found
    assert not {name for name in found if name.startswith("latency_") and "config" not in name}
    assert not {name for name in found if name.startswith("cmdstat_") and "config" not in name}
    assert found["used_memory_peak"] == found["used_memory"]


def test_keyspace(server, run):
    assert fields(server, "keyspace") == {}
    server.clock.set(server.clock.now_ms)
    run("SET a 1")
    run("SET b 1 PX 1000")
    run("SET c 1 PX 3000")
    run("SELECT 3")
    run("SET d 1")
    assert fields(server, "keyspace") == {
        "db0": "keys=3,expires=2,avg_ttl=2000,subexpiry=0",
        "db3": "keys=1,expires=0,avg_ttl=0,subexpiry=0",
    }


def test_mean_time_to_live_is_estimated_well(server, run):
    server.clock.set(server.clock.now_ms)
    for number in range(1, 1001):
        run(f"SET {number} v PX {number * 1000}")
    text = fields(server, "keyspace")["db0"]
    mean = int(re.search(r"avg_ttl=(\d+)", text).group(1))
    assert 480_000 < mean < 520_000


def test_mean_time_to_live_is_never_negative(server, run):
    run("SET k v PX 10")
    server.clock.set(server.clock.now_ms + 1000)
    assert "avg_ttl=0," in fields(server, "keyspace")["db0"]


def test_clients(start_server):
    process = start_server()
    connections = [process.connect() for _ in range(3)]
    text = connections[0].execute("INFO", "clients", "stats").content.decode()
    found = dict(line.split(":", 1) for line in text.split("\r\n") if ":" in line)
    assert found["connected_clients"] == "3"
    assert found["blocked_clients"] == "0"
    assert found["total_connections_received"] == "3"
    assert int(found["total_net_input_bytes"]) > 0
    assert int(found["total_reads_processed"]) >= 1


def test_info_in_both_protocols(start_server):
    process = start_server()
    second, third = process.connect(), process.connect(3)
    assert second.execute("INFO", "modules").mark == "$"
    assert third.execute("INFO", "modules").mark == "="


def test_another_version_may_be_shown(run):
    assert b"redis_version:7.4.0" in run("INFO server").text
    run("CONFIG SET redis-version-override 9.9.9")
    assert b"redis_version:9.9.9\r\n" in run("INFO server").text
    assert run("HELLO")[b"version"] == b"9.9.9"
    assert b"Redis ver. 9.9.9" in run("LOLWUT").text
