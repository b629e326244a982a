"""The lines that an IRC client sends, and at which rate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formats.irc import Message
from core.protocols.irc import IRCClient
from core.protocols.irc_commands import MAX_PINGS
from core.testing import Clock, StringTransport


class Client(IRCClient):
    nickname = "ann"
    perform_login = False


def connected() -> tuple[Client, StringTransport]:
    client, transport = Client(), StringTransport()
    client.make_connection(transport)
    return client, transport


def test_each_command_has_its_form() -> None:
    client, transport = connected()
    client.set_nick("anna")
    client.join("class")
    client.join("&local", "key")
    client.leave("#class")
    client.leave("class", "so long")
    client.part("!12345class")
    client.kick("class", "bob")
    client.kick("+class", "bob", "enough of it")
    client.invite("bob", "class")
    client.topic("class")
    client.topic("class", "On reactors")
    client.topic("class", "")
    client.away("Back at ten")
    client.away()
    client.back()
    client.whois("bob")
    client.whois("bob", "irc.example")
    client.quit()
    client.quit("Good night")
    assert transport.lines() == [
        *("NICK anna", "JOIN #class", "JOIN &local key", "PART #class", "PART #class :so long"),
        *("PART !12345class", "KICK #class bob", "KICK +class bob :enough of it", "INVITE bob #class"),
        *("TOPIC #class", "TOPIC #class :On reactors", "TOPIC #class :"),
        *("AWAY :Back at ten", "AWAY :", "AWAY :", "WHOIS bob", "WHOIS irc.example bob"),
        *("QUIT :", "QUIT :Good night"),
    ]


def test_a_mode_has_one_parameter_at_most() -> None:
    client, transport = connected()
    client.mode("#class", True, "m")
    client.mode("class", False, "l")
    client.mode("#class", True, "l", limit=20)
    client.mode("#class", True, "o", user="bob")
    client.mode("#class", True, "b", mask="*!*@h")
    client.mode("ANN", True, "i")
    assert transport.lines() == [
        *("MODE #class +m", "MODE #class -l", "MODE #class +l 20", "MODE #class +o bob"),
        *("MODE #class +b *!*@h", "MODE ANN +i"),
    ]


def test_registering_sends_the_password_first() -> None:
    client, transport = connected()
    client.register("ann", "host", "server")
    assert transport.lines() == ["NICK ann", "USER ann host server :ann"]
    client.username, client.realname, client.password = "a", "Ann A", "secret"
    client.register("ann")
    assert transport.lines() == ["PASS secret", "NICK ann", "USER a foo bar :Ann A"]


def test_each_line_of_a_message_is_a_command() -> None:
    client, transport = connected()
    client.msg("bob", "one\n\ntwo\r\n")
    client.notice("bob", "\nthree")
    client.say("class", "four")
    client.msg("bob", "")
    client.notice("bob", "\n \n")
    assert transport.lines() == [
        *("PRIVMSG bob :one", "PRIVMSG bob :two", "NOTICE bob :three", "PRIVMSG #class :four")
    ]


def test_the_length_of_a_message_counts_the_whole_command() -> None:
    client, transport = connected()
    for length in (19, 24, 23):
        client.msg("bob", "one two", length)
    assert transport.lines() == [
        *("PRIVMSG bob :one", "PRIVMSG bob :two"),
        *("PRIVMSG bob :one two", "PRIVMSG bob :one two"),
    ]
    client.say("class", "Grüße", len("PRIVMSG #class :\r\n") + 4)
    assert transport.lines() == ["PRIVMSG #class :Grü", "PRIVMSG #class :ße"]


@pytest.mark.parametrize("length", [0, -1, 14])
def test_a_length_into_which_nothing_fits_is_refused(length: int) -> None:
    client, transport = connected()
    with pytest.raises(ValueError, match="no text fits"):
        client.msg("bob", "hello", length)
    with pytest.raises(ValueError, match="no text fits"):
        client.notice("bob", "hello", length)
    assert transport.lines() == []


@given(
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.text("a\\\x10\x01é語🦊\n ", min_size=150)
    | st.text("a\\\x10é🦊", min_size=300)
)
def test_a_long_message_fits_behind_the_longest_prefix(message: str) -> None:
    client, transport = connected()
    prefix = f":{client.nickname}!~{'u' * 19}@{'h' * 63} ".encode()
    client.say("class", message)
    client.describe("#class", message)
    client.notice("bob", message)
    lines = transport.take().splitlines(keepends=True)
    assert all(line.endswith(b"\r\n") and len(prefix + line) <= 512 for line in lines)
    texts = [Message.parse(line.decode().removesuffix("\r\n")).params[1] for line in lines]
    assert all(texts)


@pytest.mark.parametrize(("allowed", "counted"), [(59, 59), (100, 100), (101, 100), (9999, 100)])
def test_a_server_that_allows_longer_nicknames_leaves_less_room(allowed: int, counted: int) -> None:
    client, transport = connected()
    client.say("class", "x" * 900)
    first = len(transport.take().splitlines()[0])
    client.data_received(b":irc 005 ann NICKLEN=%d :are supported\r\n" % allowed)
    client.say("class", "x" * 900)
    assert len(transport.take().splitlines()[0]) == first - (counted - 9)


def test_an_action_is_a_query_that_names_no_channel_for_a_user() -> None:
    client, transport = connected()
    client.describe("bob", "waves")
    client.describe("#class", "waves\nsmiles")
    assert transport.lines() == [
        "PRIVMSG bob :\x01ACTION waves\x01",
        *("PRIVMSG #class :\x01ACTION waves\x01", "PRIVMSG #class :\x01ACTION smiles\x01"),
    ]


def test_no_text_can_start_a_line_of_its_own() -> None:
    client, transport = connected()
    client.topic("class", "one\r\nQUIT\0")
    client.join("#class\r\nQUIT")
    assert transport.take() == b"TOPIC #class :one\x10r\x10nQUIT\x100\r\nJOIN #class\x10r\x10nQUIT\r\n"


def test_a_line_may_be_text_or_bytes_and_is_cut_when_it_is_too_long() -> None:
    client, transport = connected()
    client.send_line("WHO *")
    client.send_line(b"WHO \xff")
    client.send_line("TOPIC #class :" + "é" * 300)
    assert transport.take().splitlines() == [b"WHO *", b"WHO \xff", b"TOPIC #class :" + "é".encode() * 248]


def test_a_ping_is_a_query_and_the_answer_has_its_time() -> None:
    times: list[tuple[str, float]] = []

    class Pinging(Client):
        def pong(self, user: str, secs: float) -> None:
            times.append((user, secs))

    client, transport = Pinging(), StringTransport()
    client.clock = clock = Clock()
    client.make_connection(transport)
    client.ping("bob", "are you there")
    assert transport.take() == b"PRIVMSG bob :\x01PING are you there\x01\r\n"
    clock.advance(1.5)
    answer = b":bob!b@h NOTICE ann :\x01PING are you there\x01\r\n"
    client.data_received(answer + answer + b":carl!c@h NOTICE ann :\x01PING are you there\x01\r\n")
    assert times == [("bob!b@h", 1.5)]
    client.ping("bob")
    assert transport.take().startswith(b"PRIVMSG bob :\x01PING ")


def test_only_the_latest_pings_wait_for_an_answer() -> None:
    client, _ = connected()
    client.clock = clock = Clock()
    for number in range(MAX_PINGS + 3):
        client.ping("bob", str(number))
        clock.advance(1)
    assert list(client._pings or ()) == [("bob", str(number)) for number in range(3, MAX_PINGS + 3)]


def test_a_line_rate_keeps_lines_apart() -> None:
    client, transport = connected()
    client.clock, client.line_rate = clock, _ = Clock(), 2.0
    for word in ("one", "two", "three"):
        client.say("class", word)
    assert transport.lines() == ["PRIVMSG #class :one"]
    clock.advance(1.9)
    assert transport.lines() == []
    clock.advance(0.1)
    assert transport.lines() == ["PRIVMSG #class :two"]
    clock.advance(20)
    assert transport.lines() == ["PRIVMSG #class :three"]
    client.say("class", "four")
    assert transport.lines() == ["PRIVMSG #class :four"]
    client.say("class", "five")
    assert transport.lines() == []


def test_the_answer_to_a_ping_waits_for_no_other_line() -> None:
    client, transport = connected()
    client.clock, client.line_rate = clock, _ = Clock(), 1.0
    for word in ("one", "two", "three"):
        client.say("class", word)
    client.data_received(b"PING x\r\n")
    clock.advance(1)
    assert transport.lines() == ["PRIVMSG #class :one", "PONG x"]


def test_the_end_of_the_connection_ends_the_lines_that_wait() -> None:
    client, transport = connected()
    client.clock, client.line_rate = clock, _ = Clock(), 1.0
    client.say("class", "one\ntwo")
    client.connection_lost(ConnectionResetError())
    assert clock.pending() == 0
    assert transport.lines() == ["PRIVMSG #class :one"]


def test_a_line_rate_without_a_clock_is_an_error_that_names_the_remedy() -> None:
    client, _ = connected()
    client.line_rate = 1.0
    with pytest.raises(RuntimeError, match="set `clock`"):
        client.say("class", "one")
