"""CTCP: queries inside messages are answered, at a limited rate."""

import re

import pytest

from core.protocols.irc import IRCClient
from core.protocols.irc_ctcp import REPLIES, REPLIES_PERIOD
from core.testing import Clock, StringTransport


class Client(IRCClient):
    nickname = "ann"
    perform_login = False
    version_num = "1.2"

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.clock = Clock()
        self.userinfo = "a person"
        self.finger_reply = "idle"
        self.source_url = "https://school.example/"

    def privmsg(self, user: str, channel: str, message: str) -> None:
        self.heard.append(("privmsg", message))

    def noticed(self, user: str, channel: str, message: str) -> None:
        self.heard.append(("noticed", message))

    def action(self, user: str, channel: str, data: str) -> None:
        self.heard.append(("action", data))


def connected() -> tuple[Client, StringTransport]:
    client, transport = Client(), StringTransport()
    client.make_connection(transport)
    return client, transport


def ask(client: IRCClient, text: str, command: str = "PRIVMSG") -> None:
    client.data_received(f":bob!b@h {command} #class :{text}\r\n".encode())


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("PING 123 456", "PING 123 456"),
        ("PING", "PING"),
        ("VERSION", "VERSION reactor-school:1.2:"),
        ("FINGER", "FINGER idle"),
        ("USERINFO", "USERINFO a person"),
        ("SOURCE", "SOURCE https://school.example/\x01\x01SOURCE"),
        ("CLIENTINFO", "CLIENTINFO ACTION CLIENTINFO FINGER PING SOURCE TIME USERINFO VERSION"),
        ("CLIENTINFO NOSUCH", "ERRMSG CLIENTINFO NOSUCH :Unknown query 'NOSUCH'"),
        ("CLIENTINFO PING", "CLIENTINFO"),
    ],
)
def test_a_query_to_a_channel_is_answered_to_the_nick_alone(query: str, answer: str) -> None:
    client, transport = connected()
    ask(client, f"\x01{query}\x01")
    assert transport.take() == f"NOTICE bob :\x01{answer}\x01\r\n".encode()
    assert client.heard == []


def test_the_time_is_told() -> None:
    client, transport = connected()
    ask(client, "\x01TIME\x01")
    assert re.fullmatch(rb"NOTICE bob :\x01TIME :\w+ \w+ +\d+ [\d:]+ \d{4}\x01\r\n", transport.take())


def test_an_answer_that_is_not_set_is_not_given() -> None:
    client, transport = connected()
    client.userinfo = client.finger_reply = client.source_url = client.version_name = None
    for tag in ("USERINFO", "FINGER", "SOURCE", "VERSION"):
        ask(client, f"\x01{tag}\x01")
    assert transport.lines() == []


def test_the_answer_to_finger_may_be_a_function() -> None:
    client, transport = connected()
    client.finger_reply = lambda: "for 3 s"
    ask(client, "\x01FINGER\x01")
    assert transport.lines() == ["NOTICE bob :\x01FINGER for 3 s\x01"]


def test_what_is_left_of_a_message_is_said() -> None:
    client, _ = connected()
    ask(client, "\x01ACTION waves\x01hello\x01ACTION smiles\x01world")
    assert client.heard == [("action", "waves"), ("privmsg", "hello world")]


def test_a_tag_is_dispatched_once_for_each_message() -> None:
    client, transport = connected()
    ask(client, "\x01PING 1\x01\x01PING 2\x01\x01VERSION\x01")
    assert transport.lines() == [
        "NOTICE bob :\x01PING 1\x01",
        "NOTICE bob :\x01VERSION reactor-school:1.2:\x01",
    ]


def test_ctcp_in_a_notice_is_no_notice_and_is_not_answered() -> None:
    client, transport = connected()
    ask(client, "\x01PING 1\x01\x01VERSION x\x01", "NOTICE")
    ask(client, "\x01a\x01one\x01b\x01two", "NOTICE")
    assert client.heard == [("noticed", "one two")]
    assert transport.lines() == []


def test_an_unknown_query_goes_to_a_method_and_is_not_answered() -> None:
    client, transport = connected()
    unknown: list[tuple[str, str, str, str | None]] = []
    client.ctcp_unknown_query = lambda *query: unknown.append(query)  # type: ignore[method-assign]
    ask(client, "\x01NOSUCH thing\x01")
    assert unknown == [("bob!b@h", "#class", "NOSUCH", "thing")]
    assert transport.lines() == []


def test_queries_are_answered_at_a_limited_rate() -> None:
    client, transport = connected()
    for number in range(3 * REPLIES):
        ask(client, f"\x01PING {number}\x01")
    assert transport.lines() == [f"NOTICE bob :\x01PING {number}\x01" for number in range(REPLIES)]
    assert isinstance(client.clock, Clock)
    client.clock.advance(REPLIES_PERIOD - 1)
    ask(client, "\x01PING early\x01")
    assert transport.lines() == []
    client.clock.advance(1)
    ask(client, "\x01PING again\x01")
    assert transport.lines() == ["NOTICE bob :\x01PING again\x01"]


def test_actions_have_no_rate() -> None:
    client, _ = connected()
    for _ in range(3 * REPLIES):
        ask(client, "\x01ACTION waves\x01")
    assert client.heard == [("action", "waves")] * 3 * REPLIES


def test_an_answer_that_is_too_long_is_one_line_all_the_same() -> None:
    client, transport = connected()
    client.ctcp_query_PING("bob!b@h", "ann", "\x10" * 300 + "é" * 300)
    line = transport.take()
    assert len(line) <= 512
    assert line.startswith(b"NOTICE bob :\x01PING \x10\x10")
    assert line.endswith(b"\x01\r\n")
