"""IRCClient: each line of the server calls the method that the user of the class overrides."""

import logging
import random
from collections.abc import Callable

import pytest

from core.formats.irc import IRCBadMessage
from core.formats.irc_numerics import symbolic_to_numeric
from core.protocols.irc import HEARTBEATS, NICKNAMES, IRCClient
from core.protocols.irc_events import IRCEvents
from core.testing import Clock, StringTransport

Call = tuple[object, ...]
WORDS = [
    "#a",
    "a",
    "b",
    "+",
    "-o",
    ":",
    ":a",
    ":a b",
    "\x01",
    "\x01PING\x01",
    "\x10n",
    "\r",
    "\0",
    "\xff",
    "",
]
EVENTS = [name for name in vars(IRCEvents) if not name.startswith("_")]


class Recorder(IRCClient):
    """Records the calls of the methods to override."""

    nickname = "ann"
    perform_login = False

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.bad: list[str] = []
        self.unknown: list[Call] = []
        for name in EVENTS:
            setattr(self, name, self._recorder(name))

    def _recorder(self, name: str) -> Callable[..., None]:
        return lambda *args: self.calls.append((name, *args))

    def bad_message(self, line: str, error: IRCBadMessage) -> None:
        super().bad_message(line, error)
        self.bad.append(line)

    def irc_unknown(self, prefix: str, command: str, params: list[str]) -> None:
        self.unknown.append((prefix, command, params))


def connect(client: IRCClient) -> StringTransport:
    transport = StringTransport()
    client.make_connection(transport)
    return transport


def heard(*lines: str) -> list[Call]:
    """The calls after these lines of the server."""
    client = Recorder()
    connect(client)
    for line in lines:
        client.data_received(f"{line}\r\n".encode())
    return client.calls


@pytest.mark.parametrize(
    ("line", "call"),
    [
        (":bob!b@h PRIVMSG #class :hello, all", ("privmsg", "bob!b@h", "#class", "hello, all")),
        (":bob!b@h PRIVMSG ann :psst", ("privmsg", "bob!b@h", "ann", "psst")),
        (":bob!b@h privmsg ann psst", ("privmsg", "bob!b@h", "ann", "psst")),
        (":bob!b@h PRIVMSG #class :\x01ACTION waves\x01", ("action", "bob!b@h", "#class", "waves")),
        (":bob!b@h PRIVMSG #class :\x01ACTION waves", ("action", "bob!b@h", "#class", "waves")),
        (":bob!b@h NOTICE #class :hello", ("noticed", "bob!b@h", "#class", "hello")),
        (":bob!b@h JOIN #class", ("user_joined", "bob", "#class")),
        (":ann!a@h JOIN :#class", ("joined", "#class")),
        (":bob!b@h PART #class :bye", ("user_left", "bob", "#class")),
        (":ann!a@h PART #class", ("left", "#class")),
        (":bob!b@h QUIT :bye, all", ("user_quit", "bob", "bye, all")),
        (":bob!b@h QUIT", ("user_quit", "bob", "")),
        (":bob!b@h KICK #class carl :enough", ("user_kicked", "carl", "#class", "bob", "enough")),
        (":bob!b@h KICK #class carl", ("user_kicked", "carl", "#class", "bob", "")),
        (":bob!b@h KICK #class ANN :enough", ("kicked_from", "#class", "bob", "enough")),
        (":bob!b@h NICK :rob", ("user_renamed", "bob", "rob")),
        (":ann!a@h NICK anna", ("nick_changed", "anna")),
        (":bob!b@h TOPIC #class :Reactors", ("topic_updated", "bob", "#class", "Reactors")),
        (":bob!b@h TOPIC #class :", ("topic_updated", "bob", "#class", "")),
        (":irc.example 332 ann #class :Reactors", ("topic_updated", "irc.example", "#class", "Reactors")),
        (":irc.example 331 ann #class :No topic", ("topic_updated", "irc.example", "#class", "")),
        (":irc.example 002 ann :Your host is it", ("your_host", "Your host is it")),
        (":irc.example 003 ann :Created today", ("created", "Created today")),
        (":irc.example 004 ann irc.example v1 io ntl", ("my_info", "irc.example", "v1", "io", "ntl")),
        (":irc.example 004 ann :irc.example v1 io ntl", ("my_info", "irc.example", "v1", "io", "ntl")),
        (":irc.example 004 ann irc.example", ("my_info", "irc.example", "", "", "")),
        (":irc.example 010 ann :Use another", ("bounce", "Use another")),
        (":irc.example 251 ann :There are 3 users", ("luser_client", "There are 3 users")),
        (":irc.example 252 ann 34 :operators", ("luser_op", 34)),
        (":irc.example 254 ann 7 :channels", ("luser_channels", 7)),
        (":irc.example 255 ann :I have 3 clients", ("luser_me", "I have 3 clients")),
        (":irc.example 005 ann NICKLEN=16 -MODES :are supported", ("isupport", ["NICKLEN=16", "-MODES"])),
        (":irc.example 001 ann :Welcome", ("signed_on",)),
        ("@time=12:00 :bob!b@h PRIVMSG #class :hello", ("privmsg", "bob!b@h", "#class", "hello")),
        (":bob!b@h PRIVMSG #class :Grüße 🦊", ("privmsg", "bob!b@h", "#class", "Grüße 🦊")),
    ],
)
def test_a_line_of_the_server_calls_its_method(line: str, call: Call) -> None:
    assert heard(line) == [call]


@pytest.mark.parametrize(
    "line",
    [
        *(
            "",
            ":irc.example 252 ann many :operators",
            ":bob!b@h PRIVMSG #class :",
            ":bob!b@h NOTICE #class :",
        ),
        *("PING x", ":bob!b@h NOTICE ann :\x01VERSION mine\x01", "NOSUCH", ":irc.example 999 ann"),
    ],
)
def test_a_line_that_says_nothing_calls_nothing(line: str) -> None:
    assert heard(line) == []


def test_the_bytes_may_come_one_at_a_time() -> None:
    client = Recorder()
    connect(client)
    for byte in ":bob!b@h PRIVMSG #class :Grüße\r\n:bob!b@h QUIT\n".encode():
        client.data_received(bytes([byte]))
    assert client.calls == [("privmsg", "bob!b@h", "#class", "Grüße"), ("user_quit", "bob", "")]


def test_the_message_of_the_day_comes_as_a_list() -> None:
    lines = [":irc 375 ann :- irc says -", ":irc 372 ann :- Hello", ":irc 372 ann :-", ":irc 376 ann :End"]
    assert heard(*lines) == [("received_motd", ["irc says -", "Hello", "-"])]
    assert heard(*lines[1:2], *lines[3:]) == [("received_motd", ["Hello"])]
    assert heard(*lines[3:]) == [("received_motd", [])]
    assert heard(*lines[:3]) == []
    assert heard(*lines[:2], *lines) == heard(*lines)  # the first one was not complete


def test_modes_come_with_their_parameters() -> None:
    mode = ("mode_changed", "bob!b@h", "#class")
    assert heard(":bob!b@h MODE #class s") == [(*mode, True, "s", (None,))]
    assert heard(":bob!b@h MODE #class +osv carl dora") == [(*mode, True, "osv", ("carl", None, "dora"))]
    assert heard(":bob!b@h MODE #class +v-os carl dora") == [
        (*mode, True, "v", ("carl",)),
        (*mode, False, "os", ("dora", None)),
    ]
    assert heard(":ann MODE ann +o") == [("mode_changed", "ann", "ann", True, "o", (None,))]


def test_the_server_says_which_modes_take_a_parameter() -> None:
    client = Recorder()
    connect(client)
    add, remove = map(sorted, client.get_channel_mode_params())
    assert (add, remove) == (["b", "h", "k", "l", "o", "v"], ["b", "h", "o", "v"])
    client.data_received(b":irc 005 ann PREFIX=(qo)~@ CHANMODES=be,k,l,mnt :are supported\r\n")
    add, remove = map(sorted, client.get_channel_mode_params())
    assert (add, remove) == (["b", "e", "k", "l", "o", "q"], ["b", "e", "k", "o", "q"])
    assert client.get_user_mode_params() == ["", ""]


@pytest.mark.parametrize("modes", ["+s wrong", "+o", "+", "+-o ann"])
def test_modes_that_make_no_sense_are_logged(modes: str, caplog: pytest.LogCaptureFixture) -> None:
    assert heard(f":bob!b@h MODE #class {modes}") == []
    assert [record.levelname for record in caplog.records] == ["ERROR"]


@pytest.mark.parametrize(
    "line",
    [":bob!b@h", ":bob!b@h JOIN", ":bob!b@h KICK #class", ":irc 332 ann #class", "::", "RPL_WELCOME ann"],
)
def test_a_line_that_lacks_something_is_a_bad_message(line: str, caplog: pytest.LogCaptureFixture) -> None:
    client = Recorder()
    connect(client)
    client.data_received(f"{line}\r\n".encode())
    assert (client.bad, client.calls) == ([line], [])
    assert "bad message" in caplog.text


def test_a_command_without_a_method_is_unknown() -> None:
    client = Recorder()
    connect(client)
    client.data_received(b":irc 999 ann :what\r\n:irc 433x ann\r\n:irc 303 ann :bob\r\n")
    client.data_received(b":irc unknown a\r\n")
    assert client.unknown == [
        ("irc", "999", ["ann", "what"]),
        ("irc", "433X", ["ann"]),
        ("irc", "RPL_ISON", ["ann", "bob"]),
        ("irc", "UNKNOWN", ["a"]),
    ]
    assert client.calls == []


def test_an_error_in_a_method_is_logged_and_the_client_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(IRCClient):
        perform_login = False

        def privmsg(self, user: str, channel: str, message: str) -> None:
            self.say(channel, message)
            raise LookupError("oh")

    client = Broken()
    transport = connect(client)
    client.data_received(b":bob!b@h PRIVMSG #class :one\r\n:bob!b@h PRIVMSG #class :two\r\n")
    assert transport.lines() == ["PRIVMSG #class :one", "PRIVMSG #class :two"]
    assert not transport.disconnecting
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    assert caplog.records[0].exc_info is not None


def test_a_ping_of_the_server_is_answered() -> None:
    client = Recorder()
    transport = connect(client)
    client.data_received(b"PING :irc.example\r\nPING a b\r\nPING :a b\r\nping ::x\r\nPING\r\n")
    assert transport.lines() == ["PONG irc.example", "PONG b", "PONG :a b", "PONG ::x"]


def test_a_client_registers_when_it_is_connected() -> None:
    client = IRCClient()
    client.nickname, client.password, client.realname = "ann", "secret", "Ann A"
    assert connect(client).lines() == ["PASS secret", "NICK ann", "USER ann foo bar :Ann A"]
    assert client.nickname == "ann"


def test_the_nickname_is_ours_only_when_the_server_says_so() -> None:
    client = IRCClient()
    client.nickname = "ann"
    transport = connect(client)
    client.data_received(b":irc.example 433 * ann :in use\r\n:irc.example 433 * ann_ :in use\r\n")
    assert transport.lines()[2:] == ["NICK ann_", "NICK ann__"]
    assert client.nickname == "ann"
    client.data_received(b":irc.example 001 ann__ :Welcome\r\n")
    assert (client.nickname, client.hostname) == ("ann__", "irc.example")
    client.set_nick("bob")
    assert client.nickname == "ann__"
    client.data_received(b":ANN__!a@h NICK :bob\r\n")
    assert client.nickname == "bob"


def test_a_server_may_shorten_the_nickname() -> None:
    client = IRCClient()
    client.nickname = "annabelle"
    connect(client)
    client.data_received(b":irc.example 001 annab :Welcome\r\n")
    assert client.nickname == "annab"


def test_a_malformed_nickname_is_replaced_only_while_registering() -> None:
    client = IRCClient()
    client.nickname = "9lives"
    transport = connect(client)
    transport.take()
    client.data_received(b":irc.example 432 * 9lives :malformed\r\n")
    assert transport.lines() == ["NICK defaultnick"]
    client.data_received(b":irc.example 001 defaultnick :Welcome\r\n")
    client.set_nick("8lives")
    transport.take()
    client.data_received(b":irc.example 432 defaultnick 8lives :malformed\r\n")
    assert (transport.lines(), client.nickname) == ([], "defaultnick")


def test_a_client_gives_up_when_every_nickname_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    client = IRCClient()
    transport = connect(client)
    for _ in range(NICKNAMES + 1):
        assert not transport.disconnecting
        client.data_received(b":irc.example 433 * x :in use\r\n")
    assert transport.disconnecting
    assert "refuses the nickname irc____" in caplog.text


def test_a_client_gives_up_when_the_fallback_is_malformed_too(caplog: pytest.LogCaptureFixture) -> None:
    client = IRCClient()
    transport = connect(client)
    for _ in range(2):
        assert not transport.disconnecting
        client.data_received(b":irc.example 432 * x :malformed\r\n")
    assert transport.disconnecting
    assert "refuses the nickname defaultnick" in caplog.text


def test_a_refused_password_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    heard(":irc.example 464 ann :Password incorrect")
    assert "password" in caplog.text


def test_a_heartbeat_begins_with_the_welcome_and_ends_with_the_connection() -> None:
    client = Recorder()
    client.clock = clock = Clock()
    transport = connect(client)
    assert clock.pending() == 0
    client.data_received(b":irc.example 001 ann :Welcome\r\n")
    clock.advance(120)
    assert transport.lines() == ["PING irc.example"]
    client.connection_lost(ConnectionResetError())
    assert clock.pending() == 0


def test_a_client_without_a_clock_or_an_interval_has_no_heartbeat() -> None:
    client = Recorder()
    client.clock = clock = Clock()
    client.heartbeat_interval = None
    connect(client)
    client.data_received(b":irc.example 001 ann :Welcome\r\n")
    assert clock.pending() == 0
    client.connection_lost(ConnectionResetError())
    assert heard(":irc.example 001 ann :Welcome") == [("signed_on",)]


def test_a_server_that_does_not_answer_is_left() -> None:
    client = Recorder()
    client.clock = clock = Clock()
    transport = connect(client)
    client.data_received(b":irc.example 001 ann :Welcome\r\n")
    for _ in range(5):
        clock.advance(120)
        client.data_received(b":irc.example PONG irc.example\r\n")
    clock.advance(120 * HEARTBEATS)
    assert not transport.aborted
    clock.advance(120)
    assert transport.aborted


def test_a_misspelt_method_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    class Misspelt(IRCClient):
        def userJoined(self, user: str, channel: str) -> None: ...

        def notice(self, user: str, message: str, length: int | None = None) -> None: ...

    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == [
        "this method is never called. Rename it to user_joined."
    ]


def test_ten_thousand_random_lines_end_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    generator = random.Random(2812)
    client = Recorder()
    client.nickname = "a"
    transport = connect(client)
    names = [name[4:] for name in dir(IRCClient) if name.startswith("irc_")]
    commands = [*(symbolic_to_numeric.get(name, name) for name in names), "001", "353", "x"]
    for _ in range(10_000):
        start = generator.choice(["", ":a!b@c ", ":b ", ":", "@a=b "])
        words = generator.choices(WORDS, k=generator.randrange(5))
        line = f"{start}{generator.choice(commands)} {' '.join(words)}\r\n"
        client.data_received(line.encode("latin-1"))
        client._refused = 0
    assert len(client.calls) > 2000
    assert not any(record.exc_info for record in caplog.records)
    assert all(len(line) <= 512 for line in transport.take().splitlines())
