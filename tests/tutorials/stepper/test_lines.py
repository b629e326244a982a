"""`step --plain` with real programs in a child process, real clients, and keys through a pipe."""

import signal
import socket
from pathlib import Path

import pytest

from tests.running import GUARD, Client, connect
from tests.tutorials.stepper.stepping import Stepper, stepping
from tutorials.course.shelf import lessons


def test_space_runs_one_callback_and_enter_one_turn() -> None:
    with stepping("servers.echo", "--port", "0") as stepper:
        stepper.type(" ")
        with stepper.connect() as client:
            state = stepper.stop_before("Port.on_readable")
            assert state[0].startswith("turn 1, ready descriptors, ")
            assert state[0].endswith(" s: stopped")
            stepper.type("   ")
            stepper.stop_before("EchoProtocol.connection_made")
            client.send(b"hi\r\n")
            stepper.type("\n")
            state = stepper.stop_before("StreamTransport.on_readable")
            assert state[0].startswith("turn 2, ready descriptors, ")
            assert '      in   4 bytes b"hi\\r\\n"' in state
            stepper.type(" ")
            state = stepper.stop_before("EchoProtocol.data_received")
            assert "about to run (data): EchoProtocol.data_received  servers/echo.py:28" in state
            assert r'    data = b"hi\r\n"' in state
            assert client.line() == "Welcome! There are currently 1 open connections."
            stepper.type("\n")
            assert client.line() == "hi"
        stepper.type("q")
        assert stepper.end()[-1].endswith("s: ended with status 0")


def test_g_runs_to_a_breakpoint_and_q_stops_the_chat_in_good_order() -> None:
    with stepping("servers.chat", "--port", "0") as stepper:
        stepper.type("b3g")
        assert stepper.until("^g stops at")[-1].startswith(
            "g stops at: nothing  (1 accepted, 2 data, 3 line,"
        )
        assert stepper.until("^g stops at")[-1].startswith("g stops at: line  (1 accepted, 2 data, 3 line,")
        with stepper.connect() as client:
            client.send(b"ann\r\n")
            state = stepper.stop_before("ChatProtocol.line_received")
            assert '    line = b"ann"' in state
            assert any(
                row.endswith("s  ChatProtocol.on_deadline() for tcp:127.0.0.1:" + port(client))
                for row in state
            )
            stepper.type("q")
            assert "chat stopped" in stepper.end()
            assert b"Welcome to the chat, ann." in client.rest()
        assert b"Traceback" not in stepper.printed


def port(client: Client) -> str:
    """The port of a client's own end."""
    return str(client.socket.getsockname()[1])


def test_space_stops_a_program_that_runs_to_a_breakpoint() -> None:
    with stepping("servers.echo", "--port", "0") as stepper:
        stepper.until(": stopped$")
        stepper.type("g ")
        with stepper.connect():
            stepper.stop_before("Port.on_readable")
        stepper.type("q")
        stepper.end()


def test_earlier_states_are_printed_again() -> None:
    with stepping("servers.echo", "--port", "0") as stepper:
        stepper.type(" ")
        with stepper.connect():
            stepper.stop_before("Port.on_readable")
            stepper.type("<<>")
            first, second, third = (stepper.until(r"looking back, \d+ of ")[-1] for _ in range(3))
            assert first == third
            assert int(first.split()[-3]) == int(second.split()[-3]) + 1 == int(first.split()[-1]) - 1
        stepper.type("q")
        stepper.end()


def test_the_end_of_the_input_and_ctrl_c_stop_it_as_q_does() -> None:
    with stepping("servers.echo", "--port", "0") as stepper:
        stepper.stop_before("Reactor._fire.<locals>.call_next")
        assert "echo stopped" in stepper.end()
    with stepping("servers.echo", "--port", "0") as stepper:
        stepper.stop_before("Reactor._fire.<locals>.call_next")
        stepper.process.send_signal(signal.SIGINT)
        stepper.until("^echo stopped$")
        assert stepper.end()[-1].endswith("ended with status 0")


def test_a_program_whose_stepper_is_killed_stops() -> None:
    with stepping("servers.chat", "--port", "0") as stepper:
        stepper.type("g")
        with stepper.connect() as client:
            client.until("You are connected")
            stepper.process.kill()
            assert client.rest().endswith(b"Choose a username:\r\n")


def test_a_key_without_a_meaning_prints_the_keys() -> None:
    with stepping("servers.echo", "--port", "0") as stepper:
        stepper.until("^Keys: ")
        stepper.type("x")
        stepper.until("^Keys: ")
        stepper.type("q")
        stepper.end()


def test_datagrams_and_several_servers_at_once() -> None:
    with stepping("servers", "echo", "udp_echo", "--port", "0") as stepper:
        stepper.type("2g")
        number = int(stepper.until(r"udp_echo listening on udp:127\.0\.0\.1:\d+$")[-1].rpartition(":")[2])
        ask(stepper, number)
        stepper.type("q")
        stepper.end()


def ask(stepper: Stepper, number: int) -> None:
    """Send a datagram, see the stop, and get the answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(GUARD)
        client.sendto(b"ping", ("127.0.0.1", number))
        state = stepper.stop_before("UDPSessions.datagram_received")
        assert '    data = b"ping"' in state
        stepper.type("g")
        stepper.stop_before("UDPEchoProtocol.datagram_received")
        stepper.type("g")
        assert client.recv(100) == b"ping"


def test_a_learners_file_is_stepped_with_its_arguments() -> None:
    solution = next(lesson for lesson in lessons() if lesson.number == 3).solution
    with stepping(str(solution), "0") as stepper:
        stepper.type("2g")
        state = stepper.until("Port of .*, listening on tcp:127")[-1]
        with connect(int(state.rpartition(":")[2])) as client:
            client.send(b"12 30\n")
            stepper.until(r'    data = b"12 30\\n"')
            stepper.type("g")
            assert client.line() == "42"
        stepper.type("q")
        stepper.end()


def test_a_program_that_fails_shows_its_error_and_step_ends_with_0(tmp_path: Path) -> None:
    program = tmp_path / "fails.py"
    program.write_text("print('before')\n1 / 0\n", "utf-8")
    with stepping(str(program)) as stepper:
        lines = stepper.end()
        assert "before" in lines
        assert "ZeroDivisionError: division by zero" in lines
        assert lines[-1] == "turn 0, before the start, 0.000 s: ended with status 1"


@pytest.mark.parametrize("changes", [{"NO_COLOR": "1"}, {"LC_ALL": "C"}, {"TERM": "dumb"}])
def test_it_prints_only_ascii_and_no_escapes(changes: dict[str, str]) -> None:
    with stepping("servers.echo", "--port", "0", **changes) as stepper:
        stepper.type(" ")
        with stepper.connect():
            stepper.stop_before("Port.on_readable")
        stepper.type("q")
        stepper.end()
        assert stepper.printed.isascii()
        assert b"\x1b" not in stepper.printed
