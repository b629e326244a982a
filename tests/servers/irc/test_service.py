"""`python -m servers.irc`, and IRC in the suite: the flags, one conversation, the stop."""

import json
from argparse import ArgumentTypeError
from contextlib import ExitStack
from pathlib import Path

import pytest

from servers.irc.channels import MAX_NAME
from servers.irc.service import channels
from tests.running import Client, Server, many_descriptors, run, serving


def register(server: Server, nick: str, *lines: str) -> Client:
    """A client that has registered, and has read the welcome."""
    client = server.connect("irc")
    client.send(
        "".join([f"{line}\r\n" for line in (*lines, f"NICK {nick}", f"USER {nick} 0 * :{nick}")]).encode()
    )
    client.until(" 266 ")
    return client


def test_it_says_where_it_listens_and_an_empty_server_has_no_channel() -> None:
    with serving("servers.irc", "--port", "0") as server:
        assert server.lines[0] == f"irc listening on tcp:127.0.0.1:{server.port()}"
        with register(server, "ann") as ann:
            ann.send(b"LIST\r\n")
            ann.until(" 321 ")
            assert ann.line() == ":irc.reactor-school 323 ann :End of LIST"
        assert server.stop() == 0
        assert server.lines[-1] == "irc stopped"


def test_the_flags_for_the_password_the_message_of_the_day_and_the_channels(tmp_path: Path) -> None:
    motd = tmp_path / "motd"
    motd.write_text("Welcome to\0 class 4b.\n\n")
    flags = ("--password", "sesame", "--motd", str(motd), "--channels", "class,#lab", "--flood", "5,1")
    with serving("servers.irc", "--port", "0", *flags) as server:
        with register(server, "ann", "PASS sesame") as ann:
            assert ann.until(" 372 ") == ":irc.reactor-school 372 ann :- Welcome to␀ class 4b."
            ann.send(b"JOIN #class\r\n")
            ann.until(" JOIN #class")
            ann.send(b"JOIN #other\r\n")
            assert ann.until(" 403 ").endswith("There are only #class, #lab here")
        with server.connect() as eve:
            eve.send(b"NICK eve\r\nUSER eve 0 * :eve\r\n")
            assert b"ERROR :Closing connection: Bad password\r\n" in eve.rest()


def test_the_name_of_a_channel_may_be_as_long_as_the_limit() -> None:
    longest = "#" + "X" * (MAX_NAME - 1)
    assert channels(f"{longest},class") == {longest.lower(), "#class"}
    with pytest.raises(ArgumentTypeError):
        channels(f"{longest}X")


@pytest.mark.parametrize(
    ("flag", "value", "what"),
    [
        ("--channels", "#a b", "is no list of channels"),
        ("--channels", ",", "is no list of channels"),
        ("--password", "", "a password has only visible characters"),
        ("--password", "\x1b", "a password has only visible characters"),
        ("--motd", "/nowhere/motd", "cannot read /nowhere/motd"),
        ("--flood", "much", "neither `off` nor BURST,RATE"),
    ],
)
def test_a_wrong_flag_exits_2_with_one_line(flag: str, value: str, what: str) -> None:
    result = run("servers.irc", "--port", "0", flag, value)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert what in result.stderr


def test_in_the_suite_the_channel_is_the_room_of_the_chat() -> None:
    with serving("servers", "chat", "irc", "--port", "0", "--flood", "50,10") as server:
        with (
            server.connect("chat") as zoe,
            register(server, "bob", "CAP REQ :echo-message", "CAP END") as bob,
        ):
            zoe.send("zoë\n".encode())
            zoe.until("You're the only one here")
            bob.send(b"JOIN #chat\r\n")
            assert bob.until(" 353 ").endswith("= #chat :zoë bob")
            assert zoe.line() == "bob has joined the channel."
            zoe.send("/me grüßt\n".encode())
            assert (
                bob.until(" PRIVMSG ") == ":zoë!chat@irc.reactor-school PRIVMSG #chat :\x01ACTION grüßt\x01"
            )
            bob.send(b"PRIVMSG #chat :hello\r\n")
            assert zoe.line().endswith("<bob> hello")
            zoe.send(b"/nick zoe\n/msg bob psst\n")
            assert bob.until(" NICK ") == ":zoë!chat@irc.reactor-school NICK zoe"
            assert bob.until(" PRIVMSG bob ") == ":zoe!chat@irc.reactor-school PRIVMSG bob :psst"
            zoe.send(b"/quit\n")
            assert bob.until(" PART ") == ":zoe!chat@irc.reactor-school PART #chat"
        assert server.stop() == 0


def test_at_a_stop_each_session_gets_an_error_and_the_end() -> None:
    with serving("servers.irc", "--port", "0") as server, register(server, "ann") as ann:
        with server.connect() as visitor:
            visitor.send(b"CAP LS\r\n")
            visitor.until(" LS ")
            assert server.stop() == 0
            assert visitor.rest() == b"ERROR :Closing connection: the server is stopping\r\n"
        assert ann.until("ERROR") == "ERROR :Closing connection: the server is stopping"


def test_the_monitor_shows_the_state_the_user_and_the_channels() -> None:
    with serving("servers.irc", "--port", "0") as server, register(server, "ann") as ann, server.connect():
        ann.send(b"JOIN #class,#chat\r\n")
        ann.until(" 366 ann #chat ")
        found = json.loads(run("clients.monitor", "--once", "--json").stdout)
        rows = [
            (row["service"], row["state"], row["user"], row["detail"])
            for row in found["sessions"]
            if row["server"] == f"irc-{server.process.pid}"
        ]
    assert rows == [("irc", "CHAT", "ann!ann", "#class #chat"), ("irc", "REGISTER", "", "")]


def test_a_thousand_clients_connect_at_once_and_each_is_welcome() -> None:
    with many_descriptors(1200), serving("servers.irc", "--port", "0") as server, ExitStack() as stack:
        clients = [stack.enter_context(server.connect()) for _ in range(1000)]
        for number, client in enumerate(clients):
            client.send(f"NICK u{number}\r\nUSER u 0 * :U\r\nJOIN #c{number % 20}\r\n".encode())
        for client in clients:
            client.until(" 366 ")
        clients[999].send(b"LIST\r\n")
        assert clients[999].until(" #c7 ").split()[3:5] == ["#c7", "50"]
        assert server.stop() == 0
