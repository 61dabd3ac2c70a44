"""Certificates for tests of TLS, made by the openssl command when they are needed.

`Certificates(folder)` makes an authority and what it has signed, as <name>.crt and <name>.key:

    ca        the authority, which signs the others
    server    for 127.0.0.1 and localhost
    client    of a client that may come in
    stranger  signed by nobody but itself
"""

import ssl
import subprocess

CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
DAYS = "3650"
NAMES = "subjectAltName=IP:127.0.0.1,DNS:localhost"


def openssl(*words, text=b""):
    """Runs the openssl command; AssertionError with what it printed if it fails."""
    done = subprocess.run(["openssl", *map(str, words)], input=text, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


class Certificates:
    """Files in a folder; `certificates.path("ca.crt")` is the name of one."""

    def __init__(self, folder):
        self.folder = folder
        self._make_signed_by_itself("ca", "Test authority")
        self._make_signed_by_itself("stranger", "Nobody we know")
        self._make("server", "localhost", NAMES)
        self._make("client", "A client")

    def path(self, name):
        """The absolute name of a file."""
        return str(self.folder / name)

    def _make_signed_by_itself(self, name, subject):
        openssl(
            "req",
            "-x509",
            *CURVE,
            "-days",
            DAYS,
            "-subj",
            f"/CN={subject}",
            "-keyout",
            self.path(f"{name}.key"),
            "-out",
            self.path(f"{name}.crt"),
        )

    def _make(self, name, subject, extension=""):
        extra = ["-addext", extension] if extension else []
        request = openssl(
            "req", *CURVE, "-subj", f"/CN={subject}", *extra, "-keyout", self.path(f"{name}.key")
        )
        openssl(
            "x509",
            "-req",
            "-CA",
            self.path("ca.crt"),
            "-CAkey",
            self.path("ca.key"),
            "-CAcreateserial",
            "-copy_extensions",
            "copy",
            "-days",
            DAYS,
            "-out",
            self.path(f"{name}.crt"),
            text=request,
        )

    @property
    def directives(self):
        """Who the server is and whom it trusts, as options of a ServerProcess."""
        return {
            "tls_cert_file": self.path("server.crt"),
            "tls_key_file": self.path("server.key"),
            "tls_ca_cert_file": self.path("ca.crt"),
        }

    def context(self, client="client"):
        """A client's context: it trusts the authority, and shows a certificate unless None."""
        context = ssl.create_default_context(cafile=self.path("ca.crt"))
        if client is not None:
            context.load_cert_chain(self.path(f"{client}.crt"), self.path(f"{client}.key"))
        return context
