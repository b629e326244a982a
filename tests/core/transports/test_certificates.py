"""A certificate or key that cannot be used is named, with the reason; a context allows only what is safe."""

import errno
import ssl
import subprocess
from pathlib import Path

import pytest

from core.errors import CertificateError, VerifyError
from core.transports.certificates import client_context, explain, server_context
from tests.certificates import Certificates


def problem(cert: object, key: object) -> str:
    """Why there is no context for these files."""
    with pytest.raises(CertificateError) as raised:
        server_context(str(cert), str(key))
    return str(raised.value)


def test_each_file_that_cannot_be_used_is_named(certificates: Certificates, tmp_path: Path) -> None:
    server, key, missing = certificates.server, certificates.key, tmp_path / "missing.pem"
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    assert problem(missing, key) == f"cannot read the certificate {missing}: No such file or directory"
    assert problem(server, missing) == f"cannot read the key {missing}: No such file or directory"
    assert problem(tmp_path, key) == f"cannot read the certificate {tmp_path}: Is a directory"
    assert problem(server, tmp_path) == f"cannot read the key {tmp_path}: Is a directory"
    assert problem(key, key) == f"there is no certificate in {key}: it has to be a PEM file"
    assert problem(server, "") == f"there is no key in {server}: it has to be a PEM file"
    assert problem(server, server) == f"there is no key in {server}: it has to be a PEM file"
    assert (
        problem(certificates.expired, key)
        == f"the key {key} does not fit the certificate {certificates.expired}"
    )
    assert problem(garbage, key).startswith(f"cannot use {garbage} with {key}: ")
    assert problem("a\0b", key).startswith("cannot read the certificate a\0b: ")


def test_a_key_that_may_not_be_read_is_named(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_bytes(path: Path) -> bytes:  # root may read every file, and CI runs as root
        if path == certificates.key:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        with path.open("rb") as file:
            return file.read()

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    key = certificates.key
    assert problem(certificates.server, key) == f"cannot read the key {key}: Permission denied"


def test_a_key_with_a_password_is_refused_and_nothing_is_asked(
    certificates: Certificates, tmp_path: Path
) -> None:
    for form in ("-aes128", "-traditional -aes128"):
        key = tmp_path / "secret.key"
        command = f"openssl ec -in {certificates.key} {form.split()[-1]} -passout pass:secret -out {key}"
        if "traditional" not in form:
            command = f"openssl pkcs8 -topk8 -in {certificates.key} -passout pass:secret -out {key}"
        subprocess.run(command.split(), check=True, capture_output=True)
        assert problem(certificates.server, key) == f"the key {key} has a password: use a key without one"


def test_each_authority_that_cannot_be_used_is_named(certificates: Certificates, tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    for path, text in {
        tmp_path / "missing.pem": "cannot read the authority's certificate",
        tmp_path: "cannot read the authority's certificate",
        certificates.key: "there is no authority's certificate in",
        garbage: "cannot use",
    }.items():
        with pytest.raises(CertificateError, match=text):
            client_context(str(path))


def test_the_contexts_allow_forward_secrecy_and_authenticated_encryption_only(
    certificates: Certificates,
) -> None:
    for context in (certificates.for_server(), certificates.for_client()):
        assert context.minimum_version is ssl.TLSVersion.TLSv1_2
        assert context.options & ssl.OP_NO_RENEGOTIATION
        for cipher in context.get_ciphers():
            assert cipher["aead"]
            assert cipher["protocol"] == "TLSv1.3" or cipher["name"].startswith("ECDHE-")


def test_a_client_verifies_the_chain_and_the_name_unless_it_is_told_not_to(
    certificates: Certificates,
) -> None:
    for context in (client_context(), certificates.for_client()):
        assert context.check_hostname
        assert context.verify_mode is ssl.CERT_REQUIRED
    careless = client_context(verify=False)
    assert careless.verify_mode is ssl.CERT_NONE


def test_a_client_without_an_authority_of_its_own_trusts_those_of_the_system(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca))
    own = certificates.for_client().get_ca_certs()
    assert own[0] in client_context().get_ca_certs()


def ssl_error(reason: str) -> ssl.SSLError:
    """An error as the ssl module raises it."""
    error = ssl.SSLError(1, f"[SSL: {reason}] (_ssl.c:1006)")
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("WRONG_VERSION_NUMBER", "the other end does not speak TLS"),
        ("HTTP_REQUEST", "the other end does not speak TLS"),
        ("NO_SHARED_CIPHER", "the two ends have no version or cipher of TLS in common"),
        ("TLSV1_ALERT_PROTOCOL_VERSION", "the two ends have no version or cipher of TLS in common"),
        ("TLSV1_ALERT_UNKNOWN_CA", "the other end refuses TLS: unknown ca"),
        ("SSLV3_ALERT_BAD_CERTIFICATE", "the other end refuses TLS: bad certificate"),
        ("DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "TLS failed: decryption failed or bad record mac"),
    ],
)
def test_an_error_is_told_in_words(reason: str, text: str) -> None:
    assert str(explain(ssl_error(reason))) == text


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (10, "has expired"),
        (9, "is not valid yet"),
        (18, "is not trusted"),
        (62, "is for another name"),
        (64, "is for another name"),
    ],
)
def test_a_wrong_certificate_is_told_in_words(code: int, text: str) -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, "something"
    explained = explain(error)
    assert isinstance(explained, VerifyError)
    assert text in str(explained)
