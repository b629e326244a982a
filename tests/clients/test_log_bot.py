"""The log bot, with ngircd as its server: its file has what was said, whatever happens to the server."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clients.log_bot import NAME_ANSWER, WHISPER_ANSWER, MessageLog
from tests.certificates import Certificates
from tests.clients.bots import bot
from tests.clients.running import client, one_time_server, refusing_port
from tests.ngircd import Ngircd, ngircd
from tests.running import Client, connect, serving, until


@pytest.fixture(scope="module")
def server() -> Iterator[Ngircd]:
    with ngircd() as running:
        yield running


@contextmanager
def person(server: Ngircd, name: str, channel: str) -> Iterator[Client]:
    """A user of the server, in the channel."""
    with connect(server.port) as user:
        user.send(f"NICK {name}\r\nUSER {name} 0 * :{name}\r\nJOIN {channel}\r\n".encode())
        user.until(" 366 ")
        yield user


def test_the_log_has_what_is_said_and_done(server: Ngircd, tmp_path: Path) -> None:
    with bot(server.endpoint, "#all", tmp_path / "log") as running:
        with person(server, "ann", "#all") as ann, person(server, "bob", "#all") as bob:
            running.until_logged("bob has joined #all")
            ann.send(
                "PRIVMSG #all :hello \x02Grüße\x02 🦊\r\nPRIVMSG #all :\x01ACTION waves\x01\r\n".encode()
            )
            ann.send(b"NOTICE #all :note\r\nNICK anna\r\nNICK ann\r\n")
            running.until_logged("anna is now known as ann")
            bob.send(b"PART #all :so long\r\n")
            running.until_logged("bob has left #all")
            ann.send(b"QUIT :good night\r\n")
            running.until_logged('ann has quit ("good night")')
        assert running.end(signal.SIGTERM) == (0, "")
    assert running.lines() == [
        *("[connected at XX]", "[I have joined #all]", "ann has joined #all", "bob has joined #all"),
        *("<ann> hello Grüße 🦊", "* ann waves", "-ann- note", "ann is now known as anna"),
        *("anna is now known as ann", "bob has left #all", 'ann has quit ("good night")'),
        "[disconnected at XX]",
    ]


def test_no_text_puts_a_control_character_into_the_log(server: Ngircd, tmp_path: Path) -> None:
    with bot(server.endpoint, "#raw", tmp_path / "log") as running, person(server, "ann", "#raw") as ann:
        ann.send("PRIVMSG #raw :\x1b[2J\x07\x0304red\x03 \u202egnp.exe\x10n[10:00:00] <bob> hi\r\n".encode())
        ann.send(b"PRIVMSG #raw :\xff\xfe\r\n")
        running.until_logged("<ann> ␛[2J␇red <U+202E>gnp.exe␊[10:00:00] <bob> hi", "<ann> \ufffd\ufffd")


def test_a_whisper_and_the_name_of_the_bot_are_answered(server: Ngircd, tmp_path: Path) -> None:
    with (
        bot(server.endpoint, "#ask", tmp_path / "log", "--nick", "keeper") as running,
        person(server, "ann", "#ask") as ann,
    ):
        ann.send(b"PRIVMSG keeper :psst\r\n")
        assert ann.until(" PRIVMSG ").endswith(f" PRIVMSG ann :{WHISPER_ANSWER}")
        for text in ("keeper: hello", "Keeper, hello", "keeper"):
            ann.send(f"PRIVMSG #ask :{text}\r\n".encode())
            assert ann.until(" PRIVMSG ").endswith(f" PRIVMSG #ask :ann: {NAME_ANSWER}")
        for text in ("keepers: hello", "hello keeper", f"keeper: {NAME_ANSWER}", "last"):
            ann.send(f"PRIVMSG #ask :{text}\r\n".encode())
        running.until_logged("<ann> psst", f"<keeper> {WHISPER_ANSWER}", "<ann> last")
        assert running.lines().count(f"<keeper> ann: {NAME_ANSWER}") == 3


def test_who_asks_without_end_is_answered_at_a_limited_rate(server: Ngircd, tmp_path: Path) -> None:
    with bot(server.endpoint, "#busy", tmp_path / "log") as running, person(server, "ann", "#busy") as ann:
        for number in range(30):
            ann.send(f"PRIVMSG #busy :logbot: {number}\r\n".encode())
        running.until_logged("<ann> logbot: 29")
        assert running.lines().count(f"<logbot> ann: {NAME_ANSWER}") == 10


def test_a_server_that_goes_is_joined_again_and_the_log_goes_on(tmp_path: Path) -> None:
    with ngircd() as own, bot(own.endpoint, "#class", tmp_path / "log") as running:
        with person(own, "ann", "#class") as ann:
            ann.send(b"PRIVMSG #class :before\r\n")
            running.until_logged("<ann> before")
            own.kill()
        running.until_logged("[disconnected at XX]")
        own.start()
        running.until_logged("[I have joined #class]", times=2)
        with person(own, "ann", "#class") as ann:
            ann.send(b"PRIVMSG #class :after\r\n")
            running.until_logged("<ann> after")
        status, errors = running.end(signal.SIGINT)
    assert status == 0
    assert "; trying again in 1 s" in errors
    assert "Traceback" not in errors
    expected = ["[connected at XX]", "[I have joined #class]", "<ann> before", "[disconnected at XX]"]
    expected += ["[connected at XX]", "[I have joined #class]", "<ann> after", "[disconnected at XX]"]
    assert [line for line in running.lines() if line in expected] == expected


def test_the_bot_logs_over_an_encrypted_connection(tmp_path: Path) -> None:
    Certificates(tmp_path)
    listening = f"tls:127.0.0.1:0?cert={tmp_path}/server.pem&key={tmp_path}/server.key"
    with serving("servers.irc", "--listen", listening, "--listen", "tcp:127.0.0.1:0") as own:
        encrypted, plain = own.endpoints["irc"]
        endpoint = f"{encrypted}?ca={tmp_path}/ca.pem"
        with (
            bot(endpoint, "#class", tmp_path / "log") as running,
            connect(int(plain.rpartition(":")[2])) as ann,
        ):
            ann.send(b"NICK ann\r\nUSER ann 0 * :ann\r\nJOIN #class\r\nPRIVMSG #class :psst\r\n")
            running.until_logged("<ann> psst")
            assert running.end(signal.SIGTERM) == (0, "")
    assert running.lines()[-1] == "[disconnected at XX]"


def test_the_log_of_an_earlier_run_is_kept(server: Ngircd, tmp_path: Path) -> None:
    with bot(server.endpoint, "#twice", tmp_path / "log") as running:
        assert running.end(signal.SIGTERM) == (0, "")
    with bot(server.endpoint, "#twice", tmp_path / "log") as running:
        assert running.end(signal.SIGTERM) == (0, "")
    once = ["[connected at XX]", "[I have joined #twice]", "[disconnected at XX]"]
    assert running.lines() == once + once


def test_a_hang_up_opens_the_log_anew(server: Ngircd, tmp_path: Path) -> None:
    file, rotated = tmp_path / "log", tmp_path / "log.1"
    with bot(server.endpoint, "#new", file) as running, person(server, "ann", "#new") as ann:
        ann.send(b"PRIVMSG #new :one\r\n")
        running.until_logged("<ann> one")
        file.rename(rotated)
        ann.send(b"PRIVMSG #new :two\r\n")
        until(lambda: "<ann> two" in rotated.read_text(), rotated.read_text)
        running.process.send_signal(signal.SIGHUP)
        until(file.exists, rotated.read_text)
        ann.send(b"PRIVMSG #new :three\r\n")
        running.until_logged("<ann> three")
        assert running.lines() == ["<ann> three"]
        assert "three" not in rotated.read_text()


def test_a_log_that_cannot_be_opened_anew_goes_on_in_the_old_file(server: Ngircd, tmp_path: Path) -> None:
    file, rotated = tmp_path / "log", tmp_path / "log.1"
    with bot(server.endpoint, "#old", file) as running, person(server, "ann", "#old") as ann:
        running.until_logged("ann has joined #old")
        file.rename(rotated)
        file.mkdir()
        running.process.send_signal(signal.SIGHUP)
        ann.send(b"PRIVMSG #old :one\r\n")
        until(lambda: "<ann> one" in rotated.read_text(), rotated.read_text)
        status, errors = running.end(signal.SIGTERM)
    assert status == 0
    assert f"cannot open {file} anew: Is a directory. The log goes on in the old file." in errors


def test_a_nickname_in_use_is_altered(server: Ngircd, tmp_path: Path) -> None:
    with (
        bot(server.endpoint, "#two", tmp_path / "one", "--nick", "twin"),
        bot(server.endpoint, "#two", tmp_path / "two", "--nick", "twin"),
        person(server, "ann", "#two") as ann,
    ):
        ann.send(b"PRIVMSG twin_ :psst\r\n")
        assert ann.until(" PRIVMSG ").startswith(":twin_!")


def refused(*arguments: str) -> str:
    """The line with which the bot ends."""
    result = client("log_bot", *arguments)
    assert (result.returncode, result.stdout) == (1, b"")
    assert result.stderr.count(b"\n") == 1, result.stderr
    return result.stderr.decode()


def test_without_a_server_the_bot_says_how_to_start_one(tmp_path: Path) -> None:
    with refusing_port() as port:
        endpoint = f"tcp:127.0.0.1:{port}"
        line = refused("--connect", endpoint, "--channel", "#class", "--log", str(tmp_path / "log"))
    problem = f"cannot connect to {endpoint}: Connection refused"
    assert line == f"{problem}; is the server running? python -m servers.irc\n"


def test_a_server_that_does_not_welcome_the_bot_is_quoted(tmp_path: Path) -> None:
    with one_time_server(b"ERROR :You are not welcome \x1b[2J\r\n") as endpoint:
        line = refused("--connect", endpoint, "--channel", "#class", "--log", str(tmp_path / "log"))
    assert line == (
        f"{endpoint} does not welcome the bot: the server closed the connection (You are not welcome ␛[2J)\n"
    )


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (b"HTTP/1.1 400 Bad \x1b[2J\r\nContent-Length: 0\r\n\r\n", "'HTTP/1.1 400 Bad \\x1b[2J'"),
        (b"220 mail.example ESMTP\r\n", "'220 mail.example ESMTP'"),
        (b"Notice that two words look like a command.\r\n", "'Notice that two words look like a command.'"),
        (b"\r\nError 7\r\n", "'Error 7'"),
    ],
)
def test_a_server_of_another_protocol_is_named_once(sent: bytes, shown: str, tmp_path: Path) -> None:
    with one_time_server(sent) as endpoint:
        line = refused("--connect", endpoint, "--channel", "#class", "--log", str(tmp_path / "log"))
    assert line == f"log_bot: {endpoint} does not speak IRC: it sent {shown}. Is the port right?\n"


def test_another_protocol_in_the_place_of_the_server_is_named_and_tried_again(tmp_path: Path) -> None:
    with ngircd() as own, bot(own.endpoint, "#class", tmp_path / "log") as running:
        own.kill()
        with serving("servers.qotd", "--port", str(own.port), "--quote", "Try again"):
            fault = f"{own.endpoint}: it does not speak IRC: it sent 'Try again'; trying again in "
            until(lambda: fault in running.stderr(), running.stderr)
        status, _ = running.end(signal.SIGTERM)
    assert status == 0


def test_a_channel_that_refuses_the_bot_ends_it(server: Ngircd, tmp_path: Path) -> None:
    with person(server, "ann", "#closed") as ann:
        ann.send(b"MODE #closed +i\r\n")
        ann.until("MODE #closed +i")
        line = refused("--connect", server.endpoint, "--channel", "closed", "--log", str(tmp_path / "log"))
    assert line.startswith("log_bot: cannot join #closed: ")


def test_a_server_that_wants_a_password_is_quoted(tmp_path: Path) -> None:
    with serving("servers.irc", "--port", "0", "--password", "secret") as own:
        endpoint = own.endpoints["irc"][0]
        line = refused("--connect", endpoint, "--channel", "#class", "--log", str(tmp_path / "log"))
    assert line.startswith(f"{endpoint} does not welcome the bot: the server closed the connection (")


def test_a_name_that_the_server_refuses_ends_the_bot(server: Ngircd, tmp_path: Path) -> None:
    arguments = ["--channel", "#class", "--log", str(tmp_path / "log"), "--nick", "9lives"]
    line = refused("--connect", server.endpoint, *arguments)
    assert line.startswith("log_bot: the server refuses the name 9lives: ")
    assert line.endswith(". Choose another with --nick.\n")


def test_a_bot_that_waits_for_its_server_ends_at_once(tmp_path: Path) -> None:
    with ngircd() as own, bot(own.endpoint, "#class", tmp_path / "log") as running:
        own.kill()
        until(lambda: "cannot connect" in running.stderr(), running.stderr)
        status, errors = running.end(signal.SIGTERM)
    assert status == 0
    assert "Traceback" not in errors


def test_a_fifo_that_no_process_reads_ends_the_bot(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "log")
    line = refused("--connect", "127.0.0.1:1", "--channel", "#class", "--log", str(tmp_path / "log"))
    assert line == f"log_bot: cannot open {tmp_path / 'log'}: No such device or address\n"


def test_a_bot_that_is_removed_stays_out(server: Ngircd, tmp_path: Path) -> None:
    with person(server, "ann", "#kick") as ann, bot(server.endpoint, "#kick", tmp_path / "log") as running:
        ann.send(b"KICK #kick logbot :enough\r\n")
        status, errors = running.end()
    assert (status, errors) == (1, "log_bot: ann has removed the bot from #kick: enough\n")
    assert running.lines()[-2:] == ["[ann has removed me from #kick: enough]", "[disconnected at XX]"]


def test_a_full_disk_ends_the_bot_with_a_line(server: Ngircd) -> None:
    line = refused("--connect", server.endpoint, "--channel", "#full", "--log", "/dev/full")
    assert line == "log_bot: cannot write /dev/full: No space left on device\n"


@pytest.mark.parametrize("name", ["nowhere/log", "."])
def test_a_file_that_cannot_be_opened_ends_the_bot_before_it_connects(name: str, tmp_path: Path) -> None:
    line = refused("--connect", "127.0.0.1:1", "--channel", "#class", "--log", str(tmp_path / name))
    assert line.startswith(f"log_bot: cannot open {tmp_path / name}: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--channel", "#class"],
        ["--log", "log"],
        ["--log", "log", "--channel", "#a b"],
        ["--log", "log", "--channel", "#a,#b"],
        ["--log", "log", "--channel", ""],
        ["--log", "log", "--channel", "#class", "--nick", "log bot"],
        ["--log", "log", "--channel", "#class", "--connect", "udp:127.0.0.1:6667"],
        ["--log", "log", "--channel", "#class", "--connect", "irc.example"],
    ],
)
def test_a_wrong_flag_exits_2(arguments: list[str]) -> None:
    result = client("log_bot", *arguments)
    assert result.returncode == 2
    assert result.stderr.count(b"\n") == 1


def test_a_line_of_the_log_is_written_at_once(tmp_path: Path) -> None:
    messages = MessageLog(str(tmp_path / "log"))
    messages.write("one\ntwo")
    assert re.fullmatch(r"\[\d\d:\d\d:\d\d\] one␊two\n", (tmp_path / "log").read_text())
    messages.close()
