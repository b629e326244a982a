"""The walkthrough of IRC: the commands, the call tree and the edits have the results on the page."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Self

from core.testing import StringTransport
from tests.clients.bots import bot as log_bot
from tests.running import GUARD, ROOT, Client, environment, serving, until
from tests.tutorials.lessons import broken, call_trees, without_numbers

LESSON = ROOT / "tutorials" / "04_irc" / "README.md"
CONSOLES = re.findall(r"^```console\n(.*?)^```$", LESSON.read_text("utf-8"), re.MULTILINE | re.DOTALL)
SERVER, ANN, ANN_JOINS, BOB, ANN_READS, BOTH, CEM, ANN_READS_CEM, ELIZA, ENDLESS, LOG_BOT = CONSOLES
LOG = re.search(r"```text\n(\[10:00.*?)```", LESSON.read_text("utf-8"), re.DOTALL)


def play(client: Client, block: str) -> None:
    """Send the lines of a block that begin with `> `, and read until each of the others has come."""
    for line in block.splitlines():
        if line.startswith("> "):
            client.send(line.removeprefix("> ").encode() + b"\n")
        elif not line.startswith("$ "):
            assert client.until(line) == line


def is_asleep(printed: str) -> bool:
    """Whether a call tree ends with a turn that waits."""
    return printed.endswith("\n\nLoop.turn\n  kernel: poll\n")


class Eliza:
    """A process of the page's bot, under the tool that prints the call tree if `tool` names it."""

    def __init__(self, port: int, nick: str = "eliza", *tool: str, **changes: str) -> None:
        command = [sys.executable, "-m", *tool, "tutorials.04_irc.bot", "--nick", nick, "--port", str(port)]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - __exit__ closes it
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment(**changes), stderr=self._errors)

    def stderr(self) -> str:
        """Its stderr so far."""
        number = self._errors.fileno()
        return os.pread(number, os.fstat(number).st_size, 0).decode()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait()
        self._errors.close()


def test_the_conversation_is_the_one_on_the_page() -> None:
    with serving("servers.irc", "--port", "0") as server, server.connect() as ann:
        assert server.lines[0].rpartition(":")[0] == SERVER.splitlines()[1].rpartition(":")[0]
        play(ann, ANN)
        play(ann, ANN_JOINS)
        with server.connect() as bob:
            play(bob, BOB)
        play(ann, ANN_READS)


def test_a_channel_is_a_room_of_the_chat() -> None:
    with serving("servers", "chat", "irc", "--port", "0") as server, server.connect("irc") as ann:
        for printed, shown in zip(server.lines, BOTH.splitlines()[1:], strict=False):
            assert printed.rpartition(":")[0] == shown.rpartition(":")[0]
        play(ann, ANN)
        play(ann, ANN_JOINS)
        with server.connect("chat") as cem:
            play(cem, CEM)
            play(ann, ANN_READS_CEM)
            ann.send(b"PRIVMSG #class :good day\n")
            assert cem.until("good day").endswith("<ann> good day")


def test_the_line_is_parsed_as_the_page_says() -> None:
    page = LESSON.read_text("utf-8")
    program = re.search(r"^python3 -c '(.*)'$", page, re.MULTILINE)
    printed = re.search(r"^It prints `(.*?)`\.", page, re.MULTILINE)
    assert program is not None
    assert printed is not None
    command = [sys.executable, "-c", program[1]]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=GUARD, check=True)
    assert result.stdout == f"{printed[1]}\n"


def test_the_bot_greets_and_answers() -> None:
    with serving("servers.irc", "--port", "0") as server, server.connect() as ann:
        play(ann, ANN)
        play(ann, ANN_JOINS)
        with Eliza(server.port()):
            play(ann, ELIZA)
            ann.send(b"PART #class\nJOIN #class\n")
            assert ann.until("Welcome").endswith(" NOTICE #class :Welcome, ann.")
            ann.send(b"PRIVMSG eliza :Who are you?\nPRIVMSG #class :Who are you?\n")
            assert ann.until("why").startswith(":eliza!eliza@127.0.0.1 NOTICE #class :ann, ")


def test_the_call_tree_on_the_page_is_the_one_that_the_bot_prints() -> None:
    (expected,) = call_trees(LESSON)
    with serving("servers.irc", "--port", "0") as server, server.connect() as ann:
        play(ann, ANN)
        play(ann, ANN_JOINS)
        with Eliza(server.port(), "eliza", "tutorials.01_echo.call_tree") as eliza:
            until(lambda: "IRCEvents.joined" in eliza.stderr() and is_asleep(eliza.stderr()), eliza.stderr)
            play(ann, ELIZA)
            until(lambda: f"\n{expected}\n" in without_numbers(eliza.stderr()), eliza.stderr)


def test_a_bot_that_answers_with_a_notice_gets_no_answer() -> None:
    bot, transport = import_module("tutorials.04_irc.bot").Bot(), StringTransport()
    bot.make_connection(transport)
    transport.take()
    bot.data_received(b":doctor!d@h NOTICE #class :ann, why do you ask?\r\n")
    assert transport.lines() == []
    bot.data_received(b":doctor!d@h PRIVMSG #class :ann, why do you ask?\r\n")
    assert transport.lines() == ["NOTICE #class :doctor, why do you ask?"]


def test_bots_that_answer_with_messages_answer_one_another_without_end(tmp_path: Path) -> None:
    changes = broken(LESSON, 0, tmp_path)
    with serving("servers.irc", "--port", "0") as server, server.connect() as ann:
        play(ann, ANN)
        play(ann, ANN_JOINS)
        with Eliza(server.port(), "eliza", **changes), Eliza(server.port(), "doctor", **changes):
            for _ in range(2):
                ann.until(" JOIN ")
            ann.send(b"PRIVMSG #class :What is a reactor?\n")
            for _ in range(3):
                play(ann, ENDLESS)


def test_the_log_bot_comes_back_to_a_server_that_was_stopped(tmp_path: Path) -> None:
    assert LOG is not None
    page = [re.sub(r"\d+", "0", line[11:]) for line in LOG[1].splitlines()]
    page = [line.replace("Sat Nov 0 0:0:0 0", "XX") for line in page]
    path = tmp_path / "class.log"
    with serving("servers.irc", "--port", "0") as server:
        port = server.port()
        with log_bot(f"tcp:127.0.0.1:{port}", "#class", path) as running:
            assert LOG_BOT.splitlines()[1] == "logging #class of tcp:127.0.0.1:6667 to class.log"
            with server.connect() as ann:
                play(ann, ANN)
                ann.send(b"JOIN #class\nPRIVMSG #class :hello\n")
                running.until_logged("<ann> hello")
            server.stop()
            with serving("servers.irc", "--port", str(port)):
                running.until_logged("[I have joined #class]", times=2)
                assert [line for line in running.lines() if not line.startswith("ann ")][-4:] == page
                assert "WARNING __main__: lost the connection with tcp:" in running.stderr()
                assert running.end(signal.SIGINT)[0] == 0


FULL = "the server closed the connection (this server is full); trying again in"


def delays(path: Path, times: int, **changes: str) -> list[float]:
    """The pauses of the log bot when its server is replaced by one that accepts and closes, so many times.

    Its first attempt may come before the other server listens. It is refused, and the next delay is longer.
    """
    with serving("servers.irc", "--port", "0") as server:
        port = server.port()
        with log_bot(f"tcp:127.0.0.1:{port}", "#class", path, **changes) as running:
            server.stop()
            with serving("servers.qotd", "--port", str(port), "--quote", "ERROR :this server is full"):
                logged = running.stderr
                until(lambda: logged().count(FULL) >= times, logged)
                assert running.end(signal.SIGINT)[0] == 0
                return [float(found) for found in re.findall(r"trying again in (\d+) s", logged())]


def test_the_log_bot_waits_longer_for_a_server_that_does_not_welcome_it(tmp_path: Path) -> None:
    found = delays(tmp_path / "log", 2)
    assert found[0] == 1
    assert found == sorted(found)
    assert found[-1] > 2


def test_with_the_reset_in_build_protocol_it_connects_every_second(tmp_path: Path) -> None:
    assert set(delays(tmp_path / "log", 3, **broken(LESSON, 1, tmp_path))[-2:]) == {1}
