"""LingeringClose: the peer reads the last data although it still sends, and the socket closes in time."""

import socket
from collections.abc import Callable, Iterator

import pytest

from core.reactor import Reactor
from core.transports import lingering_close
from core.transports.lingering_close import FIRST_FLIGHT, LingeringClose, closes_at_once, is_drained
from core.transports.stream import StreamTransport
from tests.conftest import turn_until
from tests.core.helpers import PeerSocket, RecordingFactory, RecordingProtocol, SteppedReactor, pair, tcp_pair

MUCH = 2_000_000


class Dismissing(RecordingProtocol):
    """Sends MUCH data and closes: at once, or when it receives data."""

    def __init__(self, at_once: bool) -> None:
        super().__init__()
        self.at_once = at_once

    def connection_made(self) -> None:
        super().connection_made()
        if self.at_once:
            self.dismiss()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.dismiss()

    def dismiss(self) -> None:
        self.transport.write(bytes(MUCH))
        self.transport.lose_connection()


@pytest.fixture
def timed() -> Iterator[SteppedReactor]:
    reactor = SteppedReactor()
    yield reactor
    reactor.clear()
    reactor.close()


def fill(sock: socket.socket) -> None:
    """Send until the kernel accepts no more."""
    try:
        while True:
            sock.send(bytes(65536))
    except BlockingIOError:
        pass


def closing_after(reactor: Reactor) -> tuple[LingeringClose, PeerSocket]:
    near, other = tcp_pair()
    near.setblocking(False)
    return LingeringClose(reactor, near), PeerSocket(reactor, other)


@pytest.mark.parametrize("at_once", [True, False])
def test_a_peer_that_sends_while_we_close_still_reads_all_that_we_sent(
    reactor: Reactor, at_once: bool
) -> None:
    protocol = Dismissing(at_once)
    _, peer = pair(reactor, protocol, reads=False)
    peer.socket.send(b"stop it")
    reactor.turn()
    for _ in range(20):
        fill(peer.socket)
        reactor.call_soon(int)
        reactor.turn()
    peer.read()
    while not peer.has_ended():
        fill(peer.socket)
        reactor.call_soon(int)
        reactor.turn()
    assert isinstance(peer.end, EOFError)
    assert len(peer.received) == MUCH


def test_unread_data_does_not_reset_a_connection_that_is_answered_at_once(reactor: Reactor) -> None:
    class Quote(RecordingProtocol):
        def connection_made(self) -> None:
            self.transport.write(b"Be brief.\r\n")
            self.transport.lose_connection()

    near, other = tcp_pair()
    near.setblocking(False)
    peer = PeerSocket(reactor, other)
    peer.socket.sendall(b"before you even looked")
    StreamTransport(reactor, near, other.getsockname()).start(RecordingFactory(Quote))
    turn_until(reactor, peer.has_ended)
    assert isinstance(peer.end, EOFError)
    assert peer.received == b"Be brief.\r\n"


def answered_at_once(reactor: Reactor, lingers: bool) -> PeerSocket:
    class Quote(RecordingProtocol):
        def connection_made(self) -> None:
            self.transport.write(b"Be brief.\r\n")
            self.transport.lose_connection()

    Quote.lingers = lingers
    near, other = tcp_pair()
    near.setblocking(False)
    StreamTransport(reactor, near, other.getsockname()).start(RecordingFactory(Quote))
    return PeerSocket(reactor, other, reads=False)


@pytest.mark.parametrize("lingers", [False, True])
def test_a_peer_that_sends_in_the_turn_of_the_close_still_reads_what_we_sent(
    reactor: Reactor, lingers: bool
) -> None:
    peer = answered_at_once(reactor, lingers)
    peer.socket.sendall(b"I have begun already")
    reactor.call_soon(int)
    reactor.turn()
    peer.read()
    turn_until(reactor, peer.has_ended)
    assert isinstance(peer.end, EOFError)
    assert peer.received == b"Be brief.\r\n"


def test_a_peer_of_a_protocol_that_lingers_is_never_reset(reactor: Reactor) -> None:
    peer = answered_at_once(reactor, True)
    for _ in range(10):
        peer.socket.sendall(bytes(1000))  # raises an error once the connection is reset
        reactor.call_soon(int)
        reactor.turn()
    peer.read()
    turn_until(reactor, peer.has_ended)
    assert isinstance(peer.end, EOFError)
    assert peer.received == b"Be brief.\r\n"


@pytest.mark.parametrize("paused", [False, True])
def test_a_peer_that_never_stops_sending_reads_the_end_at_once(reactor: Reactor, paused: bool) -> None:
    transport, peer = pair(reactor, RecordingProtocol())
    if paused:
        transport.pause_producing()
    fill(peer.socket)
    transport.write(b"last words")
    transport.lose_connection()
    for _ in range(5):
        fill(peer.socket)
        reactor.call_soon(int)
        reactor.turn()
    assert isinstance(peer.end, EOFError)
    assert peer.received == b"last words"


def test_a_peer_that_sends_before_it_reads_is_not_delayed_by_a_pause(reactor: Reactor) -> None:
    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol, reads=False)
    transport.write(bytes(20_000_000))
    transport.pause_producing()
    fill(peer.socket)
    transport.lose_connection()
    left = 20_000_000
    while left:
        try:
            left -= peer.socket.send(bytes(min(left, 65536)))
        except BlockingIOError:
            reactor.turn()
    peer.read()
    turn_until(reactor, peer.has_ended)
    assert len(peer.received) == 20_000_000
    assert not protocol.data


def test_the_protocol_does_not_wait_for_the_peer_to_end(reactor: Reactor) -> None:
    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol, reads=False)
    transport.lose_connection()
    turn_until(reactor, lambda: protocol.reasons)
    assert transport.fileno() >= 0
    peer.close()
    turn_until(reactor, lambda: transport.fileno() < 0)


@pytest.mark.parametrize("end", [PeerSocket.close, PeerSocket.reset])
def test_it_ends_with_the_peer(reactor: Reactor, end: Callable[[PeerSocket], None]) -> None:
    gone, peer = closing_after(reactor)
    assert gone.fileno() >= 0
    end(peer)
    turn_until(reactor, lambda: gone.fileno() < 0)


def test_it_ends_when_the_peer_sends_nothing_for_a_while(
    reactor: Reactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lingering_close, "IDLE_TIMEOUT", 0.0)
    gone, peer = closing_after(reactor)
    turn_until(reactor, lambda: gone.fileno() < 0 and peer.has_ended())
    assert isinstance(peer.end, EOFError)


def test_it_goes_on_while_the_peer_sends(timed: SteppedReactor) -> None:
    gone, peer = closing_after(timed)
    for _ in range(5):
        peer.socket.sendall(b"and another thing")
        timed.advance(lingering_close.IDLE_TIMEOUT * 0.9, turns=2)
    assert gone.fileno() >= 0
    timed.advance(lingering_close.IDLE_TIMEOUT, turns=2)
    assert gone.fileno() < 0


def test_it_ends_after_max_linger_although_the_peer_still_sends(timed: SteppedReactor) -> None:
    gone, peer = closing_after(timed)
    while gone.fileno() >= 0:
        peer.socket.sendall(b"and another thing")
        timed.advance(lingering_close.IDLE_TIMEOUT * 0.9, turns=2)
    assert (
        lingering_close.MAX_LINGER < timed.now < lingering_close.MAX_LINGER + 3 * lingering_close.IDLE_TIMEOUT
    )


def test_it_leaves_no_timer_and_no_descriptor_behind(timed: SteppedReactor) -> None:
    before = timed.descriptors
    gone, peer = closing_after(timed)
    peer.close()
    timed.advance(0, turns=2)
    assert gone.fileno() < 0
    assert timed.timers == 0
    timed.forget(peer)
    assert timed.descriptors == before


def test_a_peer_that_has_reset_already_needs_no_lingering_close(reactor: Reactor) -> None:
    near, other = tcp_pair()
    near.setblocking(False)
    PeerSocket(reactor, other).reset()
    reactor.call_soon(LingeringClose, reactor, near)
    turn_until(reactor, lambda: near.fileno() < 0)


def test_a_socket_can_be_closed_at_once_after_little_was_sent_if_nothing_came() -> None:
    for sent, came, at_once in ((FIRST_FLIGHT, b"", True), (FIRST_FLIGHT + 1, b"", False), (1, b"x", False)):
        near, peer = socket.socketpair()
        near.setblocking(False)
        with near, peer:
            peer.send(came)
            assert closes_at_once(near, sent) is at_once


def test_a_socket_is_drained_if_nothing_can_be_read() -> None:
    near, peer = socket.socketpair()
    near.setblocking(False)
    with near:
        assert is_drained(near)
        peer.send(b"x")
        assert not is_drained(near)
        assert near.recv(10) == b"x"
        assert is_drained(near)
        peer.close()
        assert not is_drained(near)
