"""The first walkthrough: what it has the class run, watch and break does what it says."""

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import pytest

from tests.servers.running import GUARD, ROOT, Server, connect, environment, run, serving
from tests.tutorials.lessons import broken, drawings, has_drawn, until, until_asleep

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


STRACE = "strace -e trace=network,/epoll python -m servers.echo --no-control"
TRACED = re.compile(r"^```text\n(epoll_wait\((?:.*\n)+?)```$", re.MULTILINE)


WATCHDOG = re.compile(r"^WARNING (.*: the reactor .*) [\d.]+ s: (.* in )servers/(.*:\d+)$", re.MULTILINE)


def port_in(announced: str) -> int:
    """Where the server listens that has said this."""
    return int(announced.rpartition(":")[2])


def until_said(output: IO[str], *parts: str) -> None:
    """Read on up to a line that has all of `parts`."""
    line = output.readline()
    while not all(part in line for part in parts):
        assert line, f"{parts} did not come"
        line = output.readline()


def requests(trace: str) -> list[str]:
    """Each request and its answer in what strace printed, without most of the arguments."""
    found = re.findall(r"^(\w+\(\d+(?:, EPOLL_CTL_\w+, \d+)?).*?(?:= (-?\d+).*)?$", trace, re.MULTILINE)
    return [f"{what} = {answer}" for what, answer in found]


def may_trace() -> bool:
    """There is a strace, and it is allowed to look."""
    return (
        shutil.which("strace") is not None
        and subprocess.run(["strace", "-qo", os.devnull, "true"]).returncode == 0
    )


@pytest.mark.skipif(not may_trace(), reason="there is no strace that works")
def test_the_kernel_is_asked_what_the_page_says(tmp_path: Path) -> None:
    text, log = LESSON.read_text("utf-8"), tmp_path / "log"
    assert f"\n{STRACE}\n" in text
    command = [*STRACE.split(), "--port", "0"]
    command[command.index("python")] = sys.executable
    command[1:1] = ["-o", str(log)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment(), start_new_session=True
    )
    with process, ExitStack() as stack:
        stack.callback(os.killpg, process.pid, signal.SIGKILL)
        assert process.stdout is not None
        with connect(port_in(process.stdout.readline())) as client:
            client.until("Welcome")
            client.send(b"hello\n")
            assert client.line() == "hello"
        asleep = re.compile(r"epoll_wait\(3, \[\], 1023, 0\) += 0\nepoll_wait\(3, ")
        until(lambda: asleep.search(log.read_text()), log.read_text)
        traced = requests(log.read_text())
    shown = requests("".join(TRACED.findall(text)))
    assert len(shown) == 14
    assert shown == traced[traced.index(shown[0]) :]


def test_a_handler_that_waits_keeps_everybody_waiting_and_the_watchdog_says_which(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "servers.echo", "--port", "0"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(**broken(LESSON, 0, tmp_path)),
    )
    with process, ExitStack() as stack:
        stack.callback(process.kill)
        assert process.stdin is not None
        assert process.stdout is not None
        port = port_in(process.stdout.readline())
        first = stack.enter_context(connect(port))
        first.until("Welcome")
        first.send(b"hello\n")
        until_said(process.stdout, "the handler waits for Enter")
        hangs, goes_on = WATCHDOG.findall(LESSON.read_text("utf-8"))
        until_said(process.stdout, *hangs)
        second = stack.enter_context(connect(port))
        second.socket.setblocking(False)
        with pytest.raises(BlockingIOError):
            second.socket.recv(1)
        second.socket.settimeout(GUARD)
        process.stdin.write("\n")
        process.stdin.flush()
        assert first.line() == "hello"
        assert second.line() == "Welcome! There are currently 2 open connections."
        until_said(process.stdout, *goes_on)


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
