"""Bytes go in at one end and come out at the other: all of them, in order, in few sends; or not at all."""

import socket
from collections.abc import Callable

import pytest

from core.engine.pollers import SelectorPoller
from core.errors import ConnectionAborted, ConnectionDone, ConnectionLost
from core.interfaces import READ, PushProducer
from core.protocols.protocol import Protocol
from core.reactor import Reactor
from core.transports.stream import StreamTransport
from tests.conftest import turn_until
from tests.core.helpers import PeerSocket, RecordingFactory, RecordingProtocol, pair, tcp_pair

MUCH = 20_000_000
"""More bytes than the kernel accepts for a connection whose peer does not read."""


class Answering(RecordingProtocol):
    """Calls `answer` with the received data."""

    def __init__(self, answer: Callable[[bytes], object]) -> None:
        super().__init__()
        self.answer = answer

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.answer(data)


class CountingSocket(socket.socket):
    """Counts the calls of `send`."""

    sends = 0

    def send(self, data: bytes | memoryview, flags: int = 0, /) -> int:  # type: ignore[override]
        self.sends += 1
        return super().send(data, flags)


def counting_pair(reactor: Reactor, protocol: Protocol) -> tuple[StreamTransport, CountingSocket, PeerSocket]:
    near, other = tcp_pair()
    counting = CountingSocket(fileno=near.detach())
    counting.setblocking(False)
    transport = StreamTransport(reactor, counting, other.getsockname())
    transport.start(RecordingFactory(lambda: protocol))
    return transport, counting, PeerSocket(reactor, other)


# --- receiving


def test_received_bytes_are_delivered_and_counted(reactor: Reactor) -> None:
    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol)
    peer.socket.sendall(b"one")
    turn_until(reactor, lambda: protocol.data == b"one")
    peer.socket.sendall(b"two")
    turn_until(reactor, lambda: protocol.data == b"onetwo")
    assert (transport.bytes_in, transport.bytes_out) == (6, 0)
    assert transport.active_at == reactor.turned_at


def test_while_paused_nothing_is_received_and_nothing_is_lost(reactor: Reactor) -> None:
    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol)
    transport.pause_producing()
    peer.socket.sendall(b"patience")
    reactor.call_soon(int)
    reactor.turn()
    assert not protocol.data
    transport.resume_producing()
    turn_until(reactor, lambda: protocol.data == b"patience")


def test_a_protocol_may_begin_by_pausing(reactor: Reactor) -> None:
    class Reluctant(RecordingProtocol):
        def connection_made(self) -> None:
            self.transport.pause_producing()

    protocol = Reluctant()
    transport, peer = pair(reactor, protocol)
    peer.socket.sendall(b"later")
    reactor.call_soon(int)
    reactor.turn()
    assert not protocol.data
    transport.resume_producing()
    turn_until(reactor, lambda: protocol.data == b"later")


def test_data_before_a_close_is_received_after_a_pause(reactor: Reactor) -> None:
    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol)
    transport.pause_producing()
    peer.socket.sendall(b"last words")
    peer.close()
    reactor.call_soon(int)
    reactor.turn()
    transport.resume_producing()
    turn_until(reactor, lambda: protocol.reasons)
    assert protocol.calls == ["made", "data", "lost"]
    assert protocol.data == b"last words"


def test_data_before_a_reset_is_received_in_a_pause_when_a_send_fails(reactor: Reactor) -> None:
    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol, reads=False)
    transport.pause_producing()
    transport.write(b"never read, so that the close is a reset")
    turn_until(reactor, lambda: transport.bytes_out)
    peer.socket.sendall(b"last words")
    peer.close()
    transport.write(b"into the void")
    turn_until(reactor, lambda: protocol.reasons)
    assert protocol.data == b"last words"
    assert protocol.calls == ["made", "data", "lost"]
    assert isinstance(protocol.reasons[0], ConnectionLost)


@pytest.mark.parametrize("end", [PeerSocket.close, PeerSocket.reset])
def test_a_paused_connection_whose_peer_has_gone_is_lost_when_it_writes(
    reactor: Reactor, end: Callable[[PeerSocket], None]
) -> None:
    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol)
    transport.pause_producing()
    end(peer)
    while not protocol.reasons:
        transport.write(b"into the void")
        reactor.call_soon(int)
        reactor.turn()
    assert protocol.calls == ["made", "lost"]
    assert isinstance(protocol.reasons[0], ConnectionLost)


def reports_hang_ups(reactor: Reactor) -> bool:
    """Whether the reactor's poller can watch for a hang-up alone: epoll can, `selectors` cannot."""
    return not isinstance(reactor._poller, SelectorPoller)


@pytest.mark.parametrize("reading", ["paused", "finished"])
def test_a_reset_is_noticed_without_reading_or_writing(reactor: Reactor, reading: str) -> None:
    class Patient(RecordingProtocol):
        def read_connection_lost(self) -> None:
            self.calls.append("read lost")

    if not reports_hang_ups(reactor):
        return
    protocol = Patient()
    transport, peer = pair(reactor, protocol)
    if reading == "paused":
        transport.pause_producing()
        peer.socket.sendall(b"last words")
    else:
        peer.socket.sendall(b"last words")
        peer.socket.shutdown(socket.SHUT_WR)
        turn_until(reactor, lambda: "read lost" in protocol.calls)
    peer.reset()
    turn_until(reactor, lambda: protocol.reasons)
    assert protocol.data == b"last words"
    assert protocol.calls[-1] == "lost"
    assert isinstance(protocol.reasons[0].__cause__, ConnectionResetError | BrokenPipeError)


def test_a_handler_that_pauses_does_not_delay_the_end_after_a_reset(reactor: Reactor) -> None:
    protocol = Answering(lambda data: protocol.transport.pause_producing())
    transport, peer = pair(reactor, protocol, reads=False)
    transport.pause_producing()
    peer.socket.sendall(bytes(100_000))
    peer.reset()
    while not protocol.reasons:
        transport.write(b"into the void")
        reactor.call_soon(int)
        reactor.turn()
    assert len(protocol.data) == 100_000
    assert protocol.calls.count("lost") == 1


def test_another_connection_that_is_paused_in_the_turn_of_its_data_is_not_read(reactor: Reactor) -> None:
    both: list[Answering] = []

    def pause_the_other(data: bytes) -> None:
        for each in both:
            each.transport.pause_producing()

    both.extend(Answering(pause_the_other) for _ in range(2))
    peers = [pair(reactor, each)[1] for each in both]
    for peer in peers:
        peer.socket.sendall(b"x")
    turn_until(reactor, lambda: any(each.data for each in both))
    reactor.call_soon(int)
    reactor.turn()
    assert sum(len(each.data) for each in both) == 1


@pytest.mark.parametrize("half_closed", [False, True])
def test_a_paused_connection_with_a_pull_producer_does_not_spin_when_the_peer_has_gone(
    reactor: Reactor, half_closed: bool
) -> None:
    class Endless(PushProducer):
        asked = 0

        def pause_producing(self) -> None:
            pass

        def resume_producing(self) -> None:
            self.asked += 1
            protocol.transport.write(b"one more piece")

    protocol, endless = RecordingProtocol(), Endless()
    transport, peer = pair(reactor, protocol)
    transport.pause_producing()
    if half_closed:
        transport.lose_write_connection()
        turn_until(reactor, peer.has_ended)
    transport.register_producer(endless, streaming=False)
    peer.close()
    for _ in range(20):
        reactor.call_soon(int)
        reactor.turn()
    waited: list[bool] = []
    reactor.call_later(0.02, waited.append, True)
    turns = reactor.turns
    turn_until(reactor, lambda: waited)
    assert reactor.turns - turns < 50
    assert endless.asked < 20
    assert half_closed or protocol.calls == ["made", "lost"]


def test_a_reset_is_a_connection_lost_with_its_reason(reactor: Reactor) -> None:
    protocol = RecordingProtocol()
    _, peer = pair(reactor, protocol)
    peer.reset()
    turn_until(reactor, lambda: protocol.reasons)
    (reason,) = protocol.reasons
    assert isinstance(reason, ConnectionLost)
    assert isinstance(reason.__cause__, ConnectionResetError)
    assert "reset" in str(reason)


def test_data_before_a_reset_is_received(reactor: Reactor) -> None:
    protocol = RecordingProtocol()
    _, peer = pair(reactor, protocol)
    peer.socket.sendall(bytes(50_000))
    peer.reset()
    turn_until(reactor, lambda: protocol.reasons)
    assert len(protocol.data) == 50_000
    assert isinstance(protocol.reasons[0], ConnectionLost)


def test_a_peer_that_closes_ends_the_connection_cleanly(reactor: Reactor) -> None:
    protocol = RecordingProtocol()
    _, peer = pair(reactor, protocol)
    peer.close()
    turn_until(reactor, lambda: protocol.reasons)
    assert isinstance(protocol.reasons[0], ConnectionDone)


def test_pending_data_is_sent_to_a_peer_that_has_ended_its_sending(reactor: Reactor) -> None:
    protocol = Answering(lambda data: protocol.transport.write(bytes(MUCH)))
    _, peer = pair(reactor, protocol, reads=False)
    peer.socket.sendall(b"all of it, please")
    peer.socket.shutdown(socket.SHUT_WR)
    turn_until(reactor, lambda: protocol.data)
    peer.read()
    turn_until(reactor, peer.has_ended)
    assert len(peer.received) == MUCH
    turn_until(reactor, lambda: protocol.reasons)
    assert isinstance(protocol.reasons[0], ConnectionDone)


def test_data_after_lose_connection_is_not_delivered(reactor: Reactor) -> None:
    protocol = Answering(lambda data: protocol.transport.lose_connection())
    transport, peer = pair(reactor, protocol)
    transport.write(bytes(MUCH))
    peer.socket.sendall(b"first")
    turn_until(reactor, lambda: protocol.data)
    peer.socket.sendall(b"second")
    turn_until(reactor, lambda: protocol.reasons)
    assert protocol.data == b"first"


def test_a_connection_closed_by_an_earlier_event_of_the_turn_gets_no_event(reactor: Reactor) -> None:
    def strike(data: bytes) -> None:
        for each in protocols:
            each.transport.abort_connection()

    protocols = [Answering(strike) for _ in range(4)]
    for peer in [pair(reactor, protocol)[1] for protocol in protocols]:
        peer.socket.sendall(b"who is first?")
    turn_until(reactor, lambda: all(each.reasons for each in protocols))
    assert [bool(each.data) for each in protocols].count(True) == 1


def test_a_number_is_not_used_again_in_the_turn_that_closed_it(reactor: Reactor) -> None:
    opened: list[StreamTransport] = []

    def replace(data: bytes) -> None:
        for each in protocols:
            each.transport.abort_connection()
        opened.append(pair(reactor, RecordingProtocol())[0])

    protocols = [Answering(replace) for _ in range(2)]
    pairs = [pair(reactor, protocol) for protocol in protocols]
    before = [transport.fileno() for transport, _ in pairs]
    for _, peer in pairs:
        peer.socket.sendall(b"x")
    turn_until(reactor, lambda: opened)
    assert opened[0].fileno() not in before


# --- sending


def test_text_instead_of_bytes_is_a_type_error(reactor: Reactor) -> None:
    transport, _ = pair(reactor, RecordingProtocol())
    with pytest.raises(TypeError, match="bytes, not str"):
        transport.write("text")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        transport.write_sequence(["text"])  # type: ignore[list-item]
    transport.lose_connection()
    with pytest.raises(TypeError):
        transport.write("text")  # type: ignore[arg-type]


def test_a_buffer_that_is_changed_after_write_is_sent_unchanged(reactor: Reactor) -> None:
    transport, peer = pair(reactor, RecordingProtocol())
    buffer = bytearray(b"first")
    transport.write(buffer)
    transport.write(memoryview(buffer))
    buffer[:] = b"other"
    turn_until(reactor, lambda: peer.received == b"firstfirst")


def test_a_write_after_close_does_nothing(reactor: Reactor) -> None:
    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol)
    transport.write(b"before")
    transport.lose_connection()
    transport.write(b"after")
    turn_until(reactor, lambda: protocol.reasons and peer.has_ended())
    transport.write(b"long after")
    transport.write_sequence([b"and", b"again"])
    assert peer.received == b"before"
    assert transport.waiting == 0


def test_the_writes_of_a_handler_go_in_one_send(reactor: Reactor) -> None:
    def answer(data: bytes) -> None:
        for _ in range(10):
            protocol.transport.write(b"line\r\n")
        protocol.transport.write_sequence([b"and ", b"more"])

    protocol = Answering(answer)
    _, near, peer = counting_pair(reactor, protocol)
    peer.socket.sendall(b"go")
    turn_until(reactor, lambda: peer.received == b"line\r\n" * 10 + b"and more")
    assert near.sends == 1


def test_the_writes_of_many_handlers_go_in_one_send_at_the_end_of_the_turn(reactor: Reactor) -> None:
    def speak(data: bytes) -> None:
        turns.add(reactor.turns)
        transport.write(data)

    turns: set[int] = set()
    transport, near, peer = counting_pair(reactor, RecordingProtocol())
    for other in [pair(reactor, Answering(speak))[1] for _ in range(10)]:
        other.socket.sendall(b"x")
    turn_until(reactor, lambda: len(peer.received) == 10)
    assert near.sends == len(turns) < 10


def test_the_writes_of_connection_made_go_in_one_send(reactor: Reactor) -> None:
    class Greeter(RecordingProtocol):
        def connection_made(self) -> None:
            self.transport.write(b"hello ")
            self.transport.write(b"there")

    _, near, peer = counting_pair(reactor, Greeter())
    assert near.sends == 1
    turn_until(reactor, lambda: peer.received == b"hello there")


def test_data_that_the_kernel_does_not_accept_waits_and_is_counted(reactor: Reactor) -> None:
    transport, peer = pair(reactor, RecordingProtocol(), reads=False)
    transport.write(bytes(MUCH))
    assert transport.waiting == MUCH
    reactor.turn()
    assert 0 < transport.waiting < MUCH
    assert transport.bytes_out + transport.waiting == MUCH
    transport.write(b"end")
    peer.read()
    turn_until(reactor, lambda: len(peer.received) == MUCH + 3)
    assert peer.received.endswith(b"\0end")
    assert (transport.waiting, transport.bytes_out) == (0, MUCH + 3)
    turn_until(reactor, lambda: transport.watched == READ)


# --- the end


def test_lose_connection_sends_the_pending_data_first(reactor: Reactor) -> None:
    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol)
    transport.write(bytes(MUCH))
    transport.lose_connection()
    assert transport.disconnecting
    turn_until(reactor, peer.has_ended)
    assert isinstance(peer.end, EOFError)
    assert len(peer.received) == MUCH
    turn_until(reactor, lambda: protocol.reasons)
    assert isinstance(protocol.reasons[0], ConnectionDone)


def test_a_half_closed_connection_has_sent_all_and_still_receives(reactor: Reactor) -> None:
    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol, reads=False)
    transport.write(bytes(MUCH))
    transport.lose_write_connection()
    transport.write(b"too late")
    peer.read()
    turn_until(reactor, peer.has_ended)
    assert isinstance(peer.end, EOFError)
    assert len(peer.received) == MUCH
    peer.socket.sendall(b"I have read it all")
    turn_until(reactor, lambda: protocol.data == b"I have read it all")
    assert protocol.reasons == []
    assert transport.watched == READ
    peer.close()
    turn_until(reactor, lambda: protocol.reasons)
    assert isinstance(protocol.reasons[0], ConnectionDone)


def test_a_half_closed_connection_can_be_lost_and_aborted_like_any_other(reactor: Reactor) -> None:
    lost, aborted = RecordingProtocol(), RecordingProtocol()
    for protocol in (lost, aborted):
        transport, peer = pair(reactor, protocol)
        transport.lose_write_connection()
        turn_until(reactor, peer.has_ended)
    lost.transport.lose_connection()
    aborted.transport.abort_connection()
    turn_until(reactor, lambda: lost.reasons and aborted.reasons)
    assert isinstance(lost.reasons[0], ConnectionDone)
    assert isinstance(aborted.reasons[0], ConnectionAborted)


def test_connection_lost_comes_once_in_the_next_turn_and_never_inside_another_call(reactor: Reactor) -> None:
    def answer(data: bytes) -> None:
        for end in (protocol.transport.lose_connection, protocol.transport.abort_connection):
            end()
            end()
        protocol.transport.write(b"x")
        protocol.calls.append("handled")

    protocol = Answering(answer)
    _, peer = pair(reactor, protocol)
    peer.socket.sendall(b"x")
    turn_until(reactor, lambda: "lost" in protocol.calls)
    protocol.transport.abort_connection()
    protocol.transport.lose_connection()
    for _ in range(3):
        reactor.call_soon(int)
        reactor.turn()
    assert protocol.calls == ["made", "data", "handled", "lost"]


def test_abort_sends_nothing_more_and_resets(reactor: Reactor) -> None:
    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol)
    transport.write(b"never")
    transport.abort_connection()
    assert transport.disconnecting
    transport.abort_connection()
    turn_until(reactor, lambda: peer.has_ended() and protocol.reasons)
    assert isinstance(peer.end, ConnectionResetError)
    assert not peer.received
    assert [type(reason) for reason in protocol.reasons] == [ConnectionAborted]


def test_abort_works_against_a_peer_that_never_reads(reactor: Reactor) -> None:
    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol, reads=False)
    transport.write(bytes(MUCH))
    reactor.turn()
    transport.lose_connection()
    reactor.call_soon(int)
    reactor.turn()
    assert transport.waiting
    transport.abort_connection()
    turn_until(reactor, lambda: protocol.reasons)
    assert isinstance(protocol.reasons[0], ConnectionAborted)
    assert transport.fileno() == -1
    peer.read()
    turn_until(reactor, peer.has_ended)
    assert len(peer.received) < MUCH


def test_a_close_after_a_failed_send_has_the_failure_as_its_reason(reactor: Reactor) -> None:
    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol)
    transport.pause_producing()
    peer.reset()
    transport.write(b"into the void")
    turn_until(reactor, lambda: not transport.waiting)
    transport.lose_connection()
    turn_until(reactor, lambda: protocol.reasons)
    assert isinstance(protocol.reasons[0], ConnectionLost)


def test_pending_data_for_a_peer_that_has_gone_does_not_keep_the_connection(reactor: Reactor) -> None:
    protocol = RecordingProtocol()
    transport, peer = pair(reactor, protocol, reads=False)
    transport.write(bytes(MUCH))
    transport.lose_connection()
    reactor.turn()
    peer.reset()
    turn_until(reactor, lambda: protocol.reasons)
    assert isinstance(protocol.reasons[0], ConnectionLost)


# --- taps of a session


def test_a_tap_receives_each_read_and_each_send(reactor: Reactor) -> None:
    heard: list[tuple[str, bytes]] = []
    protocol = Answering(lambda data: protocol.transport.write_sequence([b"you said ", data]))
    transport, peer = pair(reactor, protocol)
    transport.tap = lambda direction, data: heard.append((direction, data))
    peer.socket.sendall(b"hey")
    turn_until(reactor, lambda: peer.received)
    assert heard == [("in", b"hey"), ("out", b"you said hey")]
    transport.tap = None
    peer.socket.sendall(b"hey")
    turn_until(reactor, lambda: len(peer.received) == 24)
    assert len(heard) == 2


def test_a_tap_receives_what_was_sent_and_not_what_was_written(reactor: Reactor) -> None:
    sent: list[bytes] = []
    transport, peer = pair(reactor, RecordingProtocol(), reads=False)
    transport.tap = lambda direction, data: sent.append(data)
    transport.write(bytes(MUCH))
    reactor.turn()
    assert len(b"".join(sent)) == transport.bytes_out < MUCH
    peer.read()
    turn_until(reactor, lambda: not transport.waiting)
    assert len(b"".join(sent)) == MUCH
