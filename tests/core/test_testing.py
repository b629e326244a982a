"""The tools for tests: a clock that is advanced by hand, and connections without sockets."""

import pytest

from core.errors import ConnectionAborted, ConnectionDone
from core.interfaces import PushProducer
from core.protocols.lines import LineReceiver
from core.protocols.protocol import Protocol
from core.testing import CLIENT, SERVER, Clock, ConnectedPair, StringTransport

# --- the clock


def test_a_clock_starts_at_0_and_moves_only_when_it_is_advanced() -> None:
    clock = Clock()
    assert clock.seconds() == 0
    clock.advance(1.5)
    clock.advance(0)
    assert clock.seconds() == 1.5


def test_a_call_scheduled_by_a_call_is_made_during_the_same_advance() -> None:
    clock, seen = Clock(), list[float]()

    def tick() -> None:
        seen.append(clock.seconds())
        clock.call_later(1, tick)

    clock.call_later(1, tick)
    clock.advance(3.5)
    assert seen == [1, 2, 3]
    assert clock.seconds() == 3.5
    assert clock.pending() == 1


def test_advance_raises_the_exception_of_a_call() -> None:
    clock = Clock()
    clock.call_later(1, lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        clock.advance(2)


# --- the transport


def test_written_bytes_are_stored_until_they_are_taken() -> None:
    transport = StringTransport()
    transport.write(b"one")
    transport.write_sequence([b"two", bytearray(b"three")])
    assert transport.waiting == 11
    assert transport.take() == b"onetwothree"
    assert transport.waiting == 0
    assert transport.take() == b""


def test_bytes_that_were_taken_can_be_put_back() -> None:
    transport = StringTransport()
    transport.write(b"one two")
    transport.put_back(transport.take()[3:])
    transport.write(b" three")
    assert transport.waiting == 10
    assert transport.take() == b" two three"


def test_lines_are_the_written_bytes_as_text() -> None:
    transport = StringTransport()
    transport.write("Grüß\r\nGott\r\n".encode())
    assert transport.lines() == ["Grüß", "Gott"]
    assert transport.lines() == []


def test_a_buffer_that_changes_after_the_write_is_sent_as_it_was() -> None:
    transport, buffer = StringTransport(), bytearray(b"then")
    transport.write(buffer)
    buffer[:] = b"now!"
    assert transport.take() == b"then"


def test_text_is_not_written() -> None:
    text: object = "text"
    with pytest.raises(TypeError, match="bytes, not str"):
        StringTransport().write(text)  # type: ignore[arg-type]


def test_after_lose_connection_nothing_more_is_written() -> None:
    transport = StringTransport()
    transport.write(b"before")
    transport.lose_connection()
    transport.write(b"after")
    assert transport.disconnecting
    assert not transport.aborted
    assert transport.take() == b"before"


class File(PushProducer):
    """A producer of data of its own."""

    def pause_producing(self) -> None:
        pass

    def resume_producing(self) -> None:
        pass


def test_a_producer_finishes_after_lose_connection() -> None:
    transport = StringTransport()
    transport.register_producer(File(), streaming=True)
    transport.lose_connection()
    transport.write(b"the rest")
    transport.unregister_producer()
    transport.write(b"too late")
    assert transport.take() == b"the rest"


def test_lose_connection_unregisters_a_transport_that_is_its_own_producer() -> None:
    transport = StringTransport()
    transport.register_producer(transport, streaming=True)
    transport.lose_connection()
    assert transport.producer is None


def test_there_is_one_producer_at_a_time() -> None:
    transport = StringTransport()
    transport.register_producer(transport, streaming=True)
    with pytest.raises(RuntimeError, match="a producer already"):
        transport.register_producer(transport, streaming=True)


def test_after_abort_connection_nothing_is_left() -> None:
    transport = StringTransport()
    transport.write(b"before")
    transport.abort_connection()
    transport.abort_connection()
    assert transport.aborted
    assert transport.disconnecting
    assert transport.take() == b""


def test_paused_is_true_between_pause_and_resume() -> None:
    transport = StringTransport()
    transport.pause_producing()
    assert transport.paused
    transport.resume_producing()
    assert (transport.paused, transport.take()) == (False, b"")


def test_it_has_the_addresses_of_both_ends() -> None:
    transport = StringTransport()
    assert (transport.peer, transport.host) == (CLIENT, SERVER)
    assert str(StringTransport(peer=SERVER).peer) == "tcp:127.0.0.1:8000"


# --- the pair


class End(LineReceiver):
    """One end of a connection, which records its lines."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.ended: list[Exception] = []

    def line_received(self, line: bytes) -> None:
        self.heard.append(line.decode())

    def connection_lost(self, reason: Exception) -> None:
        self.ended.append(reason)


class Doorman(End):
    """Asks for a name, greets it, and closes after `bye`."""

    def connection_made(self) -> None:
        self.send_line(b"who is there?")

    def line_received(self, line: bytes) -> None:
        super().line_received(line)
        if line == b"bye":
            self.send_line(b"good-bye")
            self.transport.lose_connection()
        else:
            self.send_line(b"good evening, " + line)


class Visitor(End):
    """Answers a question with its name."""

    def line_received(self, line: bytes) -> None:
        super().line_received(line)
        if line.endswith(b"?"):
            self.send_line(b"bob")


def meet() -> tuple[Doorman, Visitor, ConnectedPair]:
    """A Doorman and a Visitor, connected."""
    doorman, visitor = Doorman(), Visitor()
    return doorman, visitor, ConnectedPair(doorman, visitor)


def test_nothing_moves_before_the_pair_is_pumped() -> None:
    doorman, visitor, _ = meet()
    assert (doorman.heard, visitor.heard) == ([], [])


@pytest.mark.parametrize("piece", [1, 2, 7, 65536])
def test_a_whole_dialogue_in_pieces_of_any_size(piece: int) -> None:
    doorman, visitor, pair = meet()
    pair.pump(piece)
    assert visitor.heard == ["who is there?", "good evening, bob"]
    visitor.send_line(b"bye")
    pair.pump(piece)
    assert doorman.heard == ["bob", "bye"]
    assert visitor.heard[2:] == ["good-bye"]
    for end in (doorman, visitor):
        assert [type(reason) for reason in end.ended] == [ConnectionDone]
        assert end.transport.disconnecting


def test_each_end_sees_the_others_address() -> None:
    doorman, visitor, _ = meet()
    assert doorman.transport.peer == visitor.transport.host == CLIENT
    assert doorman.transport.host == visitor.transport.peer == SERVER


def test_connection_lost_is_called_once() -> None:
    doorman, visitor, pair = meet()
    visitor.transport.lose_connection()
    for _ in range(3):
        pair.pump()
    assert len(doorman.ended) == len(visitor.ended) == 1


def test_bytes_written_before_the_close_still_arrive() -> None:
    doorman, visitor, pair = meet()
    visitor.send_line(b"alice")
    visitor.transport.lose_connection()
    pair.pump()
    assert doorman.heard == ["alice"]
    assert visitor.heard == []


def test_abort_connection_discards_the_bytes_that_were_not_delivered() -> None:
    doorman, visitor, pair = meet()
    visitor.send_line(b"alice")
    visitor.transport.abort_connection()
    pair.pump()
    assert doorman.heard == []
    assert isinstance(doorman.ended[0], ConnectionAborted)
    assert isinstance(visitor.ended[0], ConnectionAborted)


class Listener(Protocol):
    """Records the received pieces, and pauses after each."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.ended: list[Exception] = []

    def data_received(self, data: bytes) -> None:
        self.pieces.append(data)
        self.transport.pause_producing()

    def connection_lost(self, reason: Exception) -> None:
        self.ended.append(reason)


def test_a_paused_side_gets_the_rest_after_it_resumes_and_before_the_end() -> None:
    listener, speaker = Listener(), Protocol()
    pair = ConnectedPair(listener, speaker)
    speaker.transport.write(b"abc")
    speaker.transport.lose_connection()
    for so_far in ([b"a"], [b"a", b"b"]):
        pair.pump(piece=1)
        assert listener.pieces == so_far
        assert listener.ended == []
        listener.transport.resume_producing()
    pair.pump(piece=1)
    assert listener.pieces == [b"a", b"b", b"c"]
    assert len(listener.ended) == 1


def test_the_end_waits_until_the_producer_has_finished() -> None:
    listener, speaker = End(), Protocol()
    pair = ConnectedPair(listener, speaker)
    speaker.transport.register_producer(File(), streaming=True)
    speaker.transport.lose_connection()
    pair.pump()
    assert listener.ended == []
    speaker.transport.write(b"the rest\r\n")
    speaker.transport.unregister_producer()
    pair.pump()
    assert listener.heard == ["the rest"]
    assert len(listener.ended) == 1


def test_a_side_that_has_half_closed_still_receives() -> None:
    asking, answering = End(), End()
    pair = ConnectedPair(answering, asking)
    asking.transport.write(b"what is the time?\r\n")
    asking.transport.lose_write_connection()
    asking.transport.write(b"never mind\r\n")
    answering.transport.write(b"late\r\n")
    pair.pump()
    assert answering.heard == ["what is the time?"]
    assert asking.heard == ["late"]
    assert len(asking.ended) == len(answering.ended) == 1


def test_lose_connection_does_not_wait_for_the_transport_of_another_connection() -> None:
    transport = StringTransport()
    transport.register_producer(StringTransport(), streaming=True)
    transport.lose_connection()
    transport.write(b"too late")
    assert transport.take() == b""


def test_stop_producing_of_a_transport_is_lose_connection() -> None:
    transport = StringTransport()
    transport.stop_producing()
    assert transport.disconnecting


def test_lose_connection_ends_a_pause() -> None:
    transport = StringTransport()
    transport.pause_producing()
    transport.lose_connection()
    assert not transport.paused


class HalfClosing(Protocol):
    """Records its calls, and goes on after the end of the peer's stream."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def data_received(self, data: bytes) -> None:
        self.calls.append(data.decode())

    def read_connection_lost(self) -> None:
        self.calls.append("read lost")

    def write_connection_lost(self) -> None:
        self.calls.append("write lost")

    def connection_lost(self, reason: Exception) -> None:
        self.calls.append(type(reason).__name__)


def test_a_protocol_may_go_on_writing_after_the_end_of_the_peers_stream() -> None:
    asking, answering = HalfClosing(), HalfClosing()
    pair = ConnectedPair(answering, asking)
    asking.transport.write(b"question")
    asking.transport.lose_write_connection()
    pair.pump()
    assert answering.calls == ["question", "read lost"]
    assert asking.calls == ["write lost"]
    answering.transport.write(b"answer")
    answering.transport.lose_write_connection()
    pair.pump()
    assert answering.calls == ["question", "read lost", "write lost", "ConnectionDone"]
    assert asking.calls == ["write lost", "answer", "read lost", "ConnectionDone"]


def test_a_close_is_the_end_of_the_peers_stream() -> None:
    leaving, other = HalfClosing(), HalfClosing()
    pair = ConnectedPair(leaving, other)
    leaving.transport.lose_connection()
    pair.pump()
    pair.pump()
    assert leaving.calls == ["ConnectionDone"]
    assert other.calls == ["read lost", "ConnectionDone"]


def test_the_producer_of_a_connection_that_has_ended_is_stopped() -> None:
    near = StringTransport()
    pair = ConnectedPair(Protocol(), Protocol())
    pair.server.transport.register_producer(near, streaming=True)
    pair.client.transport.abort_connection()
    pair.pump()
    assert near.disconnecting
