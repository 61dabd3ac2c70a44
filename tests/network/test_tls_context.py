"""The directives tls-... and the contexts they become."""

import ssl

import pytest

from rediskit.config.configuration import Configuration
from rediskit.network.tls_context import TLSError, client_context, server_context
from tests.support.certificates import openssl


@pytest.fixture
def make(certificates):
    """A function that makes the server's context, directives as keywords with `_` for `-`."""

    def make(side=server_context, **directives):
        config = Configuration()
        config.set_many(
            {
                name.replace("_", "-"): value
                for name, value in (certificates.directives | directives).items()
            }
        )
        return side(config)

    return make


def refusal(make, **directives):
    with pytest.raises(TLSError) as caught:
        make(**directives)
    return str(caught.value)


def test_defaults_are_those_of_redis(make):
    context = make()
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert not context.check_hostname
    assert not context.options & ssl.OP_CIPHER_SERVER_PREFERENCE
    assert context.options & ssl.OP_NO_RENEGOTIATION
    assert context.options & ssl.OP_NO_TLSv1 and context.options & ssl.OP_NO_TLSv1_1
    assert not context.options & (ssl.OP_NO_TLSv1_2 | ssl.OP_NO_TLSv1_3)
    assert not context.options & ssl.OP_NO_TICKET
    everything = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    everything.set_ciphers("DEFAULT")
    assert context.get_ciphers() == everything.get_ciphers()


@pytest.mark.parametrize(
    ("wanted", "mode"),
    [
        ("yes", ssl.CERT_REQUIRED),
        ("optional", ssl.CERT_OPTIONAL),
        ("no", ssl.CERT_NONE),
    ],
)
def test_who_must_show_a_certificate(make, wanted, mode):
    assert make(tls_auth_clients=wanted).verify_mode == mode


def test_without_clients_to_verify_no_authority_is_needed(make):
    assert make(tls_auth_clients="no", tls_ca_cert_file="").cert_store_stats()["x509"] == 0
    expected = "Either tls-ca-cert-file or tls-ca-cert-dir must be specified when"
    assert refusal(make, tls_ca_cert_file="").startswith(expected)
    assert refusal(
        make, tls_ca_cert_file="", tls_auth_clients="no", tls_replication="yes"
    ).startswith(expected)


def test_a_directory_of_authorities(make, certificates, tmp_path):
    hashed = openssl("x509", "-hash", "-noout", "-in", certificates.path("ca.crt")).decode().strip()
    (tmp_path / f"{hashed}.0").symlink_to(certificates.path("ca.crt"))
    make(tls_ca_cert_file="", tls_ca_cert_dir=str(tmp_path))


@pytest.mark.parametrize(
    ("names", "left_out"),
    [
        ("TLSv1.2", [ssl.OP_NO_TLSv1, ssl.OP_NO_TLSv1_1, ssl.OP_NO_TLSv1_3]),
        ("tlsv1.3", [ssl.OP_NO_TLSv1, ssl.OP_NO_TLSv1_1, ssl.OP_NO_TLSv1_2]),
        ("TLSv1.1 TLSv1.3", [ssl.OP_NO_TLSv1, ssl.OP_NO_TLSv1_2]),
        ("TLSv1 TLSv1.1 TLSv1.2 TLSv1.3", []),
    ],
)
def test_protocols(make, names, left_out):
    options = make(tls_protocols=names).options
    every = [ssl.OP_NO_TLSv1, ssl.OP_NO_TLSv1_1, ssl.OP_NO_TLSv1_2, ssl.OP_NO_TLSv1_3]
    assert [option for option in every if options & option] == left_out


@pytest.mark.parametrize("names", ["TLSv2", "TLSv1.2,TLSv1.3", "SSLv3", "TLSv1.2 "])
def test_protocols_that_there_are_not(make, names):
    assert refusal(make, tls_protocols=names).startswith("Invalid tls-protocols specified.")


def test_ciphers(make):
    names = [each["name"] for each in make(tls_ciphers="AES128-SHA256").get_ciphers()]
    assert "AES128-SHA256" in names and "AES256-SHA256" not in names
    assert refusal(make, tls_ciphers="NONE") == "Failed to configure ciphers: NONE"
    assert make(tls_prefer_server_ciphers="yes").options & ssl.OP_CIPHER_SERVER_PREFERENCE


def test_suites_are_refused_where_python_cannot_choose_them(make):
    expected = "Failed to configure ciphersuites: NONE"
    assert refusal(make, tls_ciphersuites="NONE").startswith(expected)
    if not hasattr(ssl.SSLContext, "set_ciphersuites"):
        assert "TLS_AES" in refusal(make, tls_ciphersuites="TLS_AES_128_GCM_SHA256")


def test_no_session_caching(make):
    context = make(tls_session_caching="no")
    assert context.options & ssl.OP_NO_TICKET and context.num_tickets == 0


def test_files_that_are_not_there_or_not_what_they_should_be(make, certificates, tmp_path):
    assert refusal(make, tls_cert_file="") == "No tls-cert-file configured!"
    assert refusal(make, tls_key_file="") == "No tls-key-file configured!"
    bad = tmp_path / "bad"
    bad.write_text("no certificate")
    missing = "no such file or directory"
    assert missing in refusal(make, tls_cert_file="/nowhere").lower()
    assert refusal(make, tls_cert_file=str(bad)).startswith(f"Failed to load certificate: {bad}: ")
    assert missing in refusal(make, tls_key_file="/nowhere").lower()
    assert refusal(make, tls_key_file=str(bad)).startswith(f"Failed to load private key: {bad}: ")
    other = certificates.path("client.key")
    assert "mismatch" in refusal(make, tls_key_file=other)
    assert refusal(make, tls_ca_cert_file=str(bad)).startswith("Failed to configure CA certificate")


def test_a_key_with_a_password(make, certificates, tmp_path):
    key = str(tmp_path / "key")
    openssl(
        "ec",
        "-in",
        certificates.path("server.key"),
        "-out",
        key,
        "-aes256",
        "-passout",
        "pass:1234",
    )
    assert refusal(make, tls_key_file=key).startswith("Failed to load private key")
    assert refusal(make, tls_key_file=key, tls_key_file_pass="4321").startswith("Failed to load")
    long = "x" * 3000
    assert refusal(make, tls_key_file=key, tls_key_file_pass=long).startswith("Failed to load")
    make(tls_key_file=key, tls_key_file_pass="1234")


def test_parameters_for_diffie_hellman(make, tmp_path):
    path = tmp_path / "dh"
    path.write_bytes(
        openssl("genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048")
    )
    make(tls_dh_params_file=str(path))
    expected = "Failed to load DH params file: /nowhere: No such file or directory"
    assert refusal(make, tls_dh_params_file="/nowhere") == expected
    path.write_text("none")
    assert refusal(make, tls_dh_params_file=str(path)).startswith("Failed to load DH params file")


def test_the_context_for_servers_that_we_connect_to(make, certificates):
    assert make(client_context) is None
    files = {
        "tls_client_cert_file": certificates.path("client.crt"),
        "tls_client_key_file": certificates.path("client.key"),
    }
    context = make(client_context, **files)
    assert context.verify_mode == ssl.CERT_REQUIRED and not context.check_hostname
    files["tls_client_key_file"] = "/nowhere"
    assert refusal(make, side=client_context, **files).startswith("Failed to load private key")
