"""Protocols in a simulated bad network: the received data, its times, and the end of a connection."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConnectionAborted, ConnectionLost
from core.formats.weather import OVERTAKEN, parse
from core.interfaces import Address, DatagramTransport, IPv4Address, Transport
from core.protocols.protocol import ClientFactory, DatagramProtocol, Factory, Protocol
from core.reactor import Reactor
from core.testing import CLIENT, Clock, StringTransport
from core.transports.back_pressure import HIGH_WATER
from core.weather import WeatherConnection, WeatherDatagrams, WeatherFactory
from tests.conftest import turn_until


class Recorder(Protocol):
    """Records what it receives, with the time."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.received: list[tuple[float, bytes]] = []
        self.ends: list[str] = []

    def data_received(self, data: bytes) -> None:
        self.received.append((round(self.clock.seconds(), 6), data))

    def read_connection_lost(self) -> None:
        self.ends.append("read")
        self.transport.lose_connection()

    def write_connection_lost(self) -> None:
        self.ends.append("write")

    def connection_lost(self, reason: Exception) -> None:
        self.ends.append(str(reason))

    def on_kick(self, reason: str) -> None:
        self.ends.append(reason)

    def data(self) -> list[bytes]:
        """The pieces that it received, without the times."""
        return [data for _, data in self.received]


class World:
    """A Recorder in a weather, over a transport in memory."""

    def __init__(self, spec: str, connection: int = 1) -> None:
        self.clock = Clock()
        self.recorder = Recorder(self.clock)
        self.outer = WeatherConnection(self.recorder, parse(spec), connection, self.clock)
        self.transport = StringTransport()
        self.outer.make_connection(self.transport)
        self.inner: Transport = self.recorder.transport

    def sent(self, seconds: float = 10.0) -> list[tuple[float, bytes]]:
        """Let time pass. Returns what was written to the real transport, with the times."""
        found = []
        for _ in range(round(seconds * 1000)):
            if data := self.transport.take():
                found.append((round(self.clock.seconds(), 3), data))
            self.clock.advance(0.001)
        return found


def test_slices_arrive_one_by_one() -> None:
    world = World("slice,seed=1")
    world.outer.data_received(b"hello")
    world.clock.advance(0.1)
    assert world.recorder.data() == [b"h", b"e", b"l", b"l", b"o"]


def test_each_slice_has_a_call_of_its_own_so_that_two_are_not_sent_together() -> None:
    world = World("slice,seed=1")
    world.inner.write(b"abc")
    assert world.clock.pending() == 1
    world.clock.advance(0.0)
    assert world.transport.take() == b"abc"


def test_merged_pieces_arrive_as_one() -> None:
    world = World("merge,seed=1")
    world.outer.data_received(b"one ")
    world.clock.advance(0.005)
    world.outer.data_received(b"two")
    assert world.recorder.data() == []
    world.clock.advance(0.1)
    assert world.recorder.data() == [b"one two"]


def test_bytes_arrive_after_the_delay() -> None:
    world = World("delay=20,seed=1")
    world.outer.data_received(b"hello")
    world.clock.advance(0.019)
    assert world.recorder.data() == []
    world.clock.advance(0.002)
    assert world.recorder.received == [(0.02, b"hello")]


def test_what_is_written_leaves_after_the_delay() -> None:
    world = World("delay=20,seed=1")
    world.inner.write(b"hello")
    assert world.inner.waiting == 5
    assert world.sent(0.05) == [(0.02, b"hello")]
    assert world.inner.waiting == 0


def test_a_later_piece_never_overtakes_an_earlier_one() -> None:
    world = World("delay=0-500,seed=3")
    data = bytes(range(256)) * 4
    world.outer.data_received(data)
    world.clock.advance(1.0)
    assert b"".join(world.recorder.data()) == data
    times = [time for time, _ in world.recorder.received]
    assert times == sorted(times)


@given(
    st.sampled_from(["slice", "merge", "delay=5-50", "rough,reset=0", "lose"]),
    st.lists(st.binary(min_size=1)),
)
def test_no_byte_of_a_stream_changes_in_either_direction(spec: str, parts: list[bytes]) -> None:
    world = World(f"{spec},seed=1")
    for part in parts:
        world.outer.data_received(part)
        world.inner.write(part)
        world.clock.advance(0.003)
    world.clock.advance(1000.0)
    assert b"".join(world.recorder.data()) == b"".join(parts)
    assert world.transport.take() == b"".join(parts)


@pytest.mark.parametrize("spec", ["slice", "merge", "delay=5-50", "slow", "rough"])
def test_the_same_seed_gives_the_same_transcript_however_the_kernel_cut(spec: str) -> None:
    def transcript(cuts: list[bytes]) -> list[tuple[float, bytes]]:
        world = World(f"{spec},reset=0,seed=9")
        for part in cuts:
            world.outer.data_received(part)
        world.clock.advance(1000.0)
        return world.recorder.received

    assert transcript([b"a line\nand a half"]) == transcript([b"a li", b"ne\nand", b" a half"])


def test_the_end_of_the_stream_comes_after_its_last_byte() -> None:
    world = World("delay=20,seed=1")
    world.outer.data_received(b"bye")
    world.outer.read_connection_lost()
    assert world.recorder.ends == []
    world.clock.advance(0.02)
    assert (world.recorder.data(), world.recorder.ends) == ([b"bye"], ["read"])


def test_a_close_waits_for_what_was_written_before() -> None:
    world = World("delay=20,seed=1")
    world.inner.write(b"bye")
    world.inner.lose_connection()
    world.inner.write(b"too late")
    assert world.inner.disconnecting
    assert not world.transport.disconnecting
    world.clock.advance(0.03)
    assert (world.transport.take(), world.transport.disconnecting) == (b"bye", True)


def test_a_half_close_waits_for_what_was_written_before() -> None:
    world = World("delay=20,seed=1")
    world.inner.write(b"bye")
    world.inner.lose_write_connection()
    assert not world.transport.half_closed
    world.clock.advance(0.03)
    assert (world.transport.take(), world.transport.half_closed) == (b"bye", True)


def test_nothing_is_received_after_lose_connection() -> None:
    world = World("delay=20,seed=1")
    world.outer.data_received(b"before")
    world.inner.lose_connection()
    world.outer.data_received(b"after")
    world.clock.advance(1.0)
    assert world.recorder.data() == []


def test_a_loss_is_told_after_what_had_arrived() -> None:
    world = World("delay=20,seed=1")
    world.outer.data_received(b"last words")
    world.outer.connection_lost(ConnectionLost("gone"))
    assert (world.recorder.data(), world.recorder.ends) == ([b"last words"], ["gone"])
    world.clock.advance(1.0)
    assert world.recorder.ends == ["gone"]


def test_a_reset_by_the_weather_looks_like_one_by_the_peer() -> None:
    world = World("reset=1,seed=1")
    for _ in range(40):
        world.outer.data_received(bytes(50))
        world.inner.write(bytes(50))
    world.clock.advance(1.0)
    assert world.transport.aborted
    world.outer.connection_lost(ConnectionAborted())
    assert world.recorder.ends == ["connection reset by peer"]


def test_an_abort_by_the_program_is_called_one() -> None:
    world = World("slice,seed=1")
    world.inner.write(b"never sent")
    world.inner.abort_connection()
    assert (world.transport.aborted, world.transport.take()) == (True, b"")
    world.outer.connection_lost(ConnectionAborted())
    assert world.recorder.ends == ["connection was aborted at this end"]


def test_a_paused_protocol_receives_nothing() -> None:
    world = World("slice,seed=1")
    world.outer.data_received(b"ab")
    world.inner.pause_producing()
    world.clock.advance(1.0)
    assert (world.recorder.data(), world.transport.paused) == ([], True)
    world.inner.resume_producing()
    world.clock.advance(1.0)
    assert (world.recorder.data(), world.transport.paused) == ([b"a", b"b"], False)


def test_at_most_high_water_bytes_are_in_the_weather() -> None:
    world = World("delay=1000,seed=1")
    world.inner.write(bytes(HIGH_WATER + 1000))
    assert HIGH_WATER - 100 < world.inner.waiting - world.transport.waiting <= HIGH_WATER
    world.clock.advance(2.0)
    assert len(world.transport.take()) == HIGH_WATER + 1000


def test_a_handler_that_raises_loses_its_connection_as_without_weather(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(Recorder):
        def data_received(self, data: bytes) -> None:
            raise ZeroDivisionError

    world = World("slice,seed=1")
    world.outer.protocol = Broken(world.clock)
    world.outer.data_received(b"x")
    world.clock.advance(0.1)
    assert world.transport.aborted
    assert "a handler of Broken failed" in caplog.text


def test_producers_kicks_and_ends_pass_through() -> None:
    world = World("slice,seed=1")
    world.inner.register_producer(world.inner, streaming=True)
    producers = [world.transport.producer]
    world.inner.unregister_producer()
    assert [*producers, world.transport.producer] == [world.inner, None]
    world.outer.on_kick("go")
    world.outer.write_connection_lost()
    assert world.recorder.ends == ["go", "write"]
    assert (world.inner.peer, world.inner.host) == (world.transport.peer, world.transport.host)


class EchoProtocol(Protocol):
    """Echoes, and counts the calls."""

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


class Client(Protocol):
    """Sends a text, and closes when it came back."""

    def connection_made(self) -> None:
        self.received = b""
        self.transport.write(b"gr\xc3\xbcn\r\n" * 10)

    def data_received(self, data: bytes) -> None:
        self.received += data
        if len(self.received) == 70:
            self.transport.lose_connection()


class ClientFactoryOfOne(ClientFactory):
    """Keeps its protocol, and how its connection ended."""

    def __init__(self) -> None:
        self.client = Client()
        self.calls: list[str] = []

    def build_protocol(self, address: Address) -> Protocol:
        return self.client

    def started_connecting(self, connector: object) -> None:
        self.calls.append("started")

    def client_connection_failed(self, connector: object, reason: Exception) -> None:
        self.calls.append("failed")

    def client_connection_lost(self, connector: object, reason: Exception) -> None:
        self.calls.append(type(reason).__name__)


@pytest.mark.parametrize("spec", ["slice", "merge", "delay=1-3", "rough,reset=0"])
def test_a_client_and_a_server_in_a_weather_talk_over_sockets(reactor: Reactor, spec: str) -> None:
    weather = parse(f"{spec},seed=4")
    server = WeatherFactory(Factory.for_protocol(EchoProtocol), weather, reactor)
    port = reactor.listen_tcp(0, server)
    factory = ClientFactoryOfOne()
    assert isinstance(port.host, IPv4Address)
    reactor.connect_tcp("127.0.0.1", port.host.port, WeatherFactory(factory, weather, reactor))
    turn_until(reactor, lambda: len(factory.calls) == 2)
    assert factory.client.received == b"gr\xc3\xbcn\r\n" * 10
    assert factory.calls == ["started", "ConnectionDone"]


def test_the_connections_of_a_factory_are_numbered_from_1() -> None:
    spec, clock = "delay=0-500,seed=1", Clock()

    class Recording(Factory):
        def build_protocol(self, address: Address) -> Protocol:
            recorders.append(Recorder(clock))
            return recorders[-1]

    recorders: list[Recorder] = []
    factory = WeatherFactory(Recording(), parse(spec), clock)
    worlds = [World(spec, connection) for connection in (1, 2)]
    outers = [factory.build_protocol(CLIENT) for _ in worlds]
    for outer, world in zip(outers, worlds, strict=True):
        assert outer is not None
        outer.make_connection(StringTransport())
        for each in (outer, world.outer):
            each.data_received(b"hello")
        world.clock.advance(1.0)
    clock.advance(1.0)
    first, second = (recorder.received for recorder in recorders)
    assert [first, second] == [world.recorder.received for world in worlds]
    assert first != second


def test_a_failed_attempt_is_told_to_the_client() -> None:
    factory = ClientFactoryOfOne()
    wrapped = WeatherFactory(factory, parse("slice"), Clock())
    wrapped.client_connection_failed(None, ConnectionRefusedError())  # type: ignore[arg-type]
    assert factory.calls == ["failed"]


def test_start_and_stop_of_the_factory_pass_through() -> None:
    calls = []

    class Counting(Factory):
        def start_factory(self) -> None:
            calls.append("start")

        def stop_factory(self) -> None:
            calls.append("stop")

        def build_protocol(self, address: Address) -> None:
            return None

    wrapped = WeatherFactory(Counting(), parse("slice"), Clock())
    wrapped.do_start()
    wrapped.do_stop()
    assert (calls, wrapped.build_protocol(CLIENT)) == (["start", "stop"], None)


class Datagram(DatagramProtocol):
    """Records datagrams."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.calls: list[str] = []

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.received.append(data)

    def connection_refused(self) -> None:
        self.calls.append("refused")

    def stop_protocol(self) -> None:
        self.calls.append("stopped")


class Wire(DatagramTransport):
    """Records what is sent."""

    host = CLIENT

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, object]] = []
        self.connected: list[tuple[str, int]] = []

    def write(self, data: bytes, address: tuple[str, int] | None = None) -> None:
        self.sent.append((data, address))

    def connect(self, host: str, port: int) -> None:
        self.connected.append((host, port))


PEER = ("192.0.2.1", 7)


def datagram_world(spec: str) -> tuple[Clock, Datagram, WeatherDatagrams, Wire]:
    """A Datagram protocol in a weather, on a wire."""
    clock, protocol, wire = Clock(), Datagram(), Wire()
    outer = WeatherDatagrams(protocol, parse(spec), clock)
    outer.make_connection(wire)
    return clock, protocol, outer, wire


def test_datagrams_get_lost_both_ways() -> None:
    clock, protocol, outer, wire = datagram_world("lose=1,seed=1")
    outer.datagram_received(b"in", PEER)
    protocol.transport.write(b"out", PEER)
    clock.advance(1.0)
    assert (protocol.received, wire.sent) == ([], [])


def test_datagrams_arrive_twice() -> None:
    clock, protocol, outer, wire = datagram_world("double=1,seed=1")
    outer.datagram_received(b"in", PEER)
    protocol.transport.write(b"out", PEER)
    clock.advance(1.0)
    assert (protocol.received, wire.sent) == ([b"in", b"in"], [(b"out", PEER)] * 2)


def test_datagrams_overtake_one_another() -> None:
    clock, protocol, outer, _ = datagram_world("reorder=0.5,seed=1")
    texts = [b"%d" % number for number in range(20)]
    for text in texts:
        outer.datagram_received(text, PEER)
    clock.advance(OVERTAKEN + 0.001)
    assert sorted(protocol.received) == sorted(texts)
    assert protocol.received != texts


def test_nothing_arrives_or_leaves_after_the_port_is_closed() -> None:
    clock, protocol, outer, wire = datagram_world("delay=20,seed=1")
    outer.datagram_received(b"in", PEER)
    protocol.transport.write(b"out", PEER)
    outer.stop_protocol()
    clock.advance(1.0)
    assert (protocol.received, wire.sent, protocol.calls) == ([], [], ["stopped"])


def test_a_refusal_and_a_connect_pass_through() -> None:
    _, protocol, outer, wire = datagram_world("slice")
    outer.connection_refused()
    protocol.transport.connect(*PEER)
    assert (protocol.calls, wire.connected, protocol.transport.host) == (["refused"], [PEER], CLIENT)


def test_only_so_many_peers_are_remembered() -> None:
    clock, protocol, outer, _ = datagram_world("delay=1,seed=1")
    for number in range(2500):
        outer.datagram_received(b"x", ("192.0.2.1", number))
    clock.advance(1.0)
    assert len(protocol.received) == 2500
    assert len(outer._rules) == 1000
