"""StandardIO: input from a pipe, a file or a terminal arrives as events."""

import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.core.outside import ENGINES, end_of, start
from tests.running import GUARD

TYPIST = """
import logging
from core import LineReceiver, StandardIO
logging.basicConfig(format="%(message)s")

class Typist(LineReceiver):
    def connection_made(self):
        self.send_line(b"go on")

    def line_received(self, line):
        if line == b"fail":
            raise ZeroDivisionError
        self.transport.write_sequence([line.upper(), b"\\r\\n"])
        if line == b"bye":
            self.transport.lose_connection()
        if line == b"wait":
            self.pause_producing()
            reactor.call_later(0.001, self.resume_producing)

    def connection_lost(self, reason):
        self.send_line(type(reason).__name__.encode())
        reactor.stop()

stdio = StandardIO(Typist(), reactor)
reactor.run()
reactor.close()
"""

each_engine = pytest.mark.parametrize("engine", ENGINES)


def typed(engine: str, text: bytes) -> tuple[int, list[str], str]:
    """Run the program with `text` on a pipe. Returns the exit status, the lines on stdout, and stderr."""
    status, out, err = end_of(start(engine, TYPIST, stdin=subprocess.PIPE), text)
    return status, out.splitlines(), err


def read_from(engine: str, path: Path) -> tuple[int, list[str], str]:
    """As `typed`, with a file as the input."""
    with path.open() as file:
        status, out, err = end_of(start(engine, TYPIST, stdin=file.fileno()))
    return status, out.splitlines(), err


@each_engine
def test_a_pipe_is_read_line_by_line_to_its_end(engine: str) -> None:
    assert typed(engine, b"one\ntwo\n") == (0, ["go on", "ONE", "TWO", "ConnectionDone"], "")


@each_engine
def test_an_empty_pipe_has_only_its_end(engine: str) -> None:
    assert typed(engine, b"") == (0, ["go on", "ConnectionDone"], "")


@each_engine
def test_a_regular_file_is_read_line_by_line_to_its_end(engine: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"one\ntwo\n")
    assert read_from(engine, tmp_path / "file") == (0, ["go on", "ONE", "TWO", "ConnectionDone"], "")


@each_engine
def test_a_large_file_comes_whole_and_in_order(engine: str, tmp_path: Path) -> None:
    lines = [f"LINE {number}" for number in range(50_000)]
    (tmp_path / "file").write_text("\n".join(lines) + "\n")
    assert read_from(engine, tmp_path / "file") == (0, ["go on", *lines, "ConnectionDone"], "")


@each_engine
def test_dev_null_is_at_its_end(engine: str) -> None:
    assert read_from(engine, Path(os.devnull)) == (0, ["go on", "ConnectionDone"], "")


@each_engine
def test_after_lose_connection_nothing_is_read(engine: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"bye\nmore\n")
    for came in (typed(engine, b"bye\nmore\n"), read_from(engine, tmp_path / "file")):
        assert came == (0, ["go on", "BYE", "ConnectionDone"], "")


@each_engine
def test_a_paused_protocol_receives_the_rest_later(engine: str, tmp_path: Path) -> None:
    text = b"wait\nthen\n" * 20
    (tmp_path / "file").write_bytes(text)
    lines = ["go on", *["WAIT", "THEN"] * 20, "ConnectionDone"]
    for came in (typed(engine, text), read_from(engine, tmp_path / "file")):
        assert came == (0, lines, "")


STOPPED = """
from core import Protocol, StandardIO

class Stopping(Protocol):
    def data_received(self, data):
        self.transport.pause_producing()
        reactor.stop()

    def connection_lost(self, reason):
        print(type(reason).__name__)

StandardIO(Stopping(), reactor)
reactor.run()
reactor.close()
"""


@each_engine
def test_when_the_reactor_stops_connection_lost_is_called(engine: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"one\n")
    with (tmp_path / "file").open() as file:
        assert end_of(start(engine, STOPPED, stdin=file.fileno())) == (0, "ConnectionDone\n", "")
    assert end_of(start(engine, STOPPED, stdin=subprocess.PIPE), b"one\n") == (0, "ConnectionDone\n", "")


@each_engine
def test_a_handler_that_fails_ends_the_input_and_is_logged_once(engine: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"one\nfail\ntwo\n")
    for status, out, err in (typed(engine, b"one\nfail\ntwo\n"), read_from(engine, tmp_path / "file")):
        assert (status, out) == (0, ["go on", "ONE", "ZeroDivisionError"])
        assert err.count("Traceback") == 1


@each_engine
def test_a_terminal_is_read_as_it_is_typed_on_and_its_end_is_ctrl_d(engine: str) -> None:
    terminal, keyboard = pty.openpty()
    program = start(engine, TYPIST, stdin=keyboard)
    assert program.stdout is not None
    assert program.stdout.readline() == b"go on\r\n"
    os.write(terminal, b"one\n")
    assert program.stdout.readline() == b"ONE\r\n"
    assert os.get_blocking(keyboard)  # or the shell that comes after would have trouble
    os.write(terminal, b"\x04")
    assert end_of(program) == (0, "ConnectionDone\r\n", "")
    os.close(keyboard)
    os.close(terminal)


@each_engine
def test_a_terminal_that_is_gone_is_an_end(engine: str) -> None:
    terminal, keyboard = pty.openpty()
    program = start(engine, TYPIST, stdin=keyboard)
    os.close(keyboard)
    assert program.stdout is not None
    assert program.stdout.readline() == b"go on\r\n"
    os.close(terminal)
    status, out, err = end_of(program)
    assert (status, err) == (0, "")
    assert out in ("OSError\r\n", "ConnectionDone\r\n")


@each_engine
def test_a_closed_output_pipe_ends_the_connection(engine: str) -> None:
    program = start(engine, TYPIST, stdin=subprocess.PIPE)
    assert program.stdin is not None
    assert program.stdout is not None
    assert program.stdout.readline() == b"go on\r\n"
    program.stdout.close()
    program.stdin.write(b"one\n")
    program.stdin.flush()
    assert program.wait(GUARD) == 0
    assert program.stderr is not None
    assert program.stderr.read() == b""
    program.stdin.close()
    program.stderr.close()
