"""Each half of a connection ends on its own, and the protocol decides what follows."""

import socket
from collections.abc import Callable

import pytest

from core.errors import ConnectionDone, ConnectionLost
from core.interfaces import PushProducer
from core.protocols.lines import LineReceiver
from core.reactor import Reactor
from tests.conftest import turn_until
from tests.core.helpers import PeerSocket, RecordingProtocol, pair

MUCH = 20_000_000
"""More bytes than the kernel accepts for a connection whose peer does not read."""


class HalfClosing(RecordingProtocol):
    """Goes on after the end of the peer's stream."""

    def read_connection_lost(self) -> None:
        self.calls.append("read lost")

    def write_connection_lost(self) -> None:
        self.calls.append("write lost")


def test_the_peers_end_of_stream_is_notified_after_all_its_data(reactor: Reactor) -> None:
    protocol = HalfClosing()
    transport, peer = pair(reactor, protocol)
    transport.pause_producing()
    peer.socket.sendall(bytes(100_000))
    peer.socket.shutdown(socket.SHUT_WR)
    transport.resume_producing()
    turn_until(reactor, lambda: "read lost" in protocol.calls)
    assert len(protocol.data) == 100_000
    assert protocol.calls[-1] == "read lost"
    assert not transport.disconnecting


def test_a_protocol_may_answer_after_the_peers_end_of_stream(reactor: Reactor) -> None:
    protocol = HalfClosing()
    transport, peer = pair(reactor, protocol)
    peer.socket.shutdown(socket.SHUT_WR)
    turn_until(reactor, lambda: "read lost" in protocol.calls)
    transport.write(bytes(MUCH))
    turn_until(reactor, lambda: len(peer.received) == MUCH)
    transport.write(b"and more")
    transport.lose_connection()
    turn_until(reactor, lambda: protocol.reasons and peer.has_ended())
    assert len(peer.received) == MUCH + 8
    assert protocol.calls == ["made", "read lost", "lost"]
    assert isinstance(protocol.reasons[0], ConnectionDone)


def test_the_default_closes_when_everything_is_sent(reactor: Reactor) -> None:
    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol, reads=False)
    transport.write(bytes(MUCH))
    peer.socket.shutdown(socket.SHUT_WR)
    turn_until(reactor, lambda: transport.disconnecting)
    peer.read()
    turn_until(reactor, lambda: protocol.reasons and peer.has_ended())
    assert len(peer.received) == MUCH
    assert isinstance(protocol.reasons[0], ConnectionDone)


@pytest.mark.parametrize("first", ["peer", "transport"])
def test_the_connection_ends_when_both_halves_have(reactor: Reactor, first: str) -> None:
    protocol = HalfClosing()
    transport, peer = pair(reactor, protocol)
    if first == "peer":
        peer.socket.shutdown(socket.SHUT_WR)
        turn_until(reactor, lambda: "read lost" in protocol.calls)
        transport.lose_write_connection()
    else:
        transport.lose_write_connection()
        turn_until(reactor, lambda: "write lost" in protocol.calls)
        turn_until(reactor, peer.has_ended)
        peer.socket.shutdown(socket.SHUT_WR)
    turn_until(reactor, lambda: protocol.reasons)
    turn_until(reactor, peer.has_ended)
    assert isinstance(peer.end, EOFError)
    assert isinstance(protocol.reasons[0], ConnectionDone)
    assert protocol.calls.count("read lost") == protocol.calls.count("lost") == 1


def test_the_end_of_the_own_half_is_notified_when_everything_is_sent(reactor: Reactor) -> None:
    protocol = HalfClosing()
    transport, peer = pair(reactor, protocol, reads=False)
    transport.write(bytes(MUCH))
    transport.lose_write_connection()
    reactor.turn()
    assert protocol.calls == ["made"]
    peer.read()
    turn_until(reactor, peer.has_ended)
    assert protocol.calls == ["made", "write lost"]
    assert transport.waiting == 0


def test_a_protocol_that_closes_is_not_notified_of_the_halves(reactor: Reactor) -> None:
    protocol = HalfClosing()
    transport, peer = pair(reactor, protocol)
    transport.lose_connection()
    peer.close()
    turn_until(reactor, lambda: protocol.reasons)
    assert protocol.calls == ["made", "lost"]


def test_a_reset_after_the_peers_end_of_stream_is_reported_when_a_send_fails(reactor: Reactor) -> None:
    protocol = HalfClosing()
    transport, peer = pair(reactor, protocol)
    peer.socket.shutdown(socket.SHUT_WR)
    turn_until(reactor, lambda: "read lost" in protocol.calls)
    peer.close()
    while not protocol.reasons:
        transport.write(b"anybody there?")
        reactor.call_soon(int)
        reactor.turn()
    assert isinstance(protocol.reasons[0], ConnectionLost)
    assert protocol.calls == ["made", "read lost", "lost"]


@pytest.mark.parametrize("place", ["read lost", "write lost"])
def test_a_handler_that_raises_ends_its_connection(
    reactor: Reactor, caplog: pytest.LogCaptureFixture, place: str
) -> None:
    class Failing(HalfClosing):
        def read_connection_lost(self) -> None:
            self.fail("read lost")

        def write_connection_lost(self) -> None:
            self.fail("write lost")

        def fail(self, where: str) -> None:
            if where == place:
                raise ZeroDivisionError(where)

    protocol = Failing()
    transport, peer = pair(reactor, protocol)
    if place == "read lost":
        peer.socket.shutdown(socket.SHUT_WR)
    else:
        transport.lose_write_connection()
    turn_until(reactor, lambda: protocol.reasons)
    assert isinstance(protocol.reasons[0], ZeroDivisionError)
    assert [str(each.exc_info[1]) for each in caplog.records if each.exc_info] == [place]


# --- producers


class Relay(RecordingProtocol):
    """Passes on what its peer sends, as Twisted's portforward does: with back-pressure, and no more."""

    other: "Relay"

    def connect(self, other: "Relay") -> None:
        self.other = other
        self.transport.register_producer(other.transport, streaming=True)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.other.transport.write(data)


def relay(reactor: Reactor, reads: bool = True) -> tuple[Relay, PeerSocket, Relay, PeerSocket]:
    near, far = Relay(), Relay()
    _, near_peer = pair(reactor, near)
    _, far_peer = pair(reactor, far, reads)
    near.connect(far)
    far.connect(near)
    return near, near_peer, far, far_peer


def half_close(peer: PeerSocket) -> None:
    peer.socket.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("end", [half_close, PeerSocket.close, PeerSocket.reset])
def test_the_end_of_one_side_of_a_relay_ends_both(
    reactor: Reactor, end: Callable[[PeerSocket], None]
) -> None:
    near, near_peer, far, far_peer = relay(reactor)
    near_peer.socket.sendall(b"hello")
    turn_until(reactor, lambda: far_peer.received == b"hello")
    end(near_peer)
    turn_until(reactor, lambda: near.reasons and far.reasons and far_peer.has_ended())
    assert isinstance(far_peer.end, EOFError)
    assert isinstance(far.reasons[0], ConnectionDone)


def test_a_relay_sends_its_pending_data_before_the_end(reactor: Reactor) -> None:
    _, near_peer, far, far_peer = relay(reactor, reads=False)
    far.transport.write(bytes(MUCH))
    reactor.turn()
    near_peer.close()
    far_peer.read()
    turn_until(reactor, lambda: far.reasons and far_peer.has_ended())
    assert len(far_peer.received) == MUCH


def test_a_relay_that_is_paused_ends_when_the_far_side_is_lost(reactor: Reactor) -> None:
    near, near_peer, far, far_peer = relay(reactor, reads=False)
    far.transport.write(bytes(MUCH))
    reactor.turn()
    near_peer.socket.sendall(b"not read")
    far_peer.reset()
    turn_until(reactor, lambda: near.reasons and far.reasons and near_peer.has_ended())
    assert isinstance(near_peer.end, EOFError)


def test_stop_producing_of_a_transport_closes_the_connection(reactor: Reactor) -> None:
    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol)
    transport.write(b"last words")
    transport.stop_producing()
    turn_until(reactor, lambda: protocol.reasons and peer.has_ended())
    assert peer.received == b"last words"
    assert isinstance(protocol.reasons[0], ConnectionDone)


def test_stop_producing_of_a_line_receiver_closes_the_connection(reactor: Reactor) -> None:
    protocol = LineReceiver()
    transport, peer = pair(reactor, protocol)
    protocol.stop_producing()
    turn_until(reactor, peer.has_ended)
    assert transport.disconnecting


def test_a_file_goes_out_whole_after_the_peers_end_of_stream(reactor: Reactor) -> None:
    class File(PushProducer):
        left = 50

        def pause_producing(self) -> None:
            pass

        def resume_producing(self) -> None:
            self.left -= 1
            protocol.transport.write(bytes(100_000))
            if not self.left:
                protocol.transport.unregister_producer()

    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol)
    transport.register_producer(File(), streaming=False)
    peer.socket.shutdown(socket.SHUT_WR)
    turn_until(reactor, lambda: protocol.reasons and peer.has_ended())
    assert len(peer.received) == 50 * 100_000
