"""The first walkthrough: what it has the class run, watch and break does what it says."""

import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.servers.running import GUARD, ROOT, Client, Server, environment, run, serving
from tests.tutorials.lessons import broken, drawings, has_drawn, until_asleep

LESSON = ROOT / "tutorials" / "01_echo" / "README.md"


def read_slowly(server: Server, most: int, patience: float) -> str:
    """What the slow reader says of `server`."""
    options = ["--port", str(server.port()), "--most", str(most), "--patience", str(patience)]
    command = [sys.executable, "-m", "tutorials.01_echo.slow_reader", *options]
    return subprocess.run(
        command, cwd=ROOT, input="\n", capture_output=True, text=True, timeout=GUARD, env=environment()
    ).stdout


def test_the_drawings_show_what_the_server_draws() -> None:
    expected = drawings(LESSON)
    assert len(expected) == 3
    with serving("tutorials.01_echo.rooms", "servers.echo", "--port", "0", "--no-control") as server:
        with server.connect() as client:
            assert client.line() == "Welcome! There are currently 1 open connections."
            client.send(b"hello\n")
            assert client.line() == "hello"
        until_asleep(server, after="SessionRegistry.closed")
        has_drawn(server, expected)


def test_a_handler_that_waits_keeps_everybody_waiting(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "servers.echo", "--port", "0"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(**broken(LESSON, 0, tmp_path)),
    )
    with process, ExitStack() as stack:
        stack.callback(process.kill)
        assert process.stdin is not None
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(4)]
        place = ("127.0.0.1", int(said[0].rpartition(":")[2]))
        first = stack.enter_context(Client(socket.create_connection(place, GUARD)))
        first.until("Welcome")
        first.send(b"hello\n")
        prompt = "the handler waits for Enter: "
        assert process.stdout.read(len(prompt)) == prompt
        second = stack.enter_context(Client(socket.create_connection(place, GUARD)))
        second.socket.setblocking(False)
        with pytest.raises(BlockingIOError):
            second.socket.recv(1)
        second.socket.settimeout(GUARD)
        process.stdin.write("\n")
        process.stdin.flush()
        assert first.line() == "hello"
        assert second.line() == "Welcome! There are currently 2 open connections."


def test_a_server_with_back_pressure_stops_reading_from_who_does_not_read() -> None:
    with serving("servers.echo", "--port", "0") as server:
        assert read_slowly(server, 256, 0.5).splitlines()[0].endswith(" MiB, and then no more")


def test_without_back_pressure_it_takes_all_that_is_sent(tmp_path: Path) -> None:
    with serving("servers.echo", "--port", "0", **broken(LESSON, 1, tmp_path)) as server:
        answer = read_slowly(server, 64, GUARD)
        assert answer.startswith("the server took 64.0 MiB, and would take more\n")


def test_without_a_server_to_draw_it_is_said_how_to_give_one() -> None:
    result = run("tutorials.01_echo.rooms")
    assert result.returncode == 1
    assert result.stderr == "usage: python -m tutorials.01_echo.rooms servers.echo [--port 0]\n"
