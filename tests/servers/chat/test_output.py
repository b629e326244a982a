"""The output of the chat server: in a list, in a pipe and in a terminal."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from servers.chat.output import ChatOutput
from servers.chat.room import ChatRoom
from tests.running import GUARD, ROOT, Client, connect, environment, serving
from tests.servers.chat.test_room import Guest

STAMP = re.compile(r"\(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\)")
DROPPED = re.compile(r"\[lines dropped here, because they could not be written: (\d+)\]")


def printing_room() -> tuple[ChatRoom, list[str]]:
    """A room, and the list of the texts that are printed."""
    room, printed = ChatRoom(lambda deliver: None), list[str]()
    ChatOutput(room, lambda text: printed.append(STAMP.sub("@", text)))
    return room, printed


def test_each_message_is_printed_and_at_each_join_and_leave_the_people_in_the_chat() -> None:
    room, printed = printing_room()
    ann, bob = Guest("ann"), Guest("bob")
    room.join(ann)
    room.join(bob)
    room.say(ann, "hello")
    room.say(bob, "waves", kind="action")
    room.rename(bob, "Bert")
    room.announce("The lesson begins.")
    room.leave(ann)
    room.leave(bob)
    assert printed == [
        "Users in chat (1): ann\n",
        "Users in chat (2): ann, bob\n",
        "@<ann> hello\n",
        "@* bob waves\n",
        "bob is now known as Bert.\n",
        "The lesson begins.\n",
        "Users in chat (1): Bert\n",
        "Users in chat (0):\n",
    ]


def test_the_lines_of_another_room_have_its_name_in_front() -> None:
    room, printed = printing_room()
    other, ann = room.rooms.find_or_make("other"), Guest("ann")
    room.join(Guest("bob"))
    other.join(ann)
    other.say(ann, "hello")
    other.leave(ann)
    assert printed[1:] == [
        "[other] Users in chat (1): ann\n",
        "[other] @<ann> hello\n",
        "[other] Users in chat (0):\n",
    ]


def test_of_more_than_twenty_people_the_twenty_who_came_last_are_named() -> None:
    room, printed = printing_room()
    for number in range(21):
        room.join(Guest(f"n{number}"))
    assert printed[19] == f"Users in chat (20): {', '.join(f'n{number}' for number in range(20))}\n"
    assert printed[20] == f"Users in chat (21): {', '.join(f'n{number}' for number in range(1, 21))}, …\n"


def test_a_private_answer_is_not_printed() -> None:
    room, printed = printing_room()
    room.send_text(Guest("ann"), "notice", "psst")
    assert printed == []


def test_control_characters_are_printed_as_visible_stand_ins() -> None:
    room, printed = printing_room()
    room.say(Guest("ann"), "\x1b]0;owned\x07\n")
    assert printed == ["@<ann> ␛]0;owned␇␊\n"]


# --- the command


class Output:
    """The reading end of a server's stdout."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._text = ""

    def line(self) -> str:
        """The next line, with `@` for its time."""
        while "\n" not in self._text:
            assert select.select([self.descriptor], [], [], GUARD)[0], self._text
            self._text += os.read(self.descriptor, 65536).decode().replace("\r\n", "\n")
        line, _, self._text = self._text.partition("\n")
        return STAMP.sub("@", line)

    def until(self, condition: Callable[[str], object]) -> list[str]:
        """The lines up to the first one for which `condition` holds, with it."""
        lines = [self.line()]
        while not condition(lines[-1]):
            lines.append(self.line())
        return lines


@contextmanager
def chat(
    stdout: tuple[int, int], *flags: str, **changes: str
) -> Iterator[tuple[Output, int, subprocess.Popen[bytes]]]:
    """A chat server that writes to the second of two descriptors: its output, its port and its process."""
    near, far = stdout
    command = [sys.executable, "-m", "servers.chat", "--port", "0", "--flood", "off", *flags]
    variables = environment(**{"TERM": "xterm", **changes})
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=far, env=variables)
    os.close(far)
    output = Output(near)
    try:
        said = output.until("stop with Ctrl-C".__eq__)
        yield output, int(said[0].rpartition(":")[2]), process
    finally:
        process.kill()
        process.wait()
        os.close(near)


def enter(port: int, name: str) -> Client:
    """A client that has joined the chat under `name`."""
    client = connect(port)
    client.send(name.encode() + b"\n")
    client.until("Welcome to the chat")
    client.line()  # the names
    return client


@pytest.mark.parametrize("open_stdout", [os.pipe, pty.openpty])
@pytest.mark.parametrize("flags", [(), ("--color",)])
def test_a_terminal_and_a_pipe_get_the_same_lines_without_escape_sequences(
    open_stdout: Callable[[], tuple[int, int]], flags: tuple[str, ...]
) -> None:
    with chat(open_stdout(), *flags) as (output, port, process):
        with enter(port, "ann") as ann, enter(port, "bob") as bob:
            ann.send(b"hello\n/me waves\n/msg bob psst\n")
            bob.until("psst")
        assert output.until("Users in chat (0):".__eq__)[:4] == [
            "Users in chat (1): ann",
            "Users in chat (2): ann, bob",
            "@<ann> hello",
            "@* ann waves",
        ]
        process.send_signal(signal.SIGINT)
        assert output.line() == "chat stopped"
        assert process.wait(GUARD) == 0


def test_quiet_leaves_all_of_it_out() -> None:
    with serving("servers.chat", "--port", "0", "--quiet") as server:
        with enter(server.port(), "ann") as ann:
            ann.send(b"hello\n/history\n")
            ann.until("hello")
        assert server.stop() == 0
        assert server.lines[4:] == ["chat stopped"]


def test_a_letter_that_the_encoding_lacks_costs_no_connection() -> None:
    with chat(os.pipe(), PYTHONIOENCODING="ascii") as (output, port, _), enter(port, "Zoë") as zoe:
        assert output.line() == "Users in chat (1): Zo?"
        zoe.send(b"/names\n")
        assert zoe.until("only one").endswith("'Zoë'")


def test_two_clients_talk_while_the_output_is_not_read_and_the_lost_lines_are_counted() -> None:
    with chat(os.pipe()) as (output, port, _), enter(port, "ann") as ann, enter(port, "bob") as bob:
        for number in range(200):
            ann.send(b"%d " % number + b"x" * 16000 + b"\n")
            assert f"<ann> {number} x" in bob.line()
        *lines, last = output.until(DROPPED.fullmatch)
        found = DROPPED.fullmatch(last)
        assert found
        assert lines[:2] == ["Users in chat (1): ann", "Users in chat (2): ann, bob"]
        assert [line[:10] for line in lines[2:]] == [f"@<ann> {n} x"[:10] for n in range(len(lines) - 2)]
        assert len(lines) - 2 + int(found[1]) == 200


def test_two_clients_talk_while_the_terminal_is_stopped_with_ctrl_s() -> None:
    with chat(pty.openpty()) as (output, port, _), enter(port, "ann") as ann, enter(port, "bob") as bob:
        output.until("Users in chat (2): ann, bob".__eq__)
        os.write(output.descriptor, b"\x13")
        for number in range(20):
            ann.send(b"%d\n" % number)
            assert bob.line().endswith(f"<ann> {number}")
        assert not select.select([output.descriptor], [], [], 0)[0]
        os.write(output.descriptor, b"\x11")
        assert [output.line() for _ in range(20)] == [f"@<ann> {number}" for number in range(20)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_server_although_its_output_is_not_read(number: int) -> None:
    with chat(os.pipe()) as (_, port, process):
        with enter(port, "ann") as ann:
            for _ in range(10):
                ann.send(b"x" * 16000 + b"\n")
            ann.send(b"/names\n")
            ann.until("only one here")
        process.send_signal(number)
        assert process.wait(GUARD) == 0
