"""TLS with others: openssl's client and server, Twisted's client and servers."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import ConnectionDone
from core.protocols.lines import LineReceiver
from core.reactor import Reactor
from tests.certificates import Certificates
from tests.conftest import turn_until
from tests.core.helpers import RecordingClientFactory, RecordingProtocol
from tests.program import Program, endpoints, port, python, twisted


@pytest.fixture(scope="module")
def echo(certificates: Certificates) -> Iterator[str]:
    """The port of our echo server with TLS."""
    listen = f"tls:127.0.0.1:0{certificates.listen_query}"
    with python("-m", "servers.echo", "--no-greeting", "--log-level", "debug", "--listen", listen) as server:
        yield port(endpoints(server)["echo"])
        assert server.stop() == 0
        assert "Traceback" not in server.errors()


@pytest.fixture(scope="module")
def theirs(certificates: Certificates) -> Iterator[dict[str, str]]:
    """The endpoint strings of Twisted's servers."""
    both = certificates.directory / "both.pem"
    both.write_bytes(certificates.key.read_bytes() + certificates.server.read_bytes())
    with twisted("tls_echo_server", str(both)) as server:
        yield endpoints(server)


def s_client(certificates: Certificates, number: str, *flags: str) -> Program:
    """`openssl s_client`, which accepts our certificate only if it is valid for localhost."""
    trust = ("-CAfile", str(certificates.ca), "-verify_return_error", "-verify_hostname", "localhost")
    return Program("openssl", "s_client", "-connect", f"127.0.0.1:{number}", *trust, *flags)


@pytest.mark.parametrize(("flag", "version"), [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
def test_openssl_talks_to_our_server(certificates: Certificates, echo: str, flag: str, version: str) -> None:
    with s_client(certificates, echo, flag) as client:
        shown = client.until("Verification: OK")
        shown += client.until("Cipher is ")
        client.type("hello over TLS\n")
        client.until("hello over TLS")
        client.end_input()
        client.rest()
        assert client.wait() == 0
    assert version in shown
    assert "GCM" in shown or "CHACHA20" in shown


@pytest.mark.parametrize(
    "flags",
    [
        ["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
        ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
        ["-tls1_2", "-cipher", "AES128-GCM-SHA256"],  # no forward secrecy
        ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"],  # no authenticated encryption
    ],
    ids=" ".join,
)
def test_what_is_weak_is_refused(certificates: Certificates, echo: str, flags: list[str]) -> None:
    with s_client(certificates, echo, *flags) as client:
        shown = client.rest()
        assert client.wait() == 1
        assert "alert" in client.errors()
    assert "Cipher is (NONE)" in shown


def test_a_renegotiation_is_refused(certificates: Certificates, echo: str) -> None:
    with s_client(certificates, echo, "-tls1_2") as client:
        client.until("Verify return code: 0")
        client.type("R\n")
        client.rest()
        assert client.wait() == 1
        assert "no renegotiation" in client.errors()


def test_testssl_finds_nothing_wrong(certificates: Certificates, echo: str, tmp_path: Path) -> None:
    """It looks nothing up (`-n none`) and asks no other machine. Some 20 s, mostly waiting."""
    report = tmp_path / "report.json"
    flags = ("--quiet", "--warnings", "batch", "--color", "0", "-n", "none", "--openssl-timeout", "3")
    checks = ("-p", "-s", "-U", "--add-ca", str(certificates.ca), "--jsonfile", str(report))
    command = ["testssl", *flags, *checks, f"127.0.0.1:{echo}"]
    subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, timeout=240)
    found = [(each["id"], each["severity"]) for each in json.loads(report.read_text())]
    expected = {("engine_problem", "WARN"), ("service", "DEBUG")}  # it is no web server
    assert [each for each in found if each[1] not in ("OK", "INFO") and each not in expected] == []
    assert {("TLS1_3", "OK"), ("TLS1_1", "INFO"), ("secure_client_renego", "OK")} <= set(found)


def test_our_client_talks_to_openssls_server(certificates: Certificates, reactor: Reactor) -> None:
    files = ("-cert", str(certificates.server), "-key", str(certificates.key))
    with Program("openssl", "s_server", "-accept", "127.0.0.1:0", "-rev", *files) as server:
        number = server.until("ACCEPT").rpartition(":")[2]
        clients = RecordingClientFactory(RecordingProtocol)
        reactor.connect_tls("127.0.0.1", int(number), clients, certificates.for_client())
        turn_until(reactor, lambda: clients.built or clients.failures)
        clients.built[0].transport.write(b"reversed\n")
        turn_until(reactor, lambda: clients.built[0].data)
        assert clients.built[0].data == b"desrever\n"
        clients.built[0].transport.lose_connection()
        turn_until(reactor, lambda: clients.losses)
        assert isinstance(clients.losses[0], ConnectionDone)


def test_a_twisted_client_gets_a_mebibyte_back_and_a_clean_end(certificates: Certificates, echo: str) -> None:
    with twisted("tls_echo_client", echo, str(certificates.ca)) as client:
        assert client.rest().splitlines() == ["the same", "cleanly"]
        assert client.wait() == 0
        assert client.errors() == ""


def test_a_twisted_client_that_distrusts_us_is_gone_and_we_go_on(
    certificates: Certificates, echo: str
) -> None:
    with twisted("tls_echo_client", echo, str(certificates.other_ca)) as client:
        assert "certificate verify failed" in client.rest()
    with twisted("tls_echo_client", echo, str(certificates.ca)) as client:
        assert client.rest().splitlines() == ["the same", "cleanly"]


def test_a_mebibyte_goes_to_a_twisted_echo_and_back(
    certificates: Certificates, theirs: dict[str, str], reactor: Reactor
) -> None:
    data = bytes(range(256)) * 4096
    clients = RecordingClientFactory(RecordingProtocol)
    reactor.connect_tls("localhost", int(port(theirs["echo"])), clients, certificates.for_client())
    turn_until(reactor, lambda: clients.built or clients.failures)
    (client,) = clients.built
    for start in range(0, len(data), 7001):
        client.transport.write(data[start : start + 7001])
    turn_until(reactor, lambda: len(client.data) == len(data))
    assert client.data == data
    client.transport.lose_write_connection()  # Twisted answers with its own end
    turn_until(reactor, lambda: client.reasons)
    assert isinstance(client.reasons[0], ConnectionDone)


class Upgrading(LineReceiver):
    """Changes to TLS on a running connection, then sends a line."""

    certificates: Certificates

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def connection_made(self) -> None:
        self.send_line(b"plain")
        self.send_line(b"STARTTLS")

    def line_received(self, line: bytes) -> None:
        self.lines.append(line)
        if line == b"go ahead":
            self.transport.start_tls(self.certificates.for_client(), "localhost")
            self.send_line(b"secure")


def test_a_connection_with_a_twisted_server_changes_to_tls(
    certificates: Certificates, theirs: dict[str, str], reactor: Reactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Upgrading, "certificates", certificates, raising=False)
    clients = RecordingClientFactory(Upgrading)
    reactor.connect_tcp("127.0.0.1", int(port(theirs["upgrade"])), clients)
    turn_until(reactor, lambda: clients.built and b"SECURE" in clients.built[0].lines)
    assert clients.built[0].lines == [b"PLAIN", b"go ahead", b"SECURE"]
