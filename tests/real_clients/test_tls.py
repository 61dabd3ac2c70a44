"""Servers that speak TLS, and the clients of theirs that programs and people use."""

import asyncio
import shutil
import socket
import ssl

import pytest

from rediskit.__main__ import main
from tests.support.resp import Connection, request
from tests.support.servers import free_port

redis = pytest.importorskip("redis")

from redis.backoff import NoBackoff  # noqa: E402
from redis.retry import Retry  # noqa: E402

LARGE = 100 << 20
CONNECTIONS = 200
REFUSED = "Unable to update TLS configuration. Check server logs."


@pytest.fixture
def tls_server(start_server, certificates):
    """A server on a plain port, `port`, and one for TLS, `tls_port`."""
    port = free_port()
    server = start_server(tls_port=port, **certificates.directives)
    server.tls_port = port
    return server


@pytest.fixture
def connect(certificates):
    """A function that makes a redis-py client over TLS of a port."""
    made = []

    def connect(port, **options):
        settings = {
            "host": "127.0.0.1",
            "ssl": True,
            "retry": Retry(NoBackoff(), 0),
            "ssl_ca_certs": certificates.path("ca.crt"),
            "ssl_certfile": certificates.path("client.crt"),
            "ssl_keyfile": certificates.path("client.key"),
        }
        made.append(redis.Redis(port=port, **settings | options))
        return made[-1]

    yield connect
    for client in made:
        client.close()


def refuses(client):
    try:
        client.ping()
    except redis.ConnectionError:
        return True
    return False


@pytest.mark.parametrize("protocol", [2, 3])
def test_redis_py(tls_server, connect, protocol):
    client = connect(tls_server.tls_port, protocol=protocol)
    assert client.set("k", "v") is True
    assert tls_server.client().get("k") == b"v"
    pipeline = client.pipeline(transaction=False)
    for number in range(5000):
        pipeline.set(f"key:{number}", "x" * 100)
        pipeline.get(f"key:{number}")
    assert pipeline.execute() == [True, b"x" * 100] * 5000
    info = client.info("server")
    assert info["tcp_port"] == tls_server.port
    assert info["listener1"]["name"] == "tls"
    assert info["listener1"]["port"] == tls_server.tls_port


def test_a_value_of_100_megabytes(tls_server, connect):
    client = connect(tls_server.tls_port, socket_timeout=60)
    value = b"0123456789" * (LARGE // 10)
    client.set("k", value)
    assert client.strlen("k") == len(value)
    assert client.get("k") == value


def test_many_connections_at_once(tls_server, certificates):
    context = certificates.context()

    async def one(number):
        port = tls_server.tls_port
        reader, writer = await asyncio.open_connection("localhost", port, ssl=context)
        writer.write(request("INCR", "n") * 100)
        replies = [await reader.readline() for _ in range(100)]
        writer.close()
        return replies

    async def run():
        return await asyncio.gather(*(one(number) for number in range(CONNECTIONS)))

    replies = sorted(int(line[1:]) for lines in asyncio.run(run()) for line in lines)
    assert replies == list(range(1, CONNECTIONS * 100 + 1))


@pytest.mark.skipif(shutil.which("redis-cli") is None, reason="redis-cli is not installed")
def test_redis_cli(tls_server, run_tool, certificates):
    where = ["-p", tls_server.tls_port, "--tls", "--cacert", certificates.path("ca.crt")]
    own = ["--cert", certificates.path("client.crt"), "--key", certificates.path("client.key")]
    assert run_tool("redis-cli", "PING", address=where + own) == "PONG\n"
    many = b"".join(b"INCR n\n" for _ in range(1000))
    assert run_tool("redis-cli", input=many, address=where + own).endswith("\n1000\n")
    run_tool("redis-cli", "PING", address=where, code=1)
    run_tool("redis-cli", "PING", address=["-p", tls_server.tls_port], code=1)


def test_only_tls(start_server, certificates, connect):
    port = free_port()
    server = start_server(port=0, tls_port=port, **certificates.directives)
    assert connect(port).info("server")["tcp_port"] == port
    assert server.log.count("Ready to accept connections") == 1
    assert "Ready to accept connections tls" in server.log
    assert f"port={port}." in server.log


def test_ports_are_exchanged_while_serving(tls_server, connect):
    port = tls_server.tls_port
    client = connect(port)
    client.config_set("tls-port", 0)
    client.config_set("port", port)
    assert refuses(connect(port))
    plain = redis.Redis(port=port)
    plain.config_set("port", 0)
    plain.config_set("tls-port", port)
    assert connect(port).ping()
    assert client.ping(), "who is there already stays"


def test_tls_is_begun_and_ended_while_serving(server, certificates, connect):
    plain, port = server.client(), free_port()
    with pytest.raises(redis.ResponseError, match=REFUSED):
        plain.config_set("tls-port", port)
    assert plain.config_get("tls-port") == {"tls-port": "0"}
    assert "No tls-cert-file configured!" in server.log
    words = [
        word
        for name, value in certificates.directives.items()
        for word in (name.replace("_", "-"), value)
    ]
    plain.execute_command("CONFIG SET", *words, "tls-port", port)
    assert connect(port).ping()
    plain.config_set("tls-port", 0)
    assert refuses(connect(port))
    for name in ("tls-cert-file", "tls-key-file", "tls-ca-cert-file"):
        plain.config_set(name, "")


def test_a_refused_change_changes_nothing(tls_server, certificates, connect):
    client = connect(tls_server.tls_port)
    before = client.config_get("tls-*")
    for name, value in [
        ("tls-cert-file", "/nowhere"),
        ("tls-key-file", certificates.path("client.key")),
        ("tls-ca-cert-file", ""),
        ("tls-ciphers", "NONE"),
        ("tls-protocols", "SSLv3"),
        ("tls-dh-params-file", "/nowhere"),
        ("tls-client-cert-file", "/nowhere"),
    ]:
        extra = {"tls-client-key-file": "/nowhere"} if name == "tls-client-cert-file" else {}
        with pytest.raises(redis.ResponseError, match=REFUSED):
            client.execute_command(
                "CONFIG SET", name, value, *[word for pair in extra.items() for word in pair]
            )
        assert client.config_get("tls-*") == before
        assert connect(tls_server.tls_port).ping()
    assert "Failed to load certificate: /nowhere: No such file or directory" in tls_server.log
    with pytest.raises(redis.ResponseError, match="Unable to listen on this port"):
        client.config_set("tls-port", tls_server.port)
    assert connect(tls_server.tls_port).ping()


def test_changes_are_for_new_connections(tls_server, certificates, connect):
    port = tls_server.tls_port
    client = connect(port)
    assert refuses(connect(port, ssl_certfile=None, ssl_keyfile=None))
    client.config_set("tls-auth-clients", "no")
    assert connect(port, ssl_certfile=None, ssl_keyfile=None).ping()
    client.config_set("tls-protocols", "TLSv1.2")
    context = certificates.context()
    with context.wrap_socket(
        socket.create_connection(("127.0.0.1", port)), server_hostname="localhost"
    ) as connection:
        assert connection.version() == "TLSv1.2"
    client.config_set("tls-ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256")
    context.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")
    with pytest.raises(ssl.SSLError):
        context.wrap_socket(
            socket.create_connection(("127.0.0.1", port)), server_hostname="localhost"
        )


def test_addresses_change_for_both_kinds_of_ports(tls_server, connect):
    client = connect(tls_server.tls_port)
    client.config_set("bind", "127.0.0.2")
    assert refuses(connect(tls_server.tls_port))
    assert connect(tls_server.tls_port, host="127.0.0.2", ssl_check_hostname=False).ping()
    with pytest.raises(redis.ResponseError, match="Failed to bind to specified addresses."):
        client.config_set("bind", "192.0.2.1")
    assert connect(tls_server.tls_port, host="127.0.0.2", ssl_check_hostname=False).ping()
    assert Connection(("127.0.0.2", tls_server.port)).run("PING").content == "PONG"


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ({}, ["No tls-cert-file configured!"]),
        ({"tls_key_file": ""}, ["No tls-key-file configured!"]),
        (
            {"tls_ca_cert_file": ""},
            ["Either tls-ca-cert-file or tls-ca-cert-dir must be specified"],
        ),
        (
            {"tls_cert_file": "/nowhere\n"},
            [r"Failed to load certificate: /nowhere\n: No such file"],
        ),
    ],
)
def test_servers_that_cannot_start(tmp_path, monkeypatch, certificates, capfd, options, lines):
    monkeypatch.chdir(tmp_path)
    settings = certificates.directives | options if options else {}
    config = tmp_path / "redis.conf"
    quoted = [
        f'{name.replace("_", "-")} "{value}"'.replace("\n", "\\n")
        for name, value in settings.items()
    ]
    config.write_text("\n".join([*quoted, f"port 0\ntls-port {free_port()}\n"]))
    assert main([str(config)]) == 1
    logged = capfd.readouterr().out.splitlines()
    assert lines[0] in logged[-2]
    assert logged[-1].endswith("# Failed to configure TLS. Check logs for more info.")
