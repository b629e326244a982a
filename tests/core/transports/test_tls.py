"""A port, a connector and a running connection use TLS; a client accepts no certificate that is wrong."""

import ssl

import pytest

from core.errors import (
    ConnectionDone,
    ConnectionLost,
    DNSLookupError,
    TLSError,
    UntrustedError,
    UserError,
    VerifyError,
)
from core.interfaces import PushProducer, Transport
from core.protocols.lines import LineReceiver
from core.protocols.protocol import Factory, Protocol
from core.protocols.sessions import SessionRegistry
from core.reactor import Reactor
from core.transports.certificates import client_context, server_context
from core.transports.connector import ClientCreator
from core.transports.tls import start_tls, verified_name
from tests.certificates import Certificates
from tests.conftest import turn_until
from tests.core.helpers import RecordingClientFactory, RecordingFactory, RecordingProtocol, pair
from tests.core.transports.test_tls_layer import number

Clients = RecordingClientFactory[RecordingProtocol]


def failure(
    reactor: Reactor, certificates: Certificates, server: ssl.SSLContext, client: ssl.SSLContext, host: str
) -> Exception:
    """The reason for which a client does not connect. Neither end's protocol may have begun."""
    clients, servers = Clients(RecordingProtocol), RecordingFactory(RecordingProtocol)
    port = reactor.listen_tls(0, servers, server)
    reactor.connect_tls(host, number(port), clients, client)
    turn_until(reactor, lambda: clients.failures)
    assert clients.calls == ["start", "connecting", "failed", "stop"]
    assert not clients.built
    assert all(protocol.calls == [] for protocol in servers.built)
    return clients.failures[0]


def test_a_certificate_of_an_unknown_authority_is_refused(
    reactor: Reactor, certificates: Certificates
) -> None:
    stranger = client_context(str(certificates.other_ca))
    reason = failure(reactor, certificates, certificates.for_server(), stranger, "localhost")
    assert isinstance(reason, UntrustedError)
    assert str(reason) == "the certificate is not trusted (unable to get local issuer certificate)"


def test_a_certificate_for_another_name_is_refused(reactor: Reactor, certificates: Certificates) -> None:
    other = server_context(str(certificates.other_name))
    reason = failure(reactor, certificates, other, certificates.for_client(), "localhost")
    assert isinstance(reason, VerifyError)
    assert "the certificate is for another name" in str(reason)
    assert "localhost" in str(reason)
    reason = failure(reactor, certificates, other, certificates.for_client(), "127.0.0.1")
    assert "another name" in str(reason)


def test_an_expired_certificate_is_refused(reactor: Reactor, certificates: Certificates) -> None:
    expired = server_context(str(certificates.expired))
    reason = failure(reactor, certificates, expired, certificates.for_client(), "localhost")
    assert isinstance(reason, VerifyError)
    assert str(reason) == "the certificate has expired"


def test_without_verification_every_certificate_is_accepted(
    reactor: Reactor, certificates: Certificates
) -> None:
    clients, servers = Clients(RecordingProtocol), RecordingFactory(RecordingProtocol)
    port = reactor.listen_tls(0, servers, server_context(str(certificates.expired)))
    reactor.connect_tls("localhost", number(port), clients, client_context(verify=False))
    turn_until(reactor, lambda: clients.built and servers.built)
    assert clients.failures == []


def test_by_default_the_systems_authorities_are_trusted(reactor: Reactor, certificates: Certificates) -> None:
    clients, servers = Clients(RecordingProtocol), RecordingFactory(RecordingProtocol)
    port = reactor.listen_tls(0, servers, certificates.for_server())
    reactor.connect_tls("localhost", number(port), clients)
    turn_until(reactor, lambda: clients.failures)
    assert isinstance(clients.failures[0], VerifyError)


def test_a_server_without_tls_is_named_as_such(reactor: Reactor, certificates: Certificates) -> None:
    class Greeting(Protocol):
        def connection_made(self) -> None:
            self.transport.write(b"Welcome!\r\n")

    clients = Clients(RecordingProtocol)
    port = reactor.listen_tcp(0, Factory.for_protocol(Greeting))
    reactor.connect_tls("localhost", number(port), clients, certificates.for_client())
    turn_until(reactor, lambda: clients.failures)
    assert str(clients.failures[0]) == "the other end does not speak TLS"


def test_a_server_that_closes_during_the_handshake_is_a_failure(
    reactor: Reactor, certificates: Certificates
) -> None:
    class Closing(Protocol):
        def connection_made(self) -> None:
            self.transport.lose_connection()

    clients = Clients(RecordingProtocol)
    port = reactor.listen_tcp(0, Factory.for_protocol(Closing))
    reactor.connect_tls("localhost", number(port), clients, certificates.for_client())
    turn_until(reactor, lambda: clients.failures)
    assert isinstance(clients.failures[0], TLSError | ConnectionLost)


def test_an_old_version_is_refused(reactor: Reactor, certificates: Certificates) -> None:
    old = certificates.for_server()
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        old.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    reason = failure(reactor, certificates, old, certificates.for_client(), "localhost")
    assert isinstance(reason, TLSError)
    assert "no version or cipher of TLS in common" in str(reason)


def test_a_refused_connection_and_an_unknown_name_are_as_on_tcp(
    reactor: Reactor, certificates: Certificates
) -> None:
    clients = Clients(RecordingProtocol)
    port = reactor.listen_tls(0, RecordingFactory(RecordingProtocol), certificates.for_server())
    port.stop_listening()
    reactor.connect_tls("localhost", number(port), clients, certificates.for_client())
    turn_until(reactor, lambda: clients.failures)
    assert isinstance(clients.failures[0], ConnectionRefusedError)
    reactor.connect_tls("no.such.host.invalid", 1, clients, certificates.for_client())
    turn_until(reactor, lambda: len(clients.failures) == 2)
    assert isinstance(clients.failures[1], DNSLookupError)


def test_a_client_may_give_up_during_the_handshake(reactor: Reactor, certificates: Certificates) -> None:
    silent = RecordingFactory(RecordingProtocol)
    port = reactor.listen_tcp(0, silent)
    clients = Clients(RecordingProtocol)
    connector = reactor.connect_tls("localhost", number(port), clients, certificates.for_client())
    turn_until(reactor, lambda: silent.built and silent.built[0].data)
    connector.disconnect()
    turn_until(reactor, lambda: clients.failures)
    assert isinstance(clients.failures[0], UserError)


def test_a_client_connects_again_after_a_loss(reactor: Reactor, certificates: Certificates) -> None:
    class Closing(Protocol):
        def connection_made(self) -> None:
            self.transport.lose_connection()

    clients = Clients(RecordingProtocol)
    port = reactor.listen_tls(0, Factory.for_protocol(Closing), certificates.for_server())
    connector = reactor.connect_tls("localhost", number(port), clients, certificates.for_client())
    turn_until(reactor, lambda: clients.losses)
    connector.connect()
    turn_until(reactor, lambda: len(clients.losses) == 2)
    assert {type(each) for each in clients.losses} == {ConnectionDone}
    assert clients.calls == ["start", "connecting", "lost", "stop"] * 2


def test_a_deferred_has_the_protocol_or_the_reason(reactor: Reactor, certificates: Certificates) -> None:
    port = reactor.listen_tls(0, RecordingFactory(RecordingProtocol), certificates.for_server())
    creator = ClientCreator(reactor, RecordingProtocol)
    made: list[object] = []
    creator.connect_tls("localhost", number(port), certificates.for_client()).add_both(made.append)
    turn_until(reactor, lambda: made)
    assert isinstance(made[0], RecordingProtocol)
    creator.connect_tls("localhost", number(port)).add_both(made.append)
    turn_until(reactor, lambda: len(made) == 2)
    assert isinstance(made[1], VerifyError)


def test_the_name_is_sent_so_that_a_server_can_choose_its_certificate(
    reactor: Reactor, certificates: Certificates
) -> None:
    names: list[str | None] = []
    context = certificates.for_server()
    context.sni_callback = lambda _tls, name, _context: names.append(name)
    port = reactor.listen_tls(0, RecordingFactory(RecordingProtocol), context)
    for host in ("localhost", "127.0.0.1"):
        clients = Clients(RecordingProtocol)
        reactor.connect_tls(host, number(port), clients, certificates.for_client())
        turn_until(reactor, lambda clients=clients: clients.built or clients.failures)  # type: ignore[misc]
        assert clients.built
    assert names == ["localhost", None]


def test_the_zone_of_an_address_is_no_part_of_the_name() -> None:
    assert verified_name("fe80::1%eth0") == "fe80::1"
    assert verified_name("example.org.") == "example.org"


def test_a_port_and_its_factory_are_started_and_stopped_once(
    reactor: Reactor, certificates: Certificates
) -> None:
    servers = RecordingFactory(RecordingProtocol)
    port = reactor.listen_tls(0, servers, certificates.for_server())
    assert str(port.host) == f"tls:127.0.0.1:{number(port)}"
    port.stop_listening()
    assert servers.calls == ["start", "stop"]


def test_wrong_arguments_are_type_errors(reactor: Reactor, certificates: Certificates) -> None:
    servers = RecordingFactory(RecordingProtocol)
    with pytest.raises(TypeError, match="SSLContext"):
        reactor.listen_tls(0, servers, "server.pem")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="ClientFactory"):
        reactor.connect_tls("localhost", 1, servers)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"start_tls takes an ssl\.SSLContext of a server"):
        start_tls(pair(reactor, RecordingProtocol())[0], certificates.for_client(), None)


# --- start_tls


class Starting(LineReceiver):
    """The server of a protocol with the command STARTTLS. It records the lines."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.context = context
        self.lines: list[bytes] = []
        self.reasons: list[Exception] = []

    def line_received(self, line: bytes) -> None:
        self.lines.append(line)
        if line == b"STARTTLS":
            self.send_line(b"go ahead")
            self.transport.start_tls(self.context)
            self.send_line(b"secure from here")

    def connection_lost(self, reason: Exception) -> None:
        self.reasons.append(reason)


class Asking(LineReceiver):
    """The client of that protocol."""

    def __init__(self, context: ssl.SSLContext, first: bytes) -> None:
        self.context, self.first = context, first
        self.lines: list[bytes] = []
        self.reasons: list[Exception] = []

    def connection_made(self) -> None:
        self.transport.write(self.first)

    def line_received(self, line: bytes) -> None:
        self.lines.append(line)
        if line == b"go ahead":
            self.transport.start_tls(self.context, "localhost")
            self.send_line(b"hello")

    def connection_lost(self, reason: Exception) -> None:
        self.reasons.append(reason)


def upgraded(
    reactor: Reactor, certificates: Certificates, first: bytes, client: ssl.SSLContext | None = None
) -> tuple[Starting, Asking, RecordingFactory[Starting], RecordingClientFactory[Asking]]:
    """Both ends of a connection, and their factories, once the client has sent `first`."""
    servers = RecordingFactory(lambda: Starting(certificates.for_server()))
    clients = RecordingClientFactory(lambda: Asking(client or certificates.for_client(), first))
    servers.sessions = SessionRegistry()
    port = reactor.listen_tcp(0, servers)
    reactor.connect_tcp("localhost", number(port), clients)
    turn_until(reactor, lambda: servers.built and clients.built)
    return servers.built[0], clients.built[0], servers, clients


def test_a_connection_changes_to_tls(reactor: Reactor, certificates: Certificates) -> None:
    near, far, servers, clients = upgraded(reactor, certificates, b"STARTTLS\r\n")
    turn_until(reactor, lambda: b"hello" in near.lines and b"secure from here" in far.lines)
    assert near.lines == [b"STARTTLS", b"hello"]
    assert far.lines == [b"go ahead", b"secure from here"]
    assert servers.sessions is not None
    (session,) = servers.sessions
    assert session.state == "TLSv1.3 TLS_AES_256_GCM_SHA384"
    assert str(session.traffic.peer) == str(near.transport.peer)
    assert str(near.transport.peer).startswith("tls:")
    assert session.traffic.bytes_in == len(b"STARTTLS\r\nhello\r\n")
    far.transport.lose_connection()
    turn_until(reactor, lambda: near.reasons and far.reasons and clients.losses)
    assert {type(each) for each in near.reasons + far.reasons + clients.losses} == {ConnectionDone}


def test_what_came_in_plain_before_the_handshake_is_not_delivered(
    reactor: Reactor, certificates: Certificates
) -> None:
    """The attack of CVE-2011-0411: a line that the attacker appends to the client's STARTTLS."""
    near, far, _, _ = upgraded(reactor, certificates, b"STARTTLS\r\ninjected\r\nunfinished")
    turn_until(reactor, lambda: b"hello" in near.lines and b"secure from here" in far.lines)
    assert near.lines == [b"STARTTLS", b"hello"]


def test_a_failed_change_to_tls_is_a_lost_connection(reactor: Reactor, certificates: Certificates) -> None:
    stranger = client_context(str(certificates.other_ca))
    near, far, _, clients = upgraded(reactor, certificates, b"STARTTLS\r\n", stranger)
    turn_until(reactor, lambda: near.reasons and far.reasons and clients.losses)
    assert near.lines == [b"STARTTLS"]
    assert far.lines == [b"go ahead"]
    assert isinstance(far.reasons[0], VerifyError)
    assert isinstance(clients.losses[0], VerifyError)
    assert str(near.reasons[0]) == "the other end refuses TLS: unknown ca"


def test_tls_can_be_started_once(reactor: Reactor, certificates: Certificates) -> None:
    protocol = RecordingProtocol()
    transport, _ = pair(reactor, protocol)
    transport.start_tls(certificates.for_server())
    with pytest.raises(RuntimeError, match="uses TLS already"):
        transport.start_tls(certificates.for_server())
    with pytest.raises(RuntimeError, match="cannot start TLS"):
        protocol.transport.start_tls(certificates.for_server())


class Flood(PushProducer):
    """A producer without end."""

    def __init__(self, transport: Transport) -> None:
        self.calls: list[str] = []
        self.transport = transport

    def pause_producing(self) -> None:
        self.calls.append("pause")

    def resume_producing(self) -> None:
        self.calls.append("resume")

    def stop_producing(self) -> None:
        self.calls.append("stop")


def test_a_producer_is_paused_during_the_handshake(reactor: Reactor, certificates: Certificates) -> None:
    near, far, _, _ = upgraded(reactor, certificates, b"hello\r\n")
    turn_until(reactor, lambda: near.lines)
    near.transport.start_tls(certificates.for_server())
    flood = Flood(near.transport)
    near.transport.register_producer(flood, streaming=True)
    assert flood.calls == ["pause"]
    far.transport.start_tls(certificates.for_client(), "localhost")
    turn_until(reactor, lambda: flood.calls == ["pause", "resume"])
    far.transport.abort_connection()
    turn_until(reactor, lambda: near.reasons and flood.calls[-1] == "stop")


@pytest.mark.parametrize("pending", [b"", b"pending"])
def test_a_close_during_the_handshake_waits_for_what_was_written(
    reactor: Reactor, certificates: Certificates, pending: bytes
) -> None:
    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol)
    transport.start_tls(certificates.for_server())
    protocol.transport.write(pending)
    protocol.transport.lose_connection()
    if pending:
        for _ in range(5):
            reactor.call_soon(int)
            reactor.turn()
        assert not protocol.reasons
    else:
        turn_until(reactor, lambda: protocol.reasons and peer.has_ended())
        assert isinstance(protocol.reasons[0], ConnectionDone)


def test_a_connection_that_is_paused_changes_to_tls_and_stays_paused_above(
    reactor: Reactor, certificates: Certificates
) -> None:
    """The handshake needs what the peer sends, so the transport below reads until it is complete."""
    near, far, _, _ = upgraded(reactor, certificates, b"hello\r\n")
    turn_until(reactor, lambda: near.lines)
    below = near.transport
    below.pause_producing()
    below.start_tls(certificates.for_server())
    near.transport.pause_producing()
    far.transport.start_tls(certificates.for_client(), "localhost")
    far.send_line(b"one")
    assert near.session is not None
    session = near.session
    turn_until(reactor, lambda: "TLSv1.3" in session.state)
    for _ in range(10):
        reactor.call_soon(int)
        reactor.turn()
    far.send_line(b"two")
    far.transport.write(b"and so on\r\n" * 2_000_000)
    for _ in range(1000):
        reactor.call_soon(int)
        reactor.turn()
    assert far.transport.waiting > 10_000_000  # it stays there, and not in the memory of the near end
    assert near.lines == [b"hello"]
    near.transport.resume_producing()
    turn_until(reactor, lambda: len(near.lines) == 2_000_003)
    assert near.lines[:4] == [b"hello", b"one", b"two", b"and so on"]
