"""Five programs that a student could write, each under 80 lines on the public names alone."""

import ast
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

import core
from tests.program import Program, python
from tests.running import connect, serving

PROGRAMS = sorted(path for path in Path(__file__).parent.glob("*.py") if not path.name.startswith("test_"))


def program(name: str, *arguments: object) -> Program:
    """Start the program `name` beside this file."""
    return python("-W", "error", "-m", f"tests.programs.{name}", *map(str, arguments))


def lines_of(name: str, *arguments: object) -> list[str]:
    """The lines that the program prints until it ends, with status 0 and without any report."""
    with program(name, *arguments) as running:
        lines = running.rest().splitlines()
        assert (running.wait(), running.errors()) == (0, "")
    return lines


@pytest.mark.parametrize("path", PROGRAMS, ids=[path.stem for path in PROGRAMS])
def test_a_program_is_short_and_uses_only_the_public_names(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) < 80
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("core"):
            assert node.module == "core"
            assert {name.name for name in node.names} <= set(core.__all__)


def test_the_shout_server_counts_the_lines_of_each_connection_and_of_all() -> None:
    answers = []
    with program("shout_counter", 0) as server:
        port = int(server.until("listening on").rpartition(":")[2])
        for _ in range(2):
            with connect(port) as client:
                for word in (b"one\r\n", b"two\r\n"):
                    client.send(word)
                    answers.append(client.line())
        assert server.errors() == ""
    assert answers == ["1 of 1: ONE", "2 of 2: TWO", "1 of 3: ONE", "2 of 4: TWO"]


def test_twenty_servers_are_asked_at_once_and_each_has_one_second() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(serving("servers.qotd", "--port", "0", "--quote", "So it goes."))
        silent = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(5)]
        ports = [server.port()] * 15 + [sock.getsockname()[1] for sock in silent]
        lines = lines_of("ask_quotes", *ports)
    assert [int(line.partition(": ")[0]) for line in lines] == ports
    assert all("So it goes." in line for line in lines[:15])
    assert all("TimeoutError" in line for line in lines[15:])


def test_the_udp_ping_reports_how_many_datagrams_were_lost_and_the_times() -> None:
    with serving("servers.udp_echo", "--port", "0") as server:
        counted, times = lines_of("udp_ping", server.port(), 5)
    assert counted == "5 sent, 0 lost"
    assert times.startswith("round trip ")


def test_the_udp_ping_says_that_a_port_is_closed() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    assert lines_of("udp_ping", port, 5)[0] == "nothing listens there"


def test_the_chat_bot_greets_each_newcomer_and_answers_when_it_is_spoken_to() -> None:
    with serving("servers.chat", "--port", "0") as server, server.connect() as ann, server.connect() as bob:
        ann.send(b"ann\n")
        ann.until("Welcome")
        with program("chat_bot", server.port()) as bot:
            ann.until("bot has joined")
            bob.send(b"bob\n")
            ann.until("Hello, bob!")
            bob.send(b"bot: hello\n")
            bob.until("bob: olleh")
            assert bot.errors() == ""
