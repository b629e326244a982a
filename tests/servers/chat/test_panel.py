"""The chat server's own terminal, seen through a real one."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.servers.running import GUARD, ROOT, Client, connect, environment

RULE = "=" * 44

OUTSPOKEN = """
from dataclasses import replace
from servers import chat
from servers.chat.__main__ import SERVICE, make_with_panel
from servers.hosting.runner import run

class Outspoken(chat.ChatProtocol):
    def on_text(self, text):
        if text == "print":
            print("printed", "in two")
            print("lines")
        if text == "raise":
            raise RuntimeError("raised \\x1b[2J")
        if text == "hang":
            input("waiting for Enter")
        super().on_text(text)

chat.ChatFactory.protocol = Outspoken
run(replace(SERVICE, stream=make_with_panel))
"""


class Screen:
    """The far side of a server's terminal."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.text = ""

    def until(self, text: str) -> str:
        """What has come up to `text`, with it."""
        while text not in self.text:
            assert select.select([self._number], [], [], GUARD)[0], self.text
            self.text += os.read(self._number, 65536).decode().replace("\r\n", "\n")
        start = self.text.index(text) + len(text)
        found, self.text = self.text[:start], self.text[start:]
        return found

    def panel(self, text: str) -> list[str]:
        """The rows of the first panel that has `text` in it."""
        shown = ""
        while text not in shown:
            shown = self.until("\x1b8\x1b[?7h").rpartition("\x1b[?7l\n")[2].removesuffix("\x1b8\x1b[?7h")
        return shown.split("\n")


@contextmanager
def chat_on_terminal(log: int | None = None, /, **changes: str) -> Iterator[tuple[Screen, int]]:
    """A chat server with a terminal, and its port. It logs there as well, or to the descriptor `log`."""
    near, far = pty.openpty()
    command = [sys.executable, "-m", "servers.chat", "--port", "0", "--flood", "off"]
    variables = environment(**{"TERM": "xterm", **changes})
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=far, stdout=far, stderr=far if log is None else log, env=variables
    )
    os.close(far)
    screen = Screen(near)
    try:
        said = screen.until("stop with Ctrl-C\n")
        yield screen, int(said.partition("\n")[0].rpartition(":")[2])
    finally:
        process.kill()
        process.wait()
        os.close(near)


def enter(port: int, name: str) -> Client:
    """Somebody in the chat."""
    client = connect(port)
    client.send(name.encode() + b"\n")
    client.until("Welcome to the chat")
    return client


def test_the_terminal_shows_where_it_is_who_is_there_and_the_last_twenty_lines() -> None:
    with (
        chat_on_terminal(LINES="40") as (screen, port),
        enter(port, "ann") as ann,
        enter(port, "bob") as bob,
    ):
        ann.send(b"".join(b"line %d\n" % number for number in range(30)))
        bob.until("line 29")
        where, who, rule, *lines = screen.panel("line 29")
        assert where == f"== chat at tcp:127.0.0.1:{port} ".ljust(44, "=")
        assert (who, rule) == ("Users in chat (2): ann, bob", RULE)
        assert [line.partition("<ann> ")[2] for line in lines] == [
            f"line {number}" for number in range(10, 30)
        ]
        bob.close()
        left = screen.panel("bob has left the channel.")
        assert (left[1], left[-1]) == ("Users in chat (1): ann", "bob has left the channel.")


def test_before_anyone_has_come_it_says_so() -> None:
    with chat_on_terminal() as (screen, _):
        assert screen.panel("chat at")[1:] == ["Users in chat: nobody", RULE]


def test_no_row_is_wider_than_the_terminal_and_a_low_one_gets_fewer_lines() -> None:
    with chat_on_terminal(COLUMNS="40", LINES="13") as (screen, port), enter(port, "ann") as ann:
        ann.send(b"one\ntwo\nthree\n" + b"x" * 100 + b"\nfour\n")
        rows = screen.panel("four")
        assert len(rows) == 7
        assert [row.rpartition("> ")[2] for row in rows[3:]] == ["two", "three", "x" * 12 + "…", "four"]
        assert max(map(len, rows)) == 40


@pytest.mark.parametrize("lines", range(2, 7))
def test_on_the_lowest_terminals_the_panel_takes_half(lines: int) -> None:
    with chat_on_terminal(LINES=str(lines)) as (screen, _):
        assert len(screen.panel("chat at")) == lines // 2


def test_nothing_that_a_guest_sends_reaches_the_terminal_raw() -> None:
    with chat_on_terminal() as (screen, port), enter(port, "ann") as ann:
        ann.send(b"\x1b]0;owned\x07\n")
        screen.panel("<ann> ␛]0;owned␇")


@pytest.mark.parametrize("changes", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_that_wants_no_escape_sequences_gets_lines(changes: dict[str, str]) -> None:
    with chat_on_terminal(**changes) as (screen, port), enter(port, "ann") as ann:
        ann.send(b"hello\n")
        shown = screen.until("<ann> hello\n")
        assert shown.startswith("ann has joined the channel.\n")
        assert "\x1b" not in shown


def test_an_empty_no_color_means_nothing() -> None:
    with chat_on_terminal(NO_COLOR="") as (screen, port), enter(port, "ann"):
        assert "Users in chat (1): ann" in screen.panel("ann")


def test_a_log_that_goes_elsewhere_is_left_alone(tmp_path: Path) -> None:
    with (
        (tmp_path / "log").open("wb") as log,
        chat_on_terminal(log.fileno()) as (screen, port),
        enter(port, "ann") as ann,
    ):
        ann.send(b"x" * 20000)
        assert ann.rest()
        screen.panel("ann has left")
        (line,) = (tmp_path / "log").read_text().splitlines()
        assert " sent a line of over " in line
        assert "\x1b" not in line


def test_a_terminal_whose_encoding_lacks_a_letter_costs_nobody_the_connection() -> None:
    with (
        chat_on_terminal(NO_COLOR="1", PYTHONIOENCODING="ascii") as (screen, port),
        enter(port, "Zoë") as zoe,
    ):
        screen.until("Zo? has joined the channel.\n")
        zoe.send(b"/names\n")
        assert zoe.until("only one").endswith("'Zoë'")


# --- on a screen


class Terminal:
    """A terminal of 80 x 24 that runs a command."""

    numbers = count()

    def __init__(self, command: str) -> None:
        name = f"reactor-school-{os.getpid()}-{next(self.numbers)}"
        self._tmux = ["tmux", "-L", name, "-f", "/dev/null"]
        self.run("new-session", "-d", "-x", "80", "-y", "24", f"cd {ROOT}; {command}; echo status $?; read")

    def run(self, *words: str) -> str:
        """Have it do something."""
        command = [*self._tmux, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environment()).stdout

    def watch(self, *texts: str) -> list[str]:
        """What is on the screen once all of `texts` are: its lines, but for empty ones."""
        screen, end = "", time.monotonic() + GUARD
        while not all(text in screen for text in texts):
            assert time.monotonic() < end, screen
            screen = self.run("capture-pane", "-p", "-J")
        return [row.rstrip() for row in screen.splitlines() if row.strip()]

    def close(self) -> None:
        """Have it gone, with all that runs in it."""
        subprocess.run([*self._tmux, "kill-server"], stderr=subprocess.DEVNULL)


@contextmanager
def terminal(command: str) -> Iterator[Terminal]:
    """A terminal for the length of a test."""
    made = Terminal(command)
    try:
        yield made
    finally:
        made.close()


def port_on(rows: list[str]) -> int:
    """That of the server which said first where it listens."""
    return int(rows[0].rpartition(":")[2])


def test_whatever_is_printed_logged_or_raised_stays_above_the_panel(tmp_path: Path) -> None:
    script = tmp_path / "outspoken.py"
    script.write_text(OUTSPOKEN)
    with terminal(f"PYTHONPATH=. {sys.executable} {script} --port 0") as screen:
        rows = screen.watch("Users in chat: nobody")
        assert rows[0].startswith("chat listening on tcp:127.0.0.1:")
        assert rows[3:] == ["stop with Ctrl-C", rows[4], "Users in chat: nobody", RULE]
        with enter(port_on(rows), "ann") as ann, enter(port_on(rows), "bob") as bob:
            screen.watch("bob has joined the channel.")
            ann.send(b"print\n")
            printed = screen.watch("<ann> print", "lines")
            assert printed[:6] == [*rows[:4], "printed in two", "lines"]
            assert printed[7:] == ["Users in chat (2): ann, bob", RULE, *printed[9:]]
            ann.send(b"raise\n")
            assert ann.rest()
            bob.send(b"poor ann\n")
            bob.until("ann has left")
            raised = screen.watch("<bob> poor ann")
            above = raised[: raised.index("Users in chat (1): bob") - 1]
            assert above[-1] == "RuntimeError: raised ␛[2J"
            assert raised[len(above) :][:3] == [rows[4], "Users in chat (1): bob", RULE]


def test_where_it_hangs_is_seen_while_it_hangs_and_when_it_is_over(tmp_path: Path) -> None:
    script = tmp_path / "outspoken.py"
    script.write_text(OUTSPOKEN)
    with terminal(f"PYTHONPATH=. {sys.executable} {script} --port 0 --stall-ms 50") as screen:
        port = port_on(screen.watch("Users in chat: nobody"))
        with enter(port, "ann") as ann:
            screen.watch("ann has joined the channel.")
            ann.send(b"hang\n")
            screen.watch("waiting for Enter", "the reactor has not turned", "Outspoken.on_text")
            screen.run("send-keys", "Enter")
            screen.watch("the reactor went on after", "<ann> hang", "Users in chat (1): ann")


def test_ctrl_c_at_the_terminal_stops_the_server_in_one_line_below_the_panel() -> None:
    with terminal(f"{sys.executable} -m servers.chat --port 0") as screen:
        with enter(port_on(screen.watch("Users in chat: nobody")), "ann"):
            screen.watch("ann has joined the channel.")
            screen.run("send-keys", "C-c")
            rows = screen.watch("status")
        assert rows[-5:] == [
            "Users in chat (1): ann",
            RULE,
            "ann has joined the channel.",
            "chat stopped",
            "status 0",
        ]
