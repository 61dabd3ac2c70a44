"""redis-benchmark: every kind of load that it has runs to its end without an error."""

import csv
import io

import pytest


@pytest.fixture
def benchmark(run_tool):
    """A function that runs redis-benchmark and returns {name of a test: requests a second}."""

    def run(*arguments, **options):
        printed = run_tool("redis-benchmark", "--csv", *arguments, **options)
        rows = list(csv.reader(io.StringIO(printed)))
        assert rows[0][:2] == ["test", "rps"], printed
        return {row[0].partition(" (")[0]: float(row[1]) for row in rows[1:]}

    return run


def ran(rates, *names):
    return set(rates) == set(names) and all(rate > 0 for rate in rates.values())


def test_pipelines_of_many_clients(benchmark, server):
    load = ["-t", "set,get,incr,mset,ping", "-P", 16, "-c", 50, "-n", 8000, "-r", 1000]
    rates = benchmark(*load)
    assert ran(rates, "PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "MSET")
    with server.connect() as connection:
        assert connection.execute("DBSIZE").content > 1000
        assert connection.execute("GET", "counter:000000000001").content.isdigit()


def test_threads(benchmark):
    assert ran(benchmark("-t", "set,get", "--threads", 2, "-c", 20, "-n", 4000), "SET", "GET")


def test_its_other_loads(benchmark):
    groups = "lpush,rpush,lpop,rpop,sadd,hset,spop,zadd,zpopmin,lrange_100"
    rates = benchmark("-t", groups, "-n", 1000, "-P", 8, "-c", 10, "-r", 100)
    names = ["LPUSH", "RPUSH", "LPOP", "RPOP", "SADD", "HSET", "SPOP", "ZADD", "ZPOPMIN"]
    assert ran(rates, *names, "LPUSH", "LRANGE_100")


def test_any_command(benchmark, server):
    load = ["-n", 2000, "-P", 4, "-c", 10, "-r", 100]
    rates = benchmark(*load, "SET", "key:__rand_int__", "__rand_int__", "EX", 100)
    assert ran(rates, "SET key:__rand_int__ __rand_int__ EX 100")
    with server.connect() as connection:
        assert 0 < connection.execute("DBSIZE").content <= 100
        assert 0 < connection.execute("TTL", "key:000000000001").content <= 100


def test_new_connections_large_values_and_protocol_3(benchmark, server):
    assert ran(benchmark("-k", 0, "-t", "ping_mbulk", "-n", 300, "-c", 5), "PING_MBULK")
    assert ran(benchmark("-d", 1 << 20, "-t", "set,get", "-n", 20, "-c", 2), "SET", "GET")
    assert ran(benchmark("-3", "--dbnum", 4, "-t", "set", "-n", 500), "SET")
    with server.connect() as connection:
        connection.execute("SELECT", 4)
        assert connection.execute("EXISTS", "key:__rand_int__").content == 1


def test_unix_socket(benchmark, server):
    address = ["-s", server.folder / "socket"]
    assert ran(benchmark("-t", "get", "-n", 1000, address=address), "GET")
