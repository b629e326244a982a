"""The first walkthrough: its commands, its call trees and its edits have the results that the page shows."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from ast import literal_eval
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.running import GUARD, ROOT, Server, connect, environment, run, serving, until, until_logged
from tests.tutorials.lessons import broken, call_trees, has_printed, until_asleep

LESSON = ROOT / "tutorials" / "01_echo" / "README.md"
TERMINAL_WIDTH = 110
SMALL = {"blocking": 12, "select_loop": 31}


def read_slowly(server: Server, most: int, patience: float) -> str:
    """Run the slow reader against `server`, and return its output."""
    options = ["--port", str(server.port()), "--most", str(most), "--patience", str(patience)]
    command = [sys.executable, "-m", "tutorials.01_echo.slow_reader", *options]
    return subprocess.run(
        command, cwd=ROOT, input="\n", capture_output=True, text=True, timeout=GUARD, env=environment()
    ).stdout


def test_the_call_trees_on_the_page_are_those_that_the_server_prints() -> None:
    expected = call_trees(LESSON)
    assert len(expected) == 3
    with serving("tutorials.01_echo.call_tree", "servers.echo", "--port", "0", "--no-control") as server:
        with server.connect() as client:
            assert client.line() == "Welcome! There are currently 1 open connections."
            client.send(b"hello\n")
            assert client.line() == "hello"
        until_logged(server, lambda printed: "SessionRegistry.remove" in printed)
        until_asleep(server)
        has_printed(server, expected)


@contextmanager
def small_server(name: str) -> Iterator[int]:
    """The port of a server of part 0, on a free port instead of 8001. Ctrl-C must end it."""
    program = (LESSON.parent / f"{name}.py").read_text("utf-8")
    command = [sys.executable, "-X", "dev", "-u", "-c", program.replace("8001", "0")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        host, port = literal_eval(process.stdout.readline().removeprefix("listening on "))
        assert host == "127.0.0.1"
        yield port
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=GUARD)
    assert errors.endswith("KeyboardInterrupt\n")
    assert "ResourceWarning" not in errors


def test_the_blocking_server_serves_a_second_client_only_when_the_first_has_gone() -> None:
    with small_server("blocking") as port, connect(port) as first:
        assert first.line() == "Welcome!"
        first.send(b"hello\n")
        assert first.line() == "hello"
        with connect(port) as second:
            second.send(b"hello\n")
            first.send(b"still here\n")
            assert first.line() == "still here"
            second.socket.setblocking(False)
            with pytest.raises(BlockingIOError):
                second.socket.recv(1)
            second.socket.settimeout(GUARD)
            first.close()
            assert [second.line(), second.line()] == ["Welcome!", "hello"]


def test_the_select_loop_serves_both_at_the_same_time() -> None:
    with small_server("select_loop") as port, connect(port) as first, connect(port) as second:
        for client in (second, first, second):
            client.send(b"hello\n")
        assert [first.line(), first.line()] == ["Welcome!", "hello"]
        assert [second.line() for _ in range(3)] == ["Welcome!", "hello", "hello"]
        first.close()
        second.send(b"still here\n")
        assert second.line() == "still here"


def test_the_two_servers_are_as_short_as_the_page_says() -> None:
    sizes = {name: len((LESSON.parent / f"{name}.py").read_text("utf-8").splitlines()) for name in SMALL}
    assert all(size <= most for size, most in zip(sizes.values(), SMALL.values(), strict=True)), sizes


STRACE = "strace -e trace=network,/epoll python3 -m servers.echo --no-control"
TRACED = re.compile(r"^```text\n(epoll_wait\((?:.*\n)+?)```$", re.MULTILINE)
WARNING = re.compile(r"^```text\n(WARNING (?:.*\n)+?)```$", re.MULTILINE)


def warnings() -> list[list[str]]:
    """For each line of each warning on the page its parts that are the same in each run."""
    lines = "".join(WARNING.findall(LESSON.read_text("utf-8"))).splitlines()
    return [re.split(r"servers/|[\d.]+ s\b", line) for line in lines]


def port_in(line: str) -> int:
    """The port in a server's line `… listening on …`."""
    return int(line.rpartition(":")[2])


def read_until(output: IO[str], *parts: str) -> str:
    """Read up to and including a line that contains all of `parts`, and return it."""
    line = output.readline()
    while not all(part in line for part in parts):
        assert line, f"{parts} did not come"
        line = output.readline()
    return line


def requests(trace: str) -> list[str]:
    """The system calls in the output of strace, each with its result and without most of its arguments."""
    found = re.findall(r"^(\w+\(\d+(?:, EPOLL_CTL_\w+, \d+)?).*?(?:= (-?\d+).*)?$", trace, re.MULTILINE)
    return [f"{call} = {result}" for call, result in found]


def may_trace() -> bool:
    """Whether strace is installed and permitted to trace."""
    return (
        shutil.which("strace") is not None
        and subprocess.run(["strace", "-qo", os.devnull, "true"]).returncode == 0
    )


@pytest.mark.skipif(not may_trace(), reason="strace is not installed, or not permitted to trace")
def test_the_system_calls_are_those_on_the_page(tmp_path: Path) -> None:
    text, log = LESSON.read_text("utf-8"), tmp_path / "log"
    assert f"\n{STRACE}\n" in text
    command = [*STRACE.split(), "--port", "0"]
    command[command.index("python3")] = sys.executable
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
        asleep = re.compile(r"EPOLL_CTL_DEL, 7, .*\nepoll_wait\(3, ")
        until(lambda: asleep.search(log.read_text()), log.read_text)
        traced = requests(log.read_text())
    shown = requests("".join(TRACED.findall(text)))
    assert len(shown) == 13
    assert shown == traced[traced.index(shown[0]) :]


def test_a_handler_that_blocks_delays_all_clients_and_the_watchdog_names_it(tmp_path: Path) -> None:
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
        read_until(process.stdout, "the handler waits for Enter")
        place, remedy, place_again, resumed = warnings()
        first_line = read_until(process.stdout, *place)
        second_line = process.stdout.readline()
        assert all(part in second_line for part in remedy), second_line
        assert max(len(first_line.rstrip()), len(second_line.rstrip())) <= TERMINAL_WIDTH
        second = stack.enter_context(connect(port))
        second.socket.setblocking(False)
        with pytest.raises(BlockingIOError):
            second.socket.recv(1)
        second.socket.settimeout(GUARD)
        process.stdin.write("\n")
        process.stdin.flush()
        assert first.line() == "hello"
        assert second.line() == "Welcome! There are currently 2 open connections."
        read_until(process.stdout, *place_again)
        read_until(process.stdout, *resumed)


def test_the_server_stops_reading_from_a_client_that_does_not_read() -> None:
    with serving("servers.echo", "--port", "0") as server:
        assert read_slowly(server, 256, 0.5).splitlines()[0].endswith(" MiB, and then no more")


def test_without_back_pressure_the_server_reads_everything(tmp_path: Path) -> None:
    with serving("servers.echo", "--port", "0", **broken(LESSON, 1, tmp_path)) as server:
        answer = read_slowly(server, 64, GUARD)
        assert answer.startswith("the server took 64.0 MiB, and would take more\n")


def test_the_monitor_shows_the_bytes_that_wait_for_a_client_that_does_not_read() -> None:
    with serving("servers.echo", "--port", "0") as server, server.connect() as client:
        row: dict[str, int] = {"waiting": 0}
        end = time.monotonic() + GUARD
        while row["waiting"] <= 65536:
            assert time.monotonic() < end, row
            client.stuff()
            seen = json.loads(run("clients.monitor", "--once", "--json").stdout)
            row = next(row for row in seen["sessions"] if row["service"] == "echo")
        greeting = len(client.line()) + 2
        assert row["bytes_out"] + row["waiting"] == greeting + row["bytes_in"]
