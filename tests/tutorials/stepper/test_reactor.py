"""The reactor stops before each callback, in the order in which they run, and time stands still meanwhile."""

import logging
import socket
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from core.deferred import Deferred
from core.interfaces import Address
from core.protocols.lines import LineReceiver
from core.protocols.protocol import Factory, Protocol
from core.task import defer_later
from core.transports.sockets import reset_on_close
from core.transports.stream import StreamTransport
from tests.running import connect
from tutorials.stepper.reactor import SteppingReactor, describe, name_call, received_by, value_of
from tutorials.stepper.wire import Control, State


class Recorder(Control):
    """A Control that stops before each callback, and runs on at once. It keeps the states."""

    has_quit = False

    def __init__(self) -> None:
        self.stops: list[State] = []
        self.waits: list[State] = []
        self.stops_at_log = False
        self.on_wait: Callable[[], object] = lambda: None
        self.during: Callable[[State], object] = lambda state: None

    def stops_at(self, turn: int, kind: str) -> bool:
        return kind != "log" or self.stops_at_log

    def send(self, state: State) -> None:
        self.waits.append(state)
        self.on_wait()

    def stop(self, state: State) -> None:
        self.stops.append(state)
        self.during(state)

    def names(self) -> list[str]:
        """The names of the callbacks, without those that begin and end the run."""
        return [
            state.callback[0].split("  ")[0] for state in self.stops if state.phase not in ("start", "stop")
        ]

    def before(self, name: str) -> State:
        """The first state before the callback `name`."""
        return next(state for state in self.stops if state.callback[0].startswith(name))


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def reactor(recorder: Recorder) -> Iterator[SteppingReactor]:
    made = SteppingReactor()
    made.control = recorder
    yield made
    made.clear()
    made.close()


class Shout(LineReceiver):
    """Answers one line, and closes."""

    def connection_made(self) -> None:
        super().connection_made()

    def line_received(self, line: bytes) -> None:
        """Answer in capital letters."""
        self.send_line(line.upper())
        self.transport.lose_connection()


class ShoutFactory(Factory):
    """Makes a Shout for each connection."""

    def build_protocol(self, address: Address) -> Protocol:
        return Shout()


def serve_one_line(reactor: SteppingReactor, recorder: Recorder) -> None:
    """Serve a client that sends one line and ends."""
    port = reactor.listen_tcp(0, ShoutFactory())
    client = connect(int(str(port.host).rpartition(":")[2]))
    client.send(b"h\xc3\xa9\r\n")

    def look_for_the_end(state: State) -> None:
        if state.kind == "lost":
            assert client.line() == "Hé"  # bytes.upper() leaves other letters than those of ASCII alone
            client.close()
            reactor.call_from_thread(reactor.stop)

    recorder.during = look_for_the_end
    reactor.run(install_signal_handlers=False)


def test_it_stops_before_each_callback_on_the_way_of_a_line(
    reactor: SteppingReactor, recorder: Recorder
) -> None:
    serve_one_line(reactor, recorder)
    assert recorder.names()[:8] == [
        "Port.on_readable",
        "Port._accept",
        "ShoutFactory.build_protocol",
        "Shout.connection_made",
        "StreamTransport.on_readable",
        "LineReceiver.data_received",
        "Shout.line_received",
        "detach_protocol",
    ]


def test_the_kinds_of_the_callbacks(reactor: SteppingReactor, recorder: Recorder) -> None:
    serve_one_line(reactor, recorder)
    kinds = [state.kind for state in recorder.stops if state.kind]
    assert kinds[:5] == ["timer", "accepted", "data", "line", "lost"]


def test_a_callback_has_its_arguments_place_and_source(reactor: SteppingReactor, recorder: Recorder) -> None:
    serve_one_line(reactor, recorder)
    head, itself, argument, first, body, *_ = recorder.before("Shout.line_received").callback
    line = Shout.line_received.__code__.co_firstlineno
    assert head.endswith(f"test_reactor.py:{line}")
    assert itself.startswith("    self = Shout of tcp:127.0.0.1:")
    assert argument == r'    line = b"h\xc3\xa9"'
    assert first.endswith("  def line_received(self, line: bytes) -> None:")
    assert body == f">{line + 2:5}      self.send_line(line.upper())"


def test_a_descriptor_shows_what_it_waits_for_whose_it_is_and_its_bytes(
    reactor: SteppingReactor, recorder: Recorder
) -> None:
    serve_one_line(reactor, recorder)
    before_read = "\n".join(recorder.before("StreamTransport.on_readable").loop)
    assert " read      -         Port of ShoutFactory, listening on tcp:127.0.0.1:" in before_read
    assert " read      read      Shout of tcp:127.0.0.1:" in before_read
    assert '      in   5 bytes b"h\\xc3\\xa9\\r\\n"' in before_read
    before_line = recorder.before("Shout.line_received").loop
    assert not any(row.startswith("      in ") for row in before_line)


def test_written_bytes_are_shown_until_they_are_sent(reactor: SteppingReactor, recorder: Recorder) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        transport = StreamTransport(reactor, ours, "")
        transport.protocol = Protocol()
        transport.protocol.make_connection(transport)
        reactor.watch(transport, True, False)
        reactor.call_later(0, transport.write, b"x" * 40)
        recorder.during = lambda state: theirs.close() if state.phase == "stop" else None
        reactor.call_later(0, reactor.stop)
        reactor.run(install_signal_handlers=False)
        loop = recorder.before("Reactor.stop").loop
        assert f'      out  40 bytes b"{"x" * 32}"...' in loop
        assert any("turn's end  StreamTransport.flush() for Protocol of " in row for row in loop)


def test_timers_and_calls_are_listed_with_the_time_at_which_they_are_due(
    reactor: SteppingReactor, recorder: Recorder
) -> None:
    def first() -> None:
        reactor.call_soon(print, "soon")

    reactor.call_later(0, first)
    reactor.call_later(0, reactor.stop)
    reactor.call_later(60, print, "never", b"bytes")
    reactor.run(install_signal_handlers=False)
    loop = recorder.before("Reactor.stop").loop
    timers = loop[loop.index("timers, due in") + 1 :]
    assert timers[0].endswith("""s  print('never', b"bytes")""")
    assert float(timers[0].split()[0]) == pytest.approx(60, abs=5)
    assert timers[1:] == ["scheduled calls, due", "     next turn  print('soon')"]


async def wait(reactor: SteppingReactor) -> None:
    value = await defer_later(reactor, 0, str, "later")
    assert value == "later"
    reactor.stop()


async def wait_inside(reactor: SteppingReactor) -> None:
    await wait(reactor)


def test_a_coroutine_shows_the_line_at_which_it_goes_on(reactor: SteppingReactor, recorder: Recorder) -> None:
    reactor.call_when_running(lambda: Deferred.from_coroutine(wait_inside(reactor)))
    reactor.run(install_signal_handlers=False)
    line = wait.__code__.co_firstlineno + 1
    state = next(state for state in recorder.stops if state.callback[0].endswith(f"test_reactor.py:{line}"))
    assert state.callback[0].startswith("wait  ")
    assert state.callback[1] == "    the await returns = 'later'"
    assert f'>{line:5}      value = await defer_later(reactor, 0, str, "later")' in state.callback


def test_a_coroutine_that_begins_shows_its_arguments(reactor: SteppingReactor, recorder: Recorder) -> None:
    reactor.call_when_running(lambda: Deferred.from_coroutine(wait_inside(reactor)))
    reactor.run(install_signal_handlers=False)
    first = wait_inside.__code__.co_firstlineno
    callback = recorder.before("wait_inside").callback
    assert callback[0].endswith(f"test_reactor.py:{first}")
    assert callback[1] == "    reactor = SteppingReactor"
    assert callback[-1] == f">{first + 1:5}      await wait(reactor)"


def test_a_coroutine_shows_the_error_with_which_it_goes_on(
    reactor: SteppingReactor, recorder: Recorder
) -> None:
    async def fail() -> None:
        try:
            await defer_later(reactor, 0, int, "no number")
        except ValueError:
            reactor.stop()

    reactor.call_when_running(lambda: Deferred.from_coroutine(fail()))
    reactor.run(install_signal_handlers=False)
    lines = [line for state in recorder.stops for line in state.callback]
    assert any(line.startswith("    the await raises = ValueError(") for line in lines)


def test_a_timer_names_the_coroutine_that_then_goes_on(reactor: SteppingReactor) -> None:
    Deferred.from_coroutine(wait_inside(reactor))
    (timer,) = reactor._calls.pending()
    line = wait.__code__.co_firstlineno + 1
    assert name_call(timer.function).endswith(f"test_reactor.py:{line}, wait goes on")


def test_it_sends_a_state_before_it_waits_and_does_not_stop_there(
    reactor: SteppingReactor, recorder: Recorder
) -> None:
    reactor.call_later(1000, int)
    recorder.on_wait = partial(reactor.call_from_thread, reactor.stop_if_running)
    reactor.run(install_signal_handlers=False)
    wait = recorder.waits[0]
    assert (wait.turn, wait.phase, wait.callback) == (1, "waiting for events", [])
    assert recorder.before("Reactor.stop_if_running").turn == 1


def test_time_stands_still_while_it_is_stopped(
    reactor: SteppingReactor, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr("tutorials.stepper.reactor.time.monotonic", lambda: now[0])
    reactor = SteppingReactor()
    reactor.control = recorder
    times: list[float] = []

    def look(state: State) -> None:
        before = reactor.seconds()
        now[0] += 100
        times.extend([before, reactor.seconds()])

    recorder.during = look
    deadline = reactor.call_later(60, print, "60 s are over")
    reactor.call_later(0, reactor.call_later, 0, reactor.stop)
    reactor.run(install_signal_handlers=False)
    assert len(times) >= 4
    assert set(times) == {1000.0}
    assert deadline.active()
    assert {state.time for state in recorder.stops} == {0.0}
    reactor.close()


def test_a_log_record_is_a_stop_where_it_is_written(reactor: SteppingReactor, recorder: Recorder) -> None:
    recorder.stops_at_log = True
    reactor.call_later(0, logging.getLogger("x").warning, "%d \x1b[2J", 5)
    reactor.call_later(0, logging.getLogger("x").debug, "nothing")
    reactor.call_later(0, reactor.stop)
    reactor.run(install_signal_handlers=False)
    records = [state.callback for state in recorder.stops if state.kind == "log"]
    (own,) = [record for record in records if record[1] == "    5 \x1b[2J"]  # the parent makes it visible
    assert own[0].startswith("log record, level WARNING  ")
    assert not any("nothing" in record[1] for record in records)


def test_calls_from_other_threads_are_listed_and_run_after_the_waker(
    reactor: SteppingReactor, recorder: Recorder
) -> None:
    reactor.call_from_thread(reactor.stop)
    reactor.run(install_signal_handlers=False)
    assert recorder.names() == ["Waker.on_readable", "Reactor.stop"]
    assert "     this turn  Reactor.stop()" in recorder.stops[0].loop


def test_a_program_whose_stepper_has_ended_before_it_ran_stops_at_once(
    reactor: SteppingReactor, recorder: Recorder
) -> None:
    recorder.has_quit = True
    reactor.run(install_signal_handlers=False)
    assert recorder.names()[-1] == "Reactor.stop_if_running"


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
        with client, accepted:
            yield client, accepted


def test_bytes_that_wait_are_shown_and_stay(pair: tuple[socket.socket, socket.socket]) -> None:
    client, sock = pair
    assert received_by(sock) == ""
    client.sendall(b"bytes")
    client.shutdown(socket.SHUT_WR)
    assert received_by(sock) == '5 bytes b"bytes"'
    assert sock.recv(10) == b"bytes"
    assert received_by(sock) == "end of stream"
    assert sock.recv(10) == b""


def test_an_error_of_a_socket_is_left_for_the_program(pair: tuple[socket.socket, socket.socket]) -> None:
    client, sock = pair
    reset_on_close(client)
    client.close()
    assert received_by(sock) == ""
    with pytest.raises(ConnectionResetError):
        sock.recv(10)


class Rude:
    """An object whose text cannot be made."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


def test_values_are_short_and_cannot_fail() -> None:
    assert value_of(b"x" * 33) == f'b"{"x" * 32}"...'
    assert value_of(Factory()) == "Factory"
    assert value_of(Shout()) == "Shout"
    assert value_of(Rude()).startswith("<Rude instance at 0x")
    assert len(value_of("long" * 100)) < 80


def test_a_function_without_python_code_has_its_name_and_arguments_alone() -> None:
    assert describe(print) == ["print()"]
