"""Certificates and keys from files, as contexts for TLS; and the failures of TLS in words.

The contexts allow TLS 1.2 and 1.3, with forward secrecy and authenticated encryption only. A client verifies
the chain of the server's certificate and its name.
"""

import ssl
from pathlib import Path

from core.errors import CertificateError, TLSError, UntrustedError, VerifyError, in_words

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""For TLS 1.2. All suites of TLS 1.3 have forward secrecy and authenticated encryption (RFC 8446, B.4)."""

NOT_TLS = {
    *("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "UNEXPECTED_MESSAGE"),
    *("PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL", "BAD_RECORD_TYPE"),
}
"""The reasons that OpenSSL gives when the bytes are not TLS."""

NO_COMMON = {
    "UNSUPPORTED_PROTOCOL",
    "NO_SHARED_CIPHER",
    "NO_PROTOCOLS_AVAILABLE",
    "TLSV1_ALERT_PROTOCOL_VERSION",
}

EXPIRED, NOT_YET_VALID = 10, 9
OTHER_NAME = {62, 64}
"""Codes of OpenSSL's verification: X509_V_ERR_CERT_HAS_EXPIRED, … HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH."""


def server_context(cert: str, key: str = "") -> ssl.SSLContext:
    """The context of a server: its certificate, with its chain, and its key, which may be in the same file.

    Raises CertificateError.
    """
    _check(cert, "certificate", b"-----BEGIN CERTIFICATE-----")
    _check(key or cert, "key", b"PRIVATE KEY-----")
    context = _restricted(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    try:
        context.load_cert_chain(cert, key or cert, password=_refuse_password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise CertificateError(f"the key {key or cert} does not fit the certificate {cert}") from None
        raise CertificateError(f"cannot use {cert} with {key or cert}: {_reason(error)}") from None
    return context


def client_context(ca: str = "", verify: bool = True) -> ssl.SSLContext:
    """The context of a client, which trusts the authorities in the file `ca`; without one, the system's.

    With `verify` False it accepts any certificate. Raises CertificateError.
    """
    context = _restricted(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca:
        _check(ca, "authority's certificate", b"-----BEGIN CERTIFICATE-----")
        try:
            context.load_verify_locations(ca)
        except ssl.SSLError as error:
            raise CertificateError(f"cannot use {ca}: {_reason(error)}") from None
    else:
        context.load_default_certs()
    return context


def _restricted(context: ssl.SSLContext) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    return context


def _check(path: str, what: str, marker: bytes) -> None:
    """Raise CertificateError unless the file at `path` can be read and has `marker` in it."""
    try:
        data = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise CertificateError(f"cannot read the {what} {path}: {in_words(error)}") from None
    if marker not in data:
        raise CertificateError(f"there is no {what} in {path}: it has to be a PEM file")
    if b"ENCRYPTED PRIVATE KEY-----" in data or b"Proc-Type: 4,ENCRYPTED" in data:
        raise CertificateError(f"the key {path} has a password: use a key without one")


def _refuse_password() -> str:
    """Called for an encrypted key, for which the library would ask on the terminal and block."""
    raise CertificateError("the key has a password: use a key without one")


def explain(error: ssl.SSLError) -> TLSError:
    """`error` of a handshake or a connection, in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _verification(error)
    reason = error.reason or ""
    if reason in NOT_TLS:
        return TLSError("the other end does not speak TLS")
    if reason in NO_COMMON:
        return TLSError("the two ends have no version or cipher of TLS in common")
    if "_ALERT_" in reason:
        alert = reason.partition("_ALERT_")[2].replace("_", " ").lower()
        return TLSError(f"the other end refuses TLS: {alert}")
    return TLSError(f"TLS failed: {_reason(error)}")


def _verification(error: ssl.SSLCertVerificationError) -> VerifyError:
    text = error.verify_message.rstrip(".")
    if error.verify_code == EXPIRED:
        return VerifyError("the certificate has expired")
    if error.verify_code == NOT_YET_VALID:
        return VerifyError("the certificate is not valid yet")
    if error.verify_code in OTHER_NAME:
        return VerifyError(f"the certificate is for another name ({text})")
    return UntrustedError(f"the certificate is not trusted ({text})")


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).replace("_", " ").lower()
