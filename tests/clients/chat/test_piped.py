"""The chat client in a pipe."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from clients.chat.piped import login_name
from core.formats.chat_events import LONGEST_LINE
from tests.clients.running import client, one_time_server
from tests.program import Program, python
from tests.running import ROOT, Client, Server, serving

STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d "


def somebody(server: Server, name: str) -> Client:
    """A user in the chat of `server`. The one of the test before may still have the name."""
    member = server.connect("chat")
    member.send(f"{name}\n".encode())
    while (line := member.line()) != f"Welcome to the chat, {name}.":
        if "is taken" in line:
            member.send(f"{name}\n".encode())
    return member


def chat(server: Server, *flags: str) -> Program:
    """A client of that chat, in pipes."""
    return python("-m", "clients.chat", "--connect", server.endpoints["chat"][0], *flags)


def test_lines_in_are_said_and_the_last_needs_no_end(suite: Server) -> None:
    with somebody(suite, "listener") as listener:
        result = client(
            "chat", "--name", "bob", "--connect", suite.endpoints["chat"][0], said=b"one\r\ntw\xc3\xb6"
        )
        assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
        heard = [listener.line() for _ in range(5)]
    assert [line.partition(")")[2] or line for line in heard[1:]] == [
        "bob has joined the channel.",
        "<bob> one",
        "<bob> twö",
        "bob has left the channel.",
    ]


def test_the_output_has_the_messages_of_others(suite: Server) -> None:
    with somebody(suite, "bob") as bob, chat(suite, "--name", "ann") as program:
        bob.until("ann has joined")
        bob.send(b"hello\n/me waves\n/msg ann psst\n/nick rob\n//bye\n")
        lines = program.until("/bye").splitlines()
        program.end_input()
        assert program.wait() == 0
        assert program.errors() == ""
    assert [re.sub(f"^{STAMP}", "", line) for line in lines] == [
        "<bob> hello",
        "* bob waves",
        "<bob -> ann> psst",
        "<rob> /bye",
    ]
    assert all(re.match(STAMP, line) for line in lines)


def test_a_line_that_begins_with_a_slash_is_a_command(suite: Server) -> None:
    with somebody(suite, "bob") as bob:
        said = b"/me waves\n/nosuch\n/help\n/names\n//me\n/msg bob psst\n"
        result = client("chat", "--name", "ann", "--connect", suite.endpoints["chat"][0], said=said)
        assert bob.until("waves").endswith("* ann waves")
        assert bob.until("<ann>").endswith("<ann> /me")
        assert bob.until("psst").endswith("<ann -> bob> psst")
    assert result.stdout == b""
    refusal, *help_, names = result.stderr.decode().splitlines()
    assert "/nosuch" in refusal
    assert any("/msg" in line for line in help_)
    assert names == "Participants in chat: bob, ann"


def test_a_byte_order_mark_before_the_input_is_no_part_of_the_first_line(suite: Server) -> None:
    with somebody(suite, "bob") as bob:
        said = "\ufeffone\ntwo\n".encode()
        client("chat", "--name", "ann", "--connect", suite.endpoints["chat"][0], said=said)
        assert bob.until("<ann>").endswith("<ann> one")
        assert bob.until("<ann>").endswith("<ann> two")
        said = "\ufeff/me waves\n".encode()
        client("chat", "--name", "ann", "--connect", suite.endpoints["chat"][0], said=said)
        assert bob.until("waves").endswith("* ann waves")


def test_the_history_has_the_messages_of_others(suite: Server) -> None:
    with somebody(suite, "bob") as bob:
        bob.send(b"a line for the history\n/names\n")
        bob.until("bob")
        result = client("chat", "--connect", suite.endpoints["chat"][0], said=b"/history\n")
    assert result.stdout.decode().splitlines()[-1].endswith("<bob> a line for the history")


def test_the_end_of_input_waits_until_everything_is_delivered() -> None:
    lines = 20_000
    with serving("servers.chat", "--port", "0", "--flood", "off") as server, somebody(server, "bob") as bob:
        said = b"".join(b"%06d %s\n" % (number, b"x" * 100) for number in range(lines))
        process = subprocess.Popen(
            [sys.executable, "-m", "clients.chat", "--name", "ann", "--connect", server.endpoints["chat"][0]],
            stdin=subprocess.PIPE,
        )
        assert process.stdin is not None
        process.stdin.write(said)
        process.stdin.close()
        heard = [bob.until("<ann>").partition("<ann> ")[2][:6] for _ in range(lines)]
        assert heard == [f"{number:06d}" for number in range(lines)]
        assert process.wait() == 0


def test_without_a_name_it_is_that_of_the_user_with_a_number_if_taken(suite: Server) -> None:
    name = login_name()
    with somebody(suite, name) as first, chat(suite) as second, chat(suite):
        first.until("has joined")
        first.until("has joined")
        first.send(b"/names\n")
        assert first.until("Participants").endswith(f": {name}, {name}2, {name}3")
        second.end_input()
        assert second.wait() == 0


def test_a_users_name_is_cleaned_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "EXAMPLE\\jean luc.p@x")
    assert login_name() == "EXAMPLEjeanlucpx"
    monkeypatch.setenv("LOGNAME", "..")
    assert login_name() == "guest"


@pytest.mark.parametrize("name", ["taken", "TAKEN", "a b", "", "x" * 21, "a\x1b[2J"])
def test_a_given_name_that_will_not_do_is_one_line_and_status_1(name: str) -> None:
    with serving("servers.chat", "--port", "0") as server, somebody(server, "taken"):
        result = client("chat", "--name", name, "--connect", server.endpoints["chat"][0], said=b"hello\n")
    assert result.returncode == 1
    assert result.stderr.count(b"\n") == 1
    assert b"\x1b" not in result.stderr


@pytest.mark.parametrize("name", ["/quit", "a\n/quit"])
def test_a_command_is_no_name(name: str) -> None:
    assert client("chat", "--name", name).returncode == 2


def test_no_control_character_of_the_server_is_printed_raw() -> None:
    who = '"event": "said", "time": "2026-11-21T10:00:00+00:00", "name": "\x9b2J"'
    said = f'{{{who}, "text": "\u202ea\\u001bc\\n"}}\n'
    with one_time_server(b'{"event": "events", "v": 1}\n', said.encode()) as endpoint:
        result = client("chat", "--connect", endpoint)
    assert result.stdout.decode().endswith(" <<9B>2J> <U+202E>a␛c␊\n")


def test_the_full_screen_needs_a_terminal() -> None:
    result = client("chat", "--fullscreen")
    assert (result.returncode, result.stderr.count(b"\n")) == (2, 1)
    assert client("chat", "--fullscreen", "--plain").returncode == 2


def test_neither_a_pipe_nor_lines_load_textual() -> None:
    code = "import sys, clients.chat.command; print([name for name in sys.modules if 'textual' in name])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT).stdout == b"[]\n"


def test_the_log_has_the_messages_of_all(suite: Server, tmp_path: Path) -> None:
    log = tmp_path / "chat.log"
    with somebody(suite, "bob") as bob, chat(suite, "--name", "ann", "--log", str(log)) as program:
        bob.until("ann has joined")
        bob.send("hello\x1b[2J 日本\n/me waves\n".encode())
        program.until("waves")
        program.type("hi\n/me nods\n/names\n/msg bob psst\n")
        bob.until("psst")
        program.end_input()
        assert program.wait() == 0
    assert [re.sub(f"^{STAMP}", "", line) for line in log.read_text("utf-8").splitlines()] == [
        "<bob> hello␛[2J 日本",
        "* bob waves",
        "<ann> hi",
        "* ann nods",
        "<ann -> bob> psst",
    ]


def test_a_log_that_cannot_be_opened_is_one_line_and_status_1(suite: Server, tmp_path: Path) -> None:
    result = client("chat", "--log", str(tmp_path), "--connect", suite.endpoints["chat"][0], said=b"hello\n")
    assert result.returncode == 1
    assert result.stderr.decode() == f"cannot log to {tmp_path}: Is a directory\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="it is Linux that has a disk that is always full")
def test_a_full_disk_is_reported_once_and_the_chat_goes_on(suite: Server) -> None:
    flags = ("--name", "ann", "--log", "/dev/full", "--connect", suite.endpoints["chat"][0])
    with somebody(suite, "bob") as bob:
        result = client("chat", *flags, said=b"one\ntwo\n")
        assert bob.until("two").endswith("<ann> two")
    assert (result.returncode, result.stderr) == (0, b"logging has stopped: No space left on device\n")


def test_a_line_too_long_for_the_server_is_not_sent_and_costs_nothing_else(suite: Server) -> None:
    with somebody(suite, "bob") as bob:
        said = (
            b"x" * (LONGEST_LINE + 1) + b"\n" + b"y" * 5 * LONGEST_LINE + b"\n" + b"z" * LONGEST_LINE + b"\n"
        )
        result = client("chat", "--name", "ann", "--connect", suite.endpoints["chat"][0], said=said)
        assert bob.until("<ann>").endswith("<ann> " + "z" * LONGEST_LINE)
    assert result.stderr.decode().splitlines() == ["a line of more than 16384 bytes was not sent"] * 2
    assert result.returncode == 0


def test_a_lost_server_is_one_line_and_status_1() -> None:
    with (
        serving("servers.chat", "--port", "0") as server,
        somebody(server, "bob") as bob,
        chat(server, "--name", "ann") as program,
    ):
        bob.until("ann has joined")
        server.stop()
        assert program.wait() == 1
        assert program.errors() == f"lost {server.endpoints['chat'][0]}: the server closed the connection\n"


def test_with_several_servers_it_goes_on_at_the_next_one_under_its_name() -> None:
    with (
        serving("servers.chat", "--port", "0") as first,
        serving("servers.chat", "--port", "0") as second,
        somebody(first, "bob") as bob,
        somebody(second, "carl") as carl,
        chat(first, "--name", "ann", "--connect", second.endpoints["chat"][0]) as program,
    ):
        bob.until("ann has joined")
        first.stop()
        carl.until("ann has joined")
        program.type("hello\n")
        assert carl.until("hello").endswith("<ann> hello")
        second.stop()
        assert program.wait() == 1


def test_a_client_over_the_limit_prints_the_servers_reason() -> None:
    with serving("servers.chat", "--port", "0", "--max-connections", "1") as server, somebody(server, "bob"):
        result = client("chat", "--connect", server.endpoints["chat"][0])
    assert result.returncode == 1
    assert b"Sorry, " in result.stderr
