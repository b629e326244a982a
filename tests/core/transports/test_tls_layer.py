"""A TLS connection behaves as a TCP connection does, on each engine, and nothing plain gets through."""

import gc
import socket
import ssl
import threading
import weakref
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ConnectionAborted, ConnectionDone, ConnectionLost, TLSError
from core.interfaces import IPv4Address, PushProducer, Transport
from core.protocols.protocol import Factory, Protocol
from core.protocols.sessions import SessionRegistry
from core.reactor import Reactor
from core.testing import ConnectedPair, StringTransport
from core.transports import tls_layer
from core.transports.back_pressure import HIGH_WATER, LOW_WATER
from core.transports.certificates import client_context, server_context
from core.transports.listener import Port
from core.transports.stream import StreamTransport
from core.transports.tls import ClientLayer, ServerLayer, TLSFactory
from core.transports.tls_engine import TLSEngine
from tests.certificates import Certificates
from tests.conftest import turn_until
from tests.core.helpers import (
    RecordingClientFactory,
    RecordingFactory,
    RecordingProtocol,
    SteppedReactor,
    tcp_pair,
)
from tests.running import GUARD

MUCH = 20_000_000
"""More bytes than the kernel accepts for a connection whose peer does not read."""


class HalfClosing(RecordingProtocol):
    """Goes on after the end of the peer's half."""

    def read_connection_lost(self) -> None:
        self.calls.append("read lost")

    def write_connection_lost(self) -> None:
        self.calls.append("write lost")


def number(port: Port) -> int:
    """The number of a TCP port."""
    assert isinstance(port.host, IPv4Address)
    return port.host.port


class Both:
    """Both ends of a TLS connection over loopback, on one reactor."""

    def __init__(
        self,
        reactor: Reactor,
        certificates: Certificates,
        near: RecordingProtocol | None = None,
        far: RecordingProtocol | None = None,
        version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    ) -> None:
        self.reactor = reactor
        self.near, self.far = near or RecordingProtocol(), far or RecordingProtocol()
        context = certificates.for_client()
        context.maximum_version = version
        self.servers = RecordingFactory(lambda: self.near)
        self.clients = RecordingClientFactory(lambda: self.far)
        self.port = reactor.listen_tls(0, self.servers, certificates.for_server())
        reactor.connect_tls("127.0.0.1", number(self.port), self.clients, context)
        self.until(lambda: self.near.calls and self.far.calls)

    def until(self, condition: Callable[[], object]) -> None:
        """Turn the reactor until `condition()` holds."""
        turn_until(self.reactor, condition)


class RawPeer:
    """A blocking socket in the hands of Python's own ssl module, in a thread that runs `talk(socket)`.

    At its end it wakes the reactor.
    """

    def __init__(
        self,
        reactor: Reactor,
        near: socket.socket,
        context: ssl.SSLContext,
        talk: Callable[[ssl.SSLSocket], object],
    ) -> None:
        self.result: list[object] = []
        self._near, self._context, self._talk = near, context, talk
        self._reactor = reactor
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        self._near.settimeout(GUARD)
        try:
            with self._context.wrap_socket(
                self._near, server_hostname="localhost", suppress_ragged_eofs=False
            ) as secure:
                self.result.append(self._talk(secure))
        except OSError as error:
            self.result.append(error)
        self._reactor.call_from_thread(int)


def served(reactor: Reactor, certificates: Certificates, factory: Factory) -> socket.socket:
    """A plain socket whose other end is a TLS server for `factory` on `reactor`."""
    near, other = tcp_pair()
    near.setblocking(False)
    transport = StreamTransport(reactor, near, other.getsockname())
    transport.start(TLSFactory(reactor, factory, certificates.for_server()))
    return other


@pytest.fixture
def stepped() -> Iterator[SteppedReactor]:
    """A reactor whose clock the test moves."""
    reactor = SteppedReactor()
    yield reactor
    reactor.clear()
    reactor.close()


# --- as on TCP


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_what_is_written_arrives_whole_and_in_order(
    reactor: Reactor, certificates: Certificates, version: ssl.TLSVersion
) -> None:
    both = Both(reactor, certificates, version=version)
    data = bytes(range(256)) * 4000
    for start in range(0, len(data), 7001):
        both.far.transport.write(data[start : start + 7001])
    both.near.transport.write_sequence([b"and ", b"back"])
    both.until(lambda: len(both.near.data) == len(data) and both.far.data == b"and back")
    assert both.near.data == data


def test_text_is_a_type_error(reactor: Reactor, certificates: Certificates) -> None:
    both = Both(reactor, certificates)
    with pytest.raises(TypeError, match="encode"):
        both.far.transport.write("text")  # type: ignore[arg-type]


def test_a_close_sends_what_is_pending_and_is_clean_at_both_ends(
    reactor: Reactor, certificates: Certificates
) -> None:
    both = Both(reactor, certificates)
    both.far.transport.write(bytes(MUCH))
    both.far.transport.lose_connection()
    both.far.transport.write(b"too late")
    both.until(lambda: both.near.reasons and both.far.reasons)
    assert len(both.near.data) == MUCH
    assert [type(each) for each in both.near.reasons + both.far.reasons] == [ConnectionDone, ConnectionDone]
    assert both.near.calls[0] == "made"
    assert both.near.calls.count("lost") == both.far.calls.count("lost") == 1


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_each_half_ends_on_its_own(
    reactor: Reactor, certificates: Certificates, version: ssl.TLSVersion
) -> None:
    both = Both(reactor, certificates, HalfClosing(), HalfClosing(), version)
    both.far.transport.write(b"a question")
    both.far.transport.lose_write_connection()
    both.until(lambda: "read lost" in both.near.calls and "write lost" in both.far.calls)
    assert both.near.data == b"a question"
    both.near.transport.write(bytes(MUCH))
    both.near.transport.lose_connection()
    both.until(lambda: both.near.reasons and both.far.reasons)
    assert len(both.far.data) == MUCH
    assert both.far.calls[-2:] == ["read lost", "lost"]
    assert [type(each) for each in both.near.reasons + both.far.reasons] == [ConnectionDone, ConnectionDone]


def test_an_abort_is_a_loss_at_both_ends(reactor: Reactor, certificates: Certificates) -> None:
    both = Both(reactor, certificates)
    both.far.transport.write(bytes(MUCH))
    both.far.transport.abort_connection()
    both.far.transport.abort_connection()
    both.until(lambda: both.near.reasons and both.far.reasons)
    assert isinstance(both.far.reasons[0], ConnectionAborted)
    assert isinstance(both.near.reasons[0], ConnectionLost)


def test_a_pause_holds_the_data_back_in_the_kernel(reactor: Reactor, certificates: Certificates) -> None:
    both = Both(reactor, certificates)
    both.near.transport.pause_producing()
    both.far.transport.write(bytes(MUCH))
    for _ in range(50):
        reactor.call_soon(int)
        reactor.turn()
    assert not both.near.data
    assert both.far.transport.waiting > MUCH / 2
    both.near.transport.resume_producing()
    both.until(lambda: len(both.near.data) == MUCH)


def test_a_protocol_may_begin_by_pausing(reactor: Reactor, certificates: Certificates) -> None:
    class Reluctant(HalfClosing):
        def connection_made(self) -> None:
            super().connection_made()
            self.transport.pause_producing()

    both = Both(reactor, certificates, Reluctant(), HalfClosing())
    both.far.transport.write(b"last words")
    both.far.transport.lose_connection()
    both.until(lambda: both.far.reasons)
    for _ in range(20):
        reactor.call_soon(int)
        reactor.turn()
    assert both.near.calls == ["made"]
    both.near.transport.resume_producing()
    both.until(lambda: "read lost" in both.near.calls)
    assert both.near.data == b"last words"


class Source(PushProducer):
    """Writes 10,000 bytes at a time until it is paused."""

    def __init__(self, transport: Transport, reactor: Reactor) -> None:
        self.transport, self.reactor = transport, reactor
        self.calls: list[str] = []
        self.produced = 0
        transport.register_producer(self, streaming=True)

    def resume_producing(self) -> None:
        self.calls.append("resume")
        self.reactor.call_soon(self.produce)

    def pause_producing(self) -> None:
        self.calls.append("pause")

    def stop_producing(self) -> None:
        self.calls.append("stop")

    def produce(self) -> None:
        while self.calls[-1:] not in (["pause"], ["stop"]) and self.produced < MUCH:
            self.transport.write(bytes(10_000))
            self.produced += 10_000
        if self.produced >= MUCH and self.calls[-1:] != ["done"]:
            self.calls.append("done")
            self.transport.unregister_producer()


def test_a_producer_is_paused_and_resumed_and_the_close_waits_for_it(
    reactor: Reactor, certificates: Certificates
) -> None:
    both = Both(reactor, certificates)
    source = Source(both.far.transport, reactor)
    source.produce()
    assert source.calls == ["pause"]
    assert HIGH_WATER < both.far.transport.waiting < 2 * HIGH_WATER
    both.far.transport.lose_connection()
    both.until(lambda: both.near.reasons)
    assert len(both.near.data) == MUCH
    assert isinstance(both.near.reasons[0], ConnectionDone)
    assert "resume" in source.calls


def test_a_pull_producer_is_asked_for_each_piece(reactor: Reactor, certificates: Certificates) -> None:
    class Pulled(Source):
        def __init__(self, transport: Transport, reactor: Reactor) -> None:
            self.transport, self.left = transport, 30
            transport.register_producer(self, streaming=False)

        def resume_producing(self) -> None:
            self.left -= 1
            self.transport.write(bytes(1000))
            if not self.left:
                self.transport.unregister_producer()

    both = Both(reactor, certificates)
    Pulled(both.far.transport, reactor)
    both.until(lambda: len(both.near.data) == 30_000)


def test_a_producer_is_stopped_when_the_connection_is_lost(
    reactor: Reactor, certificates: Certificates
) -> None:
    both = Both(reactor, certificates)
    source = Source(both.far.transport, reactor)
    both.near.transport.abort_connection()
    both.until(lambda: both.far.reasons and source.calls[-1:] == ["stop"])


def test_a_second_producer_is_refused(reactor: Reactor, certificates: Certificates) -> None:
    both = Both(reactor, certificates)
    Source(both.far.transport, reactor)
    with pytest.raises(RuntimeError, match="registered already"):
        Source(both.far.transport, reactor)


def test_an_echo_that_pauses_itself_loses_nothing(reactor: Reactor, certificates: Certificates) -> None:
    class Echo(RecordingProtocol):
        def connection_made(self) -> None:
            super().connection_made()
            self.transport.register_producer(self.transport, streaming=True)

        def data_received(self, data: bytes) -> None:
            self.transport.write(data)

    both = Both(reactor, certificates, Echo(), HalfClosing())
    both.far.transport.pause_producing()
    both.far.transport.write(bytes(MUCH))
    both.far.transport.lose_write_connection()
    both.until(lambda: both.near.transport.waiting > LOW_WATER)
    assert both.near.transport.waiting < 4 * HIGH_WATER
    both.far.transport.resume_producing()
    both.until(lambda: both.far.reasons or "read lost" in both.far.calls)
    assert len(both.far.data) == MUCH


def test_a_handler_that_raises_loses_its_own_connection_only(
    reactor: Reactor, certificates: Certificates, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(RecordingProtocol):
        def data_received(self, data: bytes) -> None:
            raise ValueError("a mistake in the handler")

    both = Both(reactor, certificates, Failing())
    other = Both(reactor, certificates)
    both.far.transport.write(b"x")
    both.until(lambda: both.near.reasons and both.far.reasons)
    assert isinstance(both.near.reasons[0], ValueError)
    other.far.transport.write(b"still here")
    other.until(lambda: other.near.data == b"still here")
    assert "a mistake in the handler" in caplog.text


def test_a_reactor_that_stops_ends_the_connection_in_order(
    reactor: Reactor, certificates: Certificates
) -> None:
    def read_all(secure: ssl.SSLSocket) -> int:
        count = 0
        while data := secure.recv(65536):  # an error, unless the end is a close_notify
            count += len(data)
        return count

    class Telling(RecordingProtocol):
        def connection_made(self) -> None:
            self.transport.write(bytes(MUCH))
            reactor.call_later(0, reactor.stop)

    protocol = Telling()
    factory = RecordingFactory(lambda: protocol)
    peer = RawPeer(reactor, served(reactor, certificates, factory), certificates.for_client(), read_all)
    reactor.run(install_signal_handlers=False)
    peer.thread.join(GUARD)
    assert peer.result == [MUCH]
    assert isinstance(protocol.reasons[0], ConnectionDone)


def test_disconnect_ends_the_connection_in_order(reactor: Reactor, certificates: Certificates) -> None:
    near, clients = RecordingProtocol(), RecordingClientFactory(RecordingProtocol)
    port = reactor.listen_tls(0, RecordingFactory(lambda: near), certificates.for_server())
    connector = reactor.connect_tls("localhost", number(port), clients, certificates.for_client())
    turn_until(reactor, lambda: clients.built and clients.built[0].calls and near.calls)
    clients.built[0].transport.write(b"last words")
    connector.disconnect()
    turn_until(reactor, lambda: near.reasons and clients.losses)
    assert near.data == b"last words"
    assert isinstance(near.reasons[0], ConnectionDone)
    assert clients.calls == ["start", "connecting", "lost", "stop"]


class Giving(Factory):
    """Gives a protocol away once."""

    def __init__(self, protocol: Protocol) -> None:
        self.given = [protocol]

    def build_protocol(self, address: object) -> Protocol:
        return self.given.pop()


@pytest.mark.parametrize("end", ["clean", "lost", "refused"])
def test_after_the_end_nothing_keeps_the_layer_in_memory(certificates: Certificates, end: str) -> None:
    reactor = SteppedReactor()
    client = certificates.for_client() if end != "refused" else client_context()

    def live_and_die() -> list[weakref.ref[object]]:
        factory = Factory.for_protocol(Protocol)
        server = ServerLayer(reactor, certificates.for_server(), factory)
        layers = [server, ClientLayer(reactor, client, "localhost", factory)]
        lower: list[StreamTransport] = []
        for sock, layer in zip(tcp_pair(), layers, strict=True):
            sock.setblocking(False)
            lower.append(StreamTransport(reactor, sock, sock.getpeername()))
            lower[-1].start(Giving(layer))
        if end != "refused":
            turn_until(reactor, lambda: all(layer.has_begun for layer in layers))
            (server.lose_connection if end == "clean" else server.abort_connection)()
        turn_until(reactor, lambda: lower[0].layer is None and lower[1].layer is None)
        return [weakref.ref(layer) for layer in layers]

    gc.collect()
    gc.disable()
    try:
        refs = live_and_die()
        reactor.advance(100, turns=5)
        assert [ref() for ref in refs] == [None, None]
    finally:
        gc.enable()
        reactor.close()


# --- the wire


@settings(max_examples=20)
@given(st.lists(st.binary(min_size=1, max_size=40_000), max_size=4), st.sampled_from([1, 3, 17, 1000, 65536]))
def test_the_pieces_of_the_wire_do_not_matter(
    certificates: Certificates, writes: list[bytes], piece: int
) -> None:
    reactor = Reactor()
    near, far = RecordingProtocol(), RecordingProtocol()
    server = ServerLayer(reactor, certificates.for_server(), RecordingFactory(lambda: near))
    client = ClientLayer(reactor, certificates.for_client(), "localhost", RecordingFactory(lambda: far))
    pair = ConnectedPair(server, client)
    pair.pump(piece)
    for data in writes:
        far.transport.write(data)
        near.transport.write(data[::-1])
    far.transport.lose_connection()
    reactor.call_soon(int)
    reactor.turn()
    pair.pump(piece)
    reactor.call_soon(int)
    reactor.turn()
    pair.pump(piece)
    assert near.data == b"".join(writes)
    assert isinstance(near.reasons[0], ConnectionDone)
    assert isinstance(far.reasons[0], ConnectionDone)
    reactor.close()


def test_python_itself_is_a_client_and_a_half_close_is_answered(
    reactor: Reactor, certificates: Certificates
) -> None:
    class Answering(RecordingProtocol):
        def read_connection_lost(self) -> None:
            self.transport.write(bytes(self.data).upper())
            self.transport.lose_connection()

    def talk(secure: ssl.SSLSocket) -> bytes:
        secure.sendall(b"hello")
        answer = b""
        try:
            secure.unwrap()
        except OSError:  # an answer comes before the other end's close_notify
            pass
        return answer

    def ask(secure: ssl.SSLSocket) -> tuple[bytes, str | None]:
        secure.sendall(b"hello")
        return secure.recv(100), secure.version()

    class Replying(RecordingProtocol):
        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self.transport.write(data.upper())

    protocol = Replying()
    peer = RawPeer(
        reactor,
        served(reactor, certificates, RecordingFactory(lambda: protocol)),
        certificates.for_client(),
        ask,
    )
    turn_until(reactor, lambda: peer.result)
    assert peer.result == [(b"HELLO", "TLSv1.3")]
    answering = Answering()
    factory = RecordingFactory(lambda: answering)
    peer = RawPeer(reactor, served(reactor, certificates, factory), certificates.for_client(), talk)
    turn_until(reactor, lambda: answering.reasons and peer.result)
    assert isinstance(answering.reasons[0], ConnectionDone)


def test_an_end_without_close_notify_is_a_lost_connection(
    reactor: Reactor, certificates: Certificates
) -> None:
    def cut(secure: ssl.SSLSocket) -> None:
        secure.sendall(b"half of it")
        socket.socket.shutdown(secure, socket.SHUT_RDWR)

    protocol = RecordingProtocol()
    factory = RecordingFactory(lambda: protocol)
    peer = RawPeer(reactor, served(reactor, certificates, factory), certificates.for_client(), cut)
    turn_until(reactor, lambda: protocol.reasons and peer.result)
    assert protocol.data == b"half of it"
    assert type(protocol.reasons[0]) is ConnectionLost
    assert "data may be missing" in str(protocol.reasons[0])


def test_a_record_that_was_changed_on_the_way_ends_the_connection(
    reactor: Reactor, certificates: Certificates
) -> None:
    def forge(secure: ssl.SSLSocket) -> None:
        secure.sendall(b"good")
        socket.socket.send(secure, b"\x17\x03\x03\x00\x20" + bytes(32))
        secure.recv(1)

    protocol = RecordingProtocol()
    factory = RecordingFactory(lambda: protocol)
    peer = RawPeer(reactor, served(reactor, certificates, factory), certificates.for_client(), forge)
    turn_until(reactor, lambda: protocol.reasons and peer.result)
    assert protocol.data == b"good"
    assert isinstance(protocol.reasons[0], TLSError)


@pytest.mark.parametrize("plain", [b"GET / HTTP/1.0\r\n\r\n", b"hello\r\n" * 100, bytes(5000), b"\x16"])
def test_plain_text_brings_an_alert_or_nothing_and_reaches_no_protocol(
    reactor: Reactor, certificates: Certificates, plain: bytes
) -> None:
    factory = RecordingFactory(RecordingProtocol)
    other = served(reactor, certificates, factory)
    other.sendall(plain)
    other.shutdown(socket.SHUT_WR)
    other.setblocking(False)
    answer = bytearray()

    def has_ended() -> bool:
        try:
            data = other.recv(1000)
        except BlockingIOError:
            return False
        except ConnectionResetError:
            return True
        answer.extend(data)
        return not data

    turn_until(reactor, has_ended)
    other.close()
    assert not answer or (answer[0] == 21 and len(answer) == 7)  # one alert record
    assert factory.built[0].calls == []


def test_what_is_not_read_above_is_dropped_when_the_program_closes(
    reactor: Reactor, certificates: Certificates
) -> None:
    both = Both(reactor, certificates)
    both.near.transport.lose_connection()
    both.far.transport.write(b"crossing")
    both.until(lambda: both.near.reasons and both.far.reasons)
    assert both.near.data == b""
    assert {type(each) for each in both.near.reasons + both.far.reasons} == {ConnectionDone}


class Wire:
    """A server's layer without a socket: the test has the other end of TLS, and decides on the pieces."""

    def __init__(self, reactor: Reactor, certificates: Certificates, protocol: Protocol) -> None:
        self.below = StringTransport()
        self.layer = ServerLayer(reactor, certificates.for_server(), RecordingFactory(lambda: protocol))
        self.layer.make_connection(self.below)
        self.peer = TLSEngine(certificates.for_client(), "localhost")
        assert self.peer.do_handshake() is False
        self.layer.data_received(self.peer.take_output())
        self.peer.receive(self.below.take())
        assert self.peer.do_handshake() is True

    def deliver(self, *written: bytes, end: bool = False, more: bytes = b"") -> None:
        """Let the layer receive these bytes, encrypted, and the close_notify, in one piece."""
        for data in written:
            self.peer.encrypt(data)
        if end:
            self.peer.end()
        self.layer.data_received(self.peer.take_output() + more)


class Pausing(HalfClosing):
    """Pauses when it receives data."""

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.transport.pause_producing()


def test_the_end_is_notified_after_the_pause_in_which_it_came(
    stepped: SteppedReactor, certificates: Certificates
) -> None:
    protocol = Pausing()
    wire = Wire(stepped, certificates, protocol)
    wire.deliver(b"last words", end=True)
    assert wire.below.paused
    wire.layer.read_connection_lost()  # the end of the stream below is no loss: the close_notify has come
    assert protocol.calls == ["made", "data"]
    protocol.transport.resume_producing()
    stepped.advance(0)
    assert protocol.calls == ["made", "data", "read lost"]
    assert not wire.below.disconnecting


def test_what_a_peer_sends_after_its_close_notify_is_dropped_and_not_kept(
    stepped: SteppedReactor, certificates: Certificates
) -> None:
    protocol = HalfClosing()
    wire = Wire(stepped, certificates, protocol)
    wire.deliver(end=True)
    for _ in range(3):
        wire.layer.data_received(bytes(100_000))
    assert protocol.calls == ["made", "read lost"]
    assert not wire.layer._engine._incoming.pending


def test_an_answer_to_what_came_before_a_broken_record_is_dropped(
    stepped: SteppedReactor, certificates: Certificates
) -> None:
    class Answering(RecordingProtocol):
        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self.transport.write(bytes(100_000))

    protocol = Answering()
    wire = Wire(stepped, certificates, protocol)
    wire.deliver(b"good", more=b"\x17\x03\x03\x00\x20" + bytes(32))
    assert protocol.data == b"good"
    assert wire.below.disconnecting
    wire.layer.connection_lost(ConnectionDone())
    assert isinstance(protocol.reasons[0], TLSError)


def test_what_a_pause_holds_back_is_delivered_before_a_loss(
    stepped: SteppedReactor, certificates: Certificates
) -> None:
    class Reluctant(RecordingProtocol):
        def connection_made(self) -> None:
            super().connection_made()
            self.transport.pause_producing()

    protocol = Reluctant()
    wire = Wire(stepped, certificates, protocol)
    wire.deliver(b"last words")
    assert protocol.data == b""
    wire.layer.connection_lost(ConnectionLost())
    assert protocol.data == b"last words"
    assert protocol.calls == ["made", "data", "lost"]


def test_a_half_close_at_the_beginning_loses_nothing_of_what_has_come(
    stepped: SteppedReactor, certificates: Certificates
) -> None:
    class Brief(HalfClosing):
        def connection_made(self) -> None:
            super().connection_made()
            self.transport.lose_write_connection()

    protocol = Brief()
    wire = Wire(stepped, certificates, protocol)
    wire.deliver(b"a", b"question", end=True)
    assert protocol.data == b"aquestion"
    assert protocol.calls[:2] == ["made", "data"]
    assert wire.below.disconnecting


# --- the handshake


def test_a_handshake_has_sixty_seconds(stepped: SteppedReactor, certificates: Certificates) -> None:
    protocol = RecordingProtocol()
    factory = RecordingFactory(lambda: protocol)
    factory.sessions = SessionRegistry()
    other = served(stepped, certificates, factory)
    assert [session.state for session in factory.sessions] == ["TLS handshake"]
    stepped.advance(tls_layer.HANDSHAKE_TIMEOUT - 1, turns=3)
    assert len(factory.sessions) == 1
    stepped.advance(1, turns=3)
    assert len(factory.sessions) == 0
    assert protocol.calls == []
    with other:
        assert other.recv(1) == b""


def test_a_complete_handshake_leaves_no_timer(stepped: SteppedReactor, certificates: Certificates) -> None:
    both = Both(stepped, certificates)
    stepped.advance(1000, turns=5)
    assert both.near.calls == both.far.calls == ["made"]


def test_a_protocol_that_is_not_built_closes_the_connection(
    reactor: Reactor, certificates: Certificates, caplog: pytest.LogCaptureFixture
) -> None:
    class Refusing(Factory):
        def build_protocol(self, address: object) -> Protocol | None:
            return None

    other = served(reactor, certificates, Refusing())
    other.setblocking(False)

    def has_ended() -> bool:
        try:
            return other.recv(100) == b""
        except BlockingIOError:
            return False

    turn_until(reactor, has_ended)
    other.close()
    assert "build_protocol" in caplog.text


def test_a_session_has_the_plain_bytes_and_the_version_and_cipher(
    reactor: Reactor, certificates: Certificates
) -> None:
    registry = SessionRegistry()
    near, clients = RecordingProtocol(), RecordingClientFactory(RecordingProtocol)
    servers = RecordingFactory(lambda: near)
    servers.sessions, servers.service = registry, "echo"
    port = reactor.listen_tls(0, servers, certificates.for_server())
    reactor.connect_tls("127.0.0.1", number(port), clients, certificates.for_client())
    turn_until(reactor, lambda: near.calls and clients.built)
    (session,) = registry
    assert session.state == "TLSv1.3 TLS_AES_256_GCM_SHA384"
    near.report("CHAT", "ann")
    assert (session.state, session.user) == ("CHAT TLSv1.3 TLS_AES_256_GCM_SHA384", "ann")
    assert str(session.traffic.peer) == str(clients.built[0].transport.host)
    assert str(session.traffic.peer).startswith("tls:127.0.0.1:")
    seen: list[tuple[str, bytes]] = []
    session.traffic.tap = lambda direction, data: seen.append((direction, data))
    clients.built[0].transport.write(b"hello")
    turn_until(reactor, lambda: near.data)
    near.transport.write(b"and back")
    turn_until(reactor, lambda: clients.built[0].data)
    assert seen == [("in", b"hello"), ("out", b"and back")]
    assert (session.traffic.bytes_in, session.traffic.bytes_out) == (5, 8)
    session.kick("enough")
    turn_until(reactor, lambda: not len(registry) and clients.losses)
    assert isinstance(clients.losses[0], ConnectionDone)


def test_an_expired_certificate_is_refused_and_the_server_hears_why(
    reactor: Reactor, certificates: Certificates
) -> None:
    registry = SessionRegistry()
    servers = RecordingFactory(RecordingProtocol)
    servers.sessions = registry
    clients = RecordingClientFactory(RecordingProtocol)
    port = reactor.listen_tls(0, servers, server_context(str(certificates.expired)))
    reactor.connect_tls("127.0.0.1", number(port), clients, certificates.for_client())
    turn_until(reactor, lambda: clients.failures and not len(registry))
    assert "expired" in str(clients.failures[0])
    assert clients.built == []
    assert servers.built[0].calls == []
