"""Producers: few bytes wait in memory, and the end of a connection does not wait for an endless one."""

import os

import pytest

from core.engine.pollers import EpollPoller
from core.interfaces import PushProducer, Transport
from core.reactor import Reactor
from core.transports.back_pressure import HIGH_WATER, LOW_WATER
from tests.conftest import turn_until
from tests.core.helpers import RecordingClientFactory, RecordingFactory, RecordingProtocol, pair

MUCH = 20_000_000
PIECE = 100 * 1024
PIECES = 20_014


class Reservoir(PushProducer):
    """Records the calls that it gets."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def pause_producing(self) -> None:
        self.told.append("pause")

    def resume_producing(self) -> None:
        self.told.append("resume")

    def stop_producing(self) -> None:
        self.told.append("stop")


class Pages(Reservoir):
    """A pull producer that writes a piece whenever it is asked, `count` times."""

    def __init__(self, transport: Transport, count: int, size: int = 1000) -> None:
        super().__init__()
        self.transport = transport
        self.left = count
        self.piece = bytes(size)

    def resume_producing(self) -> None:
        super().resume_producing()
        self.left -= 1
        self.transport.write(self.piece)
        if not self.left:
            self.transport.unregister_producer()


class Spring(Reservoir):
    """A push producer that writes whenever it is not paused, until `left` is used up."""

    def __init__(self, transport: Transport, count: int) -> None:
        super().__init__()
        self.transport = transport
        self.left = count
        self.flows = False

    def pause_producing(self) -> None:
        super().pause_producing()
        self.flows = False

    def resume_producing(self) -> None:
        super().resume_producing()
        self.flows = True
        while self.flows and self.left:
            self.left -= 1
            self.transport.write(bytes(1000))
        if not self.left:
            self.transport.unregister_producer()


@pytest.mark.parametrize("in_sequence", [False, True])
def test_a_producer_is_paused_above_the_high_water_mark_and_resumed_below_the_low_one(
    reactor: Reactor, in_sequence: bool
) -> None:
    reservoir = Reservoir()
    transport, peer = pair(reactor, RecordingProtocol(), reads=False)
    transport.register_producer(reservoir, streaming=True)
    transport.write(bytes(HIGH_WATER))
    assert reservoir.told == []
    if in_sequence:
        transport.write_sequence([b"x", bytes(MUCH)])
    else:
        transport.write(b"x" + bytes(MUCH))
    transport.write(b"more")
    assert reservoir.told == ["pause"]
    for _ in range(3):
        reactor.call_soon(int)
        reactor.turn()
    assert transport.waiting > LOW_WATER
    assert reservoir.told == ["pause"]
    peer.read()
    turn_until(reactor, lambda: len(reservoir.told) == 2)
    assert reservoir.told == ["pause", "resume"]
    assert transport.waiting <= LOW_WATER


def test_an_endless_push_producer_leaves_few_bytes_waiting(reactor: Reactor) -> None:
    transport, peer = pair(reactor, RecordingProtocol(), reads=False)
    spring = Spring(transport, MUCH // 1000)
    transport.register_producer(spring, streaming=True)
    spring.resume_producing()
    most = 0
    for _ in range(20):
        most = max(most, transport.waiting)
        reactor.call_soon(int)
        reactor.turn()
    assert most <= HIGH_WATER + 1000
    peer.read()
    turn_until(reactor, lambda: len(peer.received) == MUCH)


def test_a_pull_producer_is_asked_for_one_piece_after_another(reactor: Reactor) -> None:
    transport, peer = pair(reactor, RecordingProtocol())
    pages = Pages(transport, 100)
    transport.register_producer(pages, streaming=False)
    assert pages.told == ["resume"]
    turn_until(reactor, lambda: len(peer.received) == 100_000)
    assert pages.told == ["resume"] * 100


@pytest.mark.parametrize("kind", [Pages, Spring])
def test_a_fast_producer_does_not_occupy_the_loop(reactor: Reactor, kind: type[Pages] | type[Spring]) -> None:
    transport, _ = pair(reactor, RecordingProtocol())
    producer = kind(transport, 10_000)
    transport.register_producer(producer, streaming=kind is Spring)
    if kind is Spring:
        producer.resume_producing()
    before = producer.left
    reactor.turn()
    assert before - producer.left < 1000
    transport.abort_connection()


@pytest.mark.parametrize("streaming", [True, False])
def test_lose_connection_waits_until_the_producer_unregisters(reactor: Reactor, streaming: bool) -> None:
    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol)
    reservoir = Reservoir()
    transport.register_producer(reservoir, streaming)
    transport.write(b"one ")
    transport.lose_connection()
    for _ in range(5):
        reactor.call_soon(int)
        reactor.turn()
    assert not protocol.reasons
    transport.write(b"two")
    transport.unregister_producer()
    transport.write(b"three")
    turn_until(reactor, lambda: protocol.reasons and peer.has_ended())
    assert peer.received == b"one two"
    assert "stop" not in reservoir.told


def test_a_pull_producer_sends_its_whole_file_before_the_close(reactor: Reactor) -> None:
    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol)
    transport.register_producer(Pages(transport, 50, PIECE), streaming=False)
    transport.lose_connection()
    turn_until(reactor, lambda: protocol.reasons and peer.has_ended())
    assert len(peer.received) == 50 * PIECE


@pytest.mark.parametrize("who", ["transport", "protocol"])
def test_a_producer_of_received_data_does_not_delay_the_close(reactor: Reactor, who: str) -> None:
    class Relay(RecordingProtocol, Reservoir):
        def __init__(self) -> None:
            RecordingProtocol.__init__(self)
            Reservoir.__init__(self)

    relay = Relay()
    transport, peer = pair(reactor, relay)
    transport.register_producer(transport if who == "transport" else relay, streaming=True)
    transport.lose_connection()
    turn_until(reactor, lambda: relay.reasons and peer.has_ended())


def test_an_echo_does_not_read_from_a_peer_that_does_not_read(reactor: Reactor) -> None:
    class Echo(RecordingProtocol):
        def connection_made(self) -> None:
            self.transport.register_producer(self.transport, streaming=True)

        def data_received(self, data: bytes) -> None:
            self.transport.write(data)

    echo = Echo()
    transport, peer = pair(reactor, echo, reads=False)
    said = 0
    while said < MUCH and transport.waiting <= HIGH_WATER:
        try:
            said += peer.socket.send(bytes(HIGH_WATER))
        except BlockingIOError:
            pass
        reactor.turn()
    assert transport.waiting <= 2 * HIGH_WATER
    peer.read()
    peer.socket.shutdown(1)
    turn_until(reactor, peer.has_ended)
    assert len(peer.received) == said


def test_a_producer_that_has_unregistered_is_not_called(reactor: Reactor) -> None:
    reservoir = Reservoir()
    transport, peer = pair(reactor, RecordingProtocol())
    transport.register_producer(reservoir, streaming=True)
    transport.write(bytes(HIGH_WATER + 1))
    transport.flush()
    transport.unregister_producer()
    transport.unregister_producer()
    transport.write(bytes(MUCH))
    turn_until(reactor, lambda: len(peer.received) == HIGH_WATER + 1 + MUCH)
    assert reservoir.told == ["pause"]


def test_a_second_producer_is_refused(reactor: Reactor) -> None:
    transport, _ = pair(reactor, RecordingProtocol())
    transport.register_producer(Reservoir(), streaming=True)
    with pytest.raises(RuntimeError):
        transport.register_producer(Reservoir(), streaming=True)
    transport.unregister_producer()
    transport.register_producer(Reservoir(), streaming=True)


@pytest.mark.parametrize("streaming", [True, False])
def test_a_producer_is_stopped_when_its_consumer_has_ended(reactor: Reactor, streaming: bool) -> None:
    protocol, reservoir, late = RecordingProtocol(), Reservoir(), Reservoir()
    transport, peer = pair(reactor, protocol)
    transport.register_producer(reservoir, streaming)
    peer.reset()
    turn_until(reactor, lambda: protocol.reasons)
    assert reservoir.told[-1] == "stop"
    assert reservoir.told.count("stop") == 1
    transport.register_producer(late, streaming)
    assert late.told == ["stop"]


def test_an_endless_producer_whose_peer_has_gone_does_not_stop_the_loop(reactor: Reactor) -> None:
    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol)
    pages = Pages(transport, 10**9)
    transport.register_producer(pages, streaming=False)
    peer.reset()
    turn_until(reactor, lambda: protocol.reasons)
    assert pages.told[-1] == "stop"


def test_a_paused_transport_reads_again_after_a_failed_send(reactor: Reactor) -> None:
    class Echo(RecordingProtocol):
        def connection_made(self) -> None:
            self.transport.register_producer(self.transport, streaming=True)

    echo = Echo()
    transport, peer = pair(reactor, echo, reads=False)
    transport.write(bytes(MUCH))
    reactor.turn()
    peer.socket.sendall(b"last words")
    peer.reset()
    turn_until(reactor, lambda: echo.reasons)


def test_a_producer_that_raises_ends_its_connection_and_is_logged_once(
    reactor: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    class Dry(Reservoir):
        def resume_producing(self) -> None:
            if self.told:
                raise ZeroDivisionError("dry")
            super().resume_producing()

    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol)
    transport.register_producer(Dry(), streaming=False)
    transport.write(b"first")
    turn_until(reactor, lambda: protocol.reasons and peer.has_ended())
    assert isinstance(protocol.reasons[0], ZeroDivisionError)
    assert [str(each.exc_info[1]) for each in caplog.records if each.exc_info] == ["dry"]


def test_twenty_thousand_pieces_of_a_hundred_kibibytes_arrive_complete_and_in_order() -> None:
    """On one engine, since it takes a second."""
    pattern = os.urandom(PIECE + PIECES)  # piece n begins with its byte n: no two are the same

    class Volumes(RecordingProtocol, PushProducer):
        def connection_made(self) -> None:
            self.sent = 0
            self.transport.register_producer(self, streaming=False)

        def pause_producing(self) -> None:
            pass

        def resume_producing(self) -> None:
            self.transport.write(pattern[self.sent : self.sent + PIECE])
            self.sent += 1
            if self.sent == PIECES:
                self.transport.unregister_producer()
                self.transport.lose_connection()

    class Reader(RecordingProtocol):
        received = 0

        def data_received(self, data: bytes) -> None:
            while data:
                number, start = divmod(self.received, PIECE)
                part = data[: PIECE - start]
                assert part == pattern[number + start : number + start + len(part)]
                self.received += len(part)
                data = data[len(part) :]

    reactor = Reactor(EpollPoller())
    port = reactor.listen_tcp(0, RecordingFactory(Volumes))
    factory = RecordingClientFactory(Reader)
    reactor.connect_tcp("127.0.0.1", int(str(port.host).rpartition(":")[2]), factory)
    turn_until(reactor, lambda: factory.losses)
    assert factory.built[0].received == PIECES * PIECE
    reactor.clear()
    reactor.close()
