"""The chat server's own terminal, seen through a real one."""

import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.servers.running import GUARD, ROOT, Client, connect, environment


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


@contextmanager
def chat_on_terminal(**changes: str) -> Iterator[tuple[Screen, int]]:
    """A chat server with a terminal, and its port."""
    near, far = pty.openpty()
    command = [sys.executable, "-m", "servers.chat", "--port", "0", "--flood", "off"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=far, stdout=far, stderr=far, env=environment(**{"TERM": "xterm", **changes})
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


def test_the_terminal_shows_who_is_in_the_chat_and_the_last_twenty_lines() -> None:
    with chat_on_terminal() as (screen, port), enter(port, "ann") as ann, enter(port, "bob") as bob:
        screen.until("Users in chat: ann, bob\n")
        ann.send(b"".join(b"line %d\n" % number for number in range(30)))
        bob.until("line 29")
        shown = screen.until("line 29\n").rpartition("\x1b[2J\x1b[H")[2]
        assert shown.startswith("=" * 44 + "\nUsers in chat: ann, bob\n" + "=" * 44 + "\n")
        assert [line.partition("<ann> ")[2] for line in shown.splitlines()[3:]] == [
            f"line {number}" for number in range(10, 30)
        ]
        bob.close()
        screen.until("Users in chat: ann\n")
        screen.until("bob has left the channel.\n")


def test_nothing_that_a_guest_sends_reaches_the_terminal_raw() -> None:
    with chat_on_terminal() as (screen, port), enter(port, "ann") as ann:
        ann.send(b"\x1b]0;owned\x07\n")
        screen.until("<ann> ␛]0;owned␇\n")


@pytest.mark.parametrize("changes", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_that_wants_no_escape_sequences_gets_lines(changes: dict[str, str]) -> None:
    with chat_on_terminal(**changes) as (screen, port), enter(port, "ann") as ann:
        ann.send(b"hello\n")
        shown = screen.until("<ann> hello\n")
        assert shown.startswith("ann has joined the channel.\n")
        assert "\x1b" not in shown


def test_an_empty_no_color_means_nothing() -> None:
    with chat_on_terminal(NO_COLOR="") as (screen, port), enter(port, "ann"):
        assert "\x1b[2J" in screen.until("Users in chat: ann\n")


def test_a_terminal_whose_encoding_lacks_a_letter_costs_nobody_the_connection() -> None:
    with (
        chat_on_terminal(NO_COLOR="1", PYTHONIOENCODING="ascii") as (screen, port),
        enter(port, "Zoë") as zoe,
    ):
        screen.until("Zo? has joined the channel.\n")
        zoe.send(b"/names\n")
        assert zoe.until("only one").endswith("'Zoë'")


def test_ctrl_c_at_the_terminal_stops_the_server_in_one_line() -> None:
    tmux = ["tmux", "-L", f"reactor-school-{os.getpid()}", "-f", "/dev/null"]
    command = f"{sys.executable} -m servers.chat --port 0; echo status $?"
    try:
        subprocess.run(
            [*tmux, "new-session", "-d", "-x", "100", "-y", "30", f"cd {ROOT}; {command}; read"], check=True
        )
        screen = watch(tmux, "stop with Ctrl-C")
        with enter(int(screen.partition("\n")[0].rpartition(":")[2]), "ann"):
            assert watch(tmux, "Users in chat: ann").startswith("=" * 44 + "\nUsers in chat: ann\n")
            subprocess.run([*tmux, "send-keys", "C-c"], check=True)
            assert watch(tmux, "status").rstrip().endswith("chat stopped\nstatus 0")
    finally:
        subprocess.run([*tmux, "kill-server"], stderr=subprocess.DEVNULL)


def watch(tmux: list[str], text: str) -> str:
    """What is on the screen once `text` is."""
    screen = ""
    while text not in screen:
        screen = subprocess.run(
            [*tmux, "capture-pane", "-p"], capture_output=True, text=True, check=True
        ).stdout
    return screen
