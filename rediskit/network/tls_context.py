"""What TLS is made of: the directives tls-... become contexts of Python's ssl.

A context says who we are, whom we trust, and which protocols and ciphers we speak. Each change of
a directive makes a new one; connections keep the one they began with.

Python's ssl has no way to choose the cipher suites of TLS 1.3 (`tls-ciphersuites`) before
Python 3.15: rather than speak others than those asked for, such a configuration is refused. Nor
can it set the size and the time limit of the session cache.
"""

import ssl
import warnings

PROTOCOLS = {
    "tlsv1": ssl.OP_NO_TLSv1,
    "tlsv1.1": ssl.OP_NO_TLSv1_1,
    "tlsv1.2": ssl.OP_NO_TLSv1_2,
    "tlsv1.3": ssl.OP_NO_TLSv1_3,
}
DEFAULT_PROTOCOLS = "tlsv1.2 tlsv1.3"
DEFAULT_CIPHERS = "DEFAULT"

VERIFY = {"yes": ssl.CERT_REQUIRED, "optional": ssl.CERT_OPTIONAL, "no": ssl.CERT_NONE}


class TLSError(Exception):
    """TLS cannot be had as the configuration asks for it; the text is what to log."""


def server_context(config):
    """The context for clients that connect to us. Raises TLSError."""
    for name in ("tls-cert-file", "tls-key-file"):
        if not config[name]:
            raise TLSError(f"No {name} configured!")
    verifies = (
        config["tls-auth-clients"] != "no" or config["tls-cluster"] or config["tls-replication"]
    )
    if verifies and not (config["tls-ca-cert-file"] or config["tls-ca-cert-dir"]):
        raise TLSError(
            "Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, "
            "tls-replication or tls-auth-clients are enabled!"
        )
    context = _context(config, ssl.PROTOCOL_TLS_SERVER, "tls")
    context.verify_mode = VERIFY[config["tls-auth-clients"]]
    if config["tls-prefer-server-ciphers"]:
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    if not config["tls-session-caching"]:
        context.options |= ssl.OP_NO_TICKET
        context.num_tickets = 0
    if config["tls-dh-params-file"]:
        try:
            context.load_dh_params(config.path_of("tls-dh-params-file"))
        except OSError as error:
            name = config["tls-dh-params-file"]
            raise TLSError(f"Failed to load DH params file: {name}: {reason(error)}") from None
    return context


def client_context(config):
    """The context for servers that we connect to, None if it is that of the server's side.

    Without a certificate of its own for clients a server shows the one it has. Raises TLSError.
    """
    if not (config["tls-client-cert-file"] and config["tls-client-key-file"]):
        return None
    context = _context(config, ssl.PROTOCOL_TLS_CLIENT, "tls-client")
    context.check_hostname = False
    return context


def _context(config, side, prefix):
    """What both sides have in common; `prefix` of the directives that name the certificate."""
    context = ssl.SSLContext(side)
    # Only these are Redis' choice; Python sets more.
    context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    _choose_protocols(context, config["tls-protocols"] or DEFAULT_PROTOCOLS)
    _load_certificate(context, config, prefix)
    _trust(context, config.path_of("tls-ca-cert-file"), config.path_of("tls-ca-cert-dir"))
    _choose_ciphers(context, config["tls-ciphers"], config["tls-ciphersuites"])
    return context


def _choose_protocols(context, names):
    wanted = names.lower().split(" ")
    if not PROTOCOLS.keys() >= set(wanted):
        raise TLSError(
            "Invalid tls-protocols specified. "
            "Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'."
        )
    with warnings.catch_warnings():
        # Bounds alone could not leave out one in the middle.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        for name, option in PROTOCOLS.items():
            if name not in wanted:
                context.options |= option


def _load_certificate(context, config, prefix):
    """Loads certificate and key of the directives that begin with `prefix`."""
    certificate, key = config.path_of(f"{prefix}-cert-file"), config.path_of(f"{prefix}-key-file")
    try:
        # Loading both would not tell which of them is at fault.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(certificate)
    except OSError as error:
        name = config[f"{prefix}-cert-file"]
        raise TLSError(f"Failed to load certificate: {name}: {reason(error)}") from None
    try:
        # Without any password OpenSSL would ask the terminal for one.
        context.load_cert_chain(certificate, key, config[f"{prefix}-key-file-pass"])
    except (OSError, ValueError) as error:
        name = config[f"{prefix}-key-file"]
        raise TLSError(f"Failed to load private key: {name}: {reason(error)}") from None


def _trust(context, file, directory):
    if not file and not directory:
        return
    try:
        context.load_verify_locations(file or None, directory or None)
    except OSError as error:
        raise TLSError(
            f"Failed to configure CA certificate(s) file/directory: {reason(error)}"
        ) from None


def _choose_ciphers(context, ciphers, suites):
    try:
        context.set_ciphers(ciphers or DEFAULT_CIPHERS)
    except ssl.SSLError:
        raise TLSError(f"Failed to configure ciphers: {ciphers}") from None
    if not suites:
        return
    if not hasattr(context, "set_ciphersuites"):
        raise TLSError(
            f"Failed to configure ciphersuites: {suites}: this version of Python cannot choose them"
        )
    try:
        context.set_ciphersuites(suites)
    except ssl.SSLError:
        raise TLSError(f"Failed to configure ciphersuites: {suites}") from None


def reason(error):
    """What went wrong, in OpenSSL's words, or in those of the operating system."""
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return getattr(error, "strerror", None) or str(error)
