"""The walkthrough of a server that is left running: each command has the output that the page shows."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from tests.daemons import Started
from tests.running import GUARD, ROOT, connect, environment, until
from tests.tutorials.lessons import broken

LESSON = ROOT / "tutorials" / "05_left_running" / "README.md"
CONSOLES = re.findall(r"^```console\n(.*?)^```$", LESSON.read_text("utf-8"), re.MULTILINE | re.DOTALL)
START, AGAIN, TAKEN, PROCESS, FILES, ROOTED, ROTATED, STOPPED, MANAGED = CONSOLES
HUNG = re.search(r"^```text\n(no sign of life.*?)^```$", LESSON.read_text("utf-8"), re.MULTILINE | re.DOTALL)
PORTS = {"chat": "8000", "echo": "8001", "egg_timer": "8005"}
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}")


def steps(block: str) -> Iterator[tuple[str, str]]:
    """Each command of a block, and the output below it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.replace("\\\n>", "").partition("\n")
        yield command, output


class Terminal:
    """A terminal in which the commands of the page are typed, with free ports and files of the test."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.ports: dict[str, str] = {}  # of the page, by the real ones
        self.pids: dict[str, str] = {}
        self._status = 0

    @property
    def pid_file(self) -> Path:
        return self.directory / "school.pid"

    def run(self, command: str) -> str:
        """Run a command in a shell, and return its output as the page would show it."""
        command = command.replace("/tmp/", f"{self.directory}/").replace("python3", sys.executable)
        command = re.sub(r"(servers chat echo|--port 7)\b", self._on_free_ports, command)
        for real, shown in self.ports.items():
            command = command.replace("servers.echo --daemon", f"servers.echo --port {real} --daemon")
            assert shown
        result = subprocess.run(
            ["bash", "-c", f"(exit {self._status}); {command}"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=GUARD,
            env=environment(),
        )
        self._status = result.returncode
        return self._shown(result.stdout)

    def _on_free_ports(self, found: re.Match[str]) -> str:
        return "--port 0" if found[0] == "--port 7" else f"{found[0]} --port 0"

    def _shown(self, output: str) -> str:
        for name, port in re.findall(r"^(\w+) listening on tcp:127\.0\.0\.1:(\d+)$", output, re.MULTILINE):
            self.ports[port] = PORTS[name]
        for real, shown in {**self.ports, **self.pids, f"{self.directory}/": "/tmp/"}.items():
            output = re.sub(rf"(?<!\d){re.escape(real)}(?!\d)", shown, output)
        output = output.replace(f"{sys.executable} ", "python3 ")
        return TIME.sub("2026-11-27 10:00:00,000", output)

    def shows(self, command: str, expected: str) -> bool:
        """Whether the output of `command` is `expected`."""
        return words(self.run(command)) == words(expected)

    def learn(self, pid_file: Path) -> None:
        """Show the process in the file, and its session, as the page does."""
        pid = int(pid_file.read_text())
        self.pids = {str(pid): "4711", str(os.getsid(pid)): "4710"}


def words(text: str) -> list[str]:
    """The words of a text: pages are wrapped, and `ps` makes columns."""
    return text.split()


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    directory = Path(tempfile.mkdtemp(prefix="left-running-"))
    directory.chmod(0o755)
    yield Terminal(directory)
    for path in directory.rglob("*pid"):
        server = Started("", path)
        server.kill()
        server.wait()
    shutil.rmtree(directory)


def play(terminal: Terminal, block: str) -> None:
    """Type each command of `block`, until its output is that of the page."""
    for command, expected in steps(block):
        output = terminal.run(command)
        if command.startswith(("cat", "tail")):  # another process may write it a little later
            until(partial(terminal.shows, command, expected), expected.__str__)
        else:
            assert words(output) == words(expected)


def test_the_start_and_the_second_start_are_those_on_the_page(terminal: Terminal) -> None:
    play(terminal, START)
    terminal.learn(terminal.pid_file)
    play(terminal, AGAIN)
    terminal.ports = dict(list(terminal.ports.items())[1:])  # the port of the echo server
    play(terminal, TAKEN)


def test_the_kernel_shows_what_is_on_the_page(terminal: Terminal) -> None:
    play(terminal, START)
    terminal.learn(terminal.pid_file)
    (ps, shown), *others = steps(PROCESS)
    header, process = terminal.run(ps).splitlines()
    fields = process.split()
    fields[1] = "1"  # its parent may be another one, in a container
    assert [*header.split(), *fields] == words(shown)
    for command, output in others:
        assert words(terminal.run(command)) == words(output)
    ((command, shown),) = steps(FILES)
    found = re.findall(r"\d+ -> \S+", terminal.run(command))
    assert {without_inode(line) for line in found} == {without_inode(line) for line in shown.splitlines()}


def without_inode(line: str) -> str:
    return re.sub(r"\[\d+\]", "[N]", line)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
def test_the_server_in_the_jail_is_the_one_on_the_page(terminal: Terminal) -> None:
    PORTS["echo"], before = "7", PORTS["echo"]
    try:
        for command, expected in steps(ROOTED):
            output = terminal.run(command)
            assert words(output) == words(expected), command
    finally:
        PORTS["echo"] = before


def test_the_log_is_rotated_and_the_server_is_stopped_as_on_the_page(terminal: Terminal) -> None:
    play(terminal, START)
    terminal.learn(terminal.pid_file)
    play(terminal, ROTATED)
    play(terminal, STOPPED)


def test_a_killed_server_leaves_a_file_that_does_not_hinder_the_next_one(terminal: Terminal) -> None:
    play(terminal, START)
    terminal.run(f"kill -9 {terminal.pid_file.read_text()}")
    terminal.ports.clear()
    play(terminal, START)


class Manager:
    """The page's service manager, with the egg timer below it."""

    def __init__(self, directory: Path, **changes: str) -> None:
        self.output = directory / "output"
        command = ["tutorials.05_left_running.manager", "tutorials.05_left_running.egg_timer", "--port", "0"]
        with self.output.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=environment(**changes),
                start_new_session=True,
            )

    def lines(self) -> list[str]:
        return self.output.read_text().splitlines()

    def has_printed(self, text: str, times: int = 1) -> bool:
        return self.output.read_text().count(text) >= times

    def port(self) -> int:
        """The port of the egg timer that was started last."""
        (*_, found) = [line for line in self.lines() if " listening on " in line]
        return int(found.rpartition(":")[2])

    def stop(self) -> int:
        """Press Ctrl-C, which goes to both processes. The exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(GUARD)

    def __enter__(self) -> "Manager":
        return self

    def __exit__(self, *error: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def divided(output: str) -> tuple[list[str], list[str]]:
    """The messages to the manager without their times, and the lines of the server."""
    messages = re.findall(r"^ *[\d.]+ s: (.*)$", output, re.MULTILINE)
    return messages, [line for line in output.splitlines() if not re.match(r" *[\d.]+ s: ", line)]


def test_the_manager_prints_the_signs_of_life_that_the_page_shows(tmp_path: Path) -> None:
    ((command, expected),) = steps(MANAGED)
    assert command == "python3 -m tutorials.05_left_running.manager tutorials.05_left_running.egg_timer"
    with Manager(tmp_path) as manager:
        until(lambda: manager.has_printed("WATCHDOG=1", 2), manager.output.read_text)
        until(lambda: manager.has_printed("Ctrl-C"), manager.output.read_text)
        shown = "\n".join(manager.lines()).replace(str(manager.port()), "8005")
        messages, lines = divided(expected)
        assert divided(shown)[0][: len(messages)] == messages
        assert divided(shown)[1] == lines
        with connect(manager.port()) as client:
            client.send(b"soon\n1\n")
            assert [client.line(), client.line()] == ["a number of seconds, please", "ding"]
        assert manager.stop() == 0
        assert manager.lines()[-1].endswith(("STOPPING=1", "egg_timer stopped"))


def test_a_handler_that_hangs_is_noticed_and_the_server_is_started_again(tmp_path: Path) -> None:
    assert HUNG is not None
    killed, again = HUNG[1].splitlines()
    with Manager(tmp_path, **broken(LESSON, 0, tmp_path / "copy")) as manager:
        until(lambda: manager.has_printed(" listening on "), manager.output.read_text)
        with connect(manager.port()) as client:
            client.send(b"1\n")
            assert client.line() == "ding"
            client.send(b"10\n")
            until(lambda: manager.has_printed(" listening on ", 2), manager.output.read_text)
            with suppress(ConnectionError):
                assert client.line() == ""
        shown = [re.sub(r"\d{2,}", "N", line) for line in manager.lines()]
        assert re.sub(r"\d{2,}", "N", killed) in shown
        assert shown.count(re.sub(r"\d{2,}", "N", again)) == 2
        assert manager.has_printed("EggTimer.line_received")
        with connect(manager.port()) as client:
            client.send(b"0\n")
            assert client.line() == "ding"
