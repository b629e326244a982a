"""A session of the IRC server, without sockets: lines in, lines out, and a clock that the test advances."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConnectionDone, ConnectionLost
from core.interfaces import IPv6Address, UnixAddress
from core.protocols.sessions import SessionRegistry, Tap
from core.testing import StringTransport
from servers.chat.protocol import MAX_WAITING
from servers.chat.token_bucket import Rate
from servers.irc.commands import COMMANDS
from servers.irc.protocol import LONGEST_LINE
from servers.irc.server import DEFAULT_RATE, Settings
from tests.servers.irc.network import Network

SERVER = ":irc.reactor-school"


# --- the clock


def test_a_session_that_has_not_registered_is_closed_after_sixty_seconds() -> None:
    network = Network()
    ann, slow = network.person("ann"), network.visitor()
    slow.says("NICK slow")
    network.clock.advance(59.9)
    assert slow.hears() == []
    network.clock.advance(0.1)
    assert slow.hears() == ["ERROR :Closing connection: no NICK and USER within 60 seconds"]
    assert slow.transport.disconnecting
    assert not ann.transport.disconnecting


def test_a_name_that_was_never_registered_is_free_again_after_the_deadline() -> None:
    network = Network()
    network.visitor().says("NICK ann")
    assert network.visitor().says("NICK ann").numbers() == ["433"]
    network.clock.advance(60)
    assert network.visitor().says("NICK ann").hears() == []


def test_a_silent_client_gets_a_ping_and_is_closed_if_it_does_not_answer() -> None:
    network = Network()
    ann, bob = network.people("ann", "bob")
    network.clock.advance(119.9)
    assert (ann.hears(), bob.hears()) == ([], [])
    network.clock.advance(0.1)
    assert ann.hears() == bob.hears() == ["PING :irc.reactor-school"]
    bob.says("PONG irc.reactor-school")
    network.clock.advance(60)
    assert ann.hears() == ["ERROR :Closing connection: no answer to PING within 60 seconds"]
    assert bob.hears() == [":ann!ann@127.0.0.1 QUIT :no answer to PING within 60 seconds"]
    network.clock.advance(60)
    assert bob.hears() == ["PING :irc.reactor-school"]


def test_a_client_that_speaks_gets_no_ping() -> None:
    network = Network()
    ann = network.person("ann")
    for _ in range(10):
        network.clock.advance(100)
        assert ann.says("PING x").hears() == [f"{SERVER} PONG irc.reactor-school :x"]


def test_a_session_that_ends_leaves_no_timer_and_no_object_behind() -> None:
    network = Network()
    for person in (*network.people("ann", "bob"), network.visitor().says("NICK carl")):
        person.leaves()
    server = network.server
    assert (network.clock.pending(), len(server.sessions), len(server.users)) == (0, 0, 0)
    assert (len(server.registered), list(server.channels), network.room.find("ann")) == (0, [], None)


# --- flood control and back-pressure


def test_the_default_rate_lets_through_what_a_client_sends_when_it_connects() -> None:
    network = Network(Settings())
    weechat = network.visitor()
    weechat.says("CAP LS 302", "NICK ann", "USER ann 0 * :Ann", "CAP REQ :server-time", "CAP END")
    for number in range(8):
        weechat.says(f"JOIN #c{number}", f"MODE #c{number}", f"WHO #c{number}", f"NAMES #c{number}")
    assert not weechat.transport.paused
    assert weechat.numbers().count("324") == 8


def test_a_client_that_floods_is_read_more_slowly_and_nothing_is_lost() -> None:
    network = Network(Settings(rate=Rate(5, 2)))
    ann = network.person("ann")
    ann.says("".join([f"PING {number}\r\n" for number in range(10)]))
    assert ann.transport.paused
    heard = ann.hears()
    network.clock.advance(10)
    heard += ann.hears()
    assert heard == [f"{SERVER} PONG irc.reactor-school :{number}" for number in range(10)]
    assert not ann.transport.paused


def test_lines_that_flood_control_holds_back_are_handled_when_the_connection_is_lost() -> None:
    network = Network(Settings(rate=Rate(6, 1)))
    bob = network.person("bob", "#class")
    ann = network.person("ann", "#class")
    bob.hears()
    ann.protocol.data_received(b"".join([b"PRIVMSG #class :%d\r\n" % number for number in range(8)]))
    ann.leaves(ConnectionLost())
    said = [line.rpartition(":")[2] for line in bob.hears()]
    assert said == [*map(str, range(8)), "Connection lost"]


def test_a_client_that_does_not_read_is_dropped_and_the_others_are_told_why() -> None:
    network = Network()
    ann, bob = network.people("ann", "bob")
    bob.transport.waiting = MAX_WAITING + 1
    ann.says("PRIVMSG #class :hello", "PRIVMSG #class :are you there?")
    assert bob.transport.aborted
    bob.leaves(ConnectionLost())
    assert ann.hears() == [":bob!bob@127.0.0.1 QUIT :does not read"]


# --- lines


def test_the_answers_are_the_same_if_the_bytes_come_one_at_a_time() -> None:
    network = Network()
    ann = network.visitor()
    for byte in b"NICK ann\r\nUSER ann 0 * :Ann\nJOIN #class\r\nPING caf\xc3\xa9\r\n":
        ann.protocol.data_received(bytes([byte]))
    assert ann.hears()[-4:] == [
        ":ann!ann@127.0.0.1 JOIN #class",
        f"{SERVER} 353 ann = #class :@ann",
        f"{SERVER} 366 ann #class :End of NAMES list",
        f"{SERVER} PONG irc.reactor-school :café",
    ]


def test_a_line_of_510_bytes_is_accepted_and_a_longer_one_is_refused() -> None:
    network = Network()
    ann = network.person("ann")
    longest = "PRIVMSG ann :" + "x" * (LONGEST_LINE - 13)
    assert ann.says(longest).numbers() == ["PRIVMSG", "PRIVMSG"]  # with the prefix it needs two lines
    assert ann.says(longest + "x").numbers() == ["417"]
    assert ann.says(f"@+a={'t' * 4000} PING x").numbers() == ["PONG"]
    assert ann.says("PING x").numbers() == ["PONG"]


def test_a_line_without_an_end_closes_the_connection_when_it_is_too_long() -> None:
    ann = Network().person("ann")
    ann.protocol.data_received(b"x" * 5000)
    assert ann.hears() == ["ERROR :Closing connection: that line is too long"]
    assert ann.transport.disconnecting


def test_a_text_that_is_not_utf_8_is_not_delivered_and_the_sender_is_told() -> None:
    ann, bob = Network().people("ann", "bob")
    ann.protocol.data_received(b"PRIVMSG #class :caf\xe9\r\n")
    (line,) = ann.hears()
    assert line.startswith(f"{SERVER} NOTICE ann :That was not UTF-8")
    assert bob.hears() == []


def test_control_characters_are_shown_and_codes_of_irc_are_passed_on() -> None:
    ann, bob = Network().people("ann", "bob")
    ann.says("PRIVMSG #class :a\x1b[2Jb\x02c\x03\x7f \u202e\r!")
    assert bob.hears() == [":ann!ann@127.0.0.1 PRIVMSG #class :a␛[2Jb\x02c\x03␡ <U+202E>␍!"]


@pytest.mark.parametrize("line", ["", " ", ":ann", ":", "@x", "@a=b :c", "\t"])
def test_a_line_without_a_command_is_no_error(line: str) -> None:
    ann = Network().person("ann")
    ann.says(line)
    assert set(ann.numbers()) <= {"421"}
    assert not ann.transport.disconnecting


def test_a_post_of_a_web_page_reaches_no_user() -> None:
    network = Network()
    page = network.visitor()
    page.protocol.data_received(b"POST / HTTP/1.1\r\nHost: x\r\n\r\nNICK mallory\r\nUSER m 0 * :m\r\n")
    assert page.hears() == ["This is not a web server. Good-bye."]
    assert page.transport.disconnecting
    assert network.server.users == {}


words = st.one_of(
    st.sampled_from(["#class", "#chat", "ann", "bob", "zoë", "nobody", "+o", "-k+l", "+b", "*!*@*", "0", ""]),
    st.sampled_from(["LS", "REQ", "END", ":", ":a b", "irc.reactor-school", "#a,#b", "99999999999999999999"]),
    st.text(st.characters(exclude_characters="\n"), max_size=8),
)
commands = st.sampled_from([name for name in COMMANDS if name != "QUIT"]) | st.text(max_size=5)
lines = st.tuples(commands, st.lists(words, max_size=5)).map(lambda found: " ".join([found[0], *found[1]]))


@given(st.lists(lines | st.text(max_size=40), max_size=30))
def test_no_line_breaks_a_session_and_whatever_it_receives_is_lines_of_at_most_512_bytes(
    sent: list[str],
) -> None:
    network = Network()
    ann, bob = network.people("ann", "bob", channel="#chat")
    zoe, new = network.chatter("zoë"), network.visitor()
    for line in sent:
        for person in (ann, new):
            person.protocol.data_received(line.replace("\n", " ").encode(errors="replace") + b"\r\n")
    for person in (ann, bob, new):
        data = person.transport.take()
        assert data == b"" or data.endswith(b"\r\n")
        assert all(0 < len(line) <= 510 for line in data.split(b"\r\n")[:-1])
    zoe.hears()
    for person in (ann, bob, new):
        person.leaves()
    server = network.server
    assert [len(each) for each in (server.sessions, server.users, server.registered)] == [0, 0, 0]
    assert network.room.names() == ("zoë",)


@given(st.lists(st.binary(max_size=300), max_size=10))
def test_random_bytes_raise_no_exception(chunks: list[bytes]) -> None:
    visitor = Network().visitor()
    for chunk in chunks:
        if not visitor.transport.disconnecting:
            visitor.protocol.data_received(chunk)
    visitor.leaves()


# --- the end


def test_quit_notifies_each_user_who_shares_a_channel_once_and_closes() -> None:
    network = Network()
    ann, bob = network.people("ann", "bob")
    ann.says("JOIN #two")
    bob.says("JOIN #two")
    stranger = network.person("carl")
    ann.hears()
    bob.hears()
    ann.says("QUIT :so long")
    assert ann.hears() == ["ERROR :Closing connection: so long"]
    assert ann.transport.disconnecting
    assert (bob.hears(), stranger.hears()) == ([":ann!ann@127.0.0.1 QUIT :so long"], [])
    ann.leaves()
    assert bob.hears() == []


def test_a_client_that_does_not_read_its_last_lines_is_cut_off_after_ten_seconds() -> None:
    network = Network()
    ann = network.person("ann").says("QUIT")
    aborted = []
    for seconds in (9.9, 0.1):
        network.clock.advance(seconds)
        aborted.append(ann.transport.aborted)
    assert aborted == [False, True]
    ann.leaves()
    assert network.clock.pending() == 0


@pytest.mark.parametrize(
    ("reason", "text"),
    [(ConnectionDone(), "Client closed connection"), (ConnectionLost(), "Connection lost")],
)
def test_the_end_of_a_connection_is_a_quit_for_the_others(reason: Exception, text: str) -> None:
    ann, bob = Network().people("ann", "bob")
    ann.leaves(reason)
    assert bob.hears() == [f":ann!ann@127.0.0.1 QUIT :{text}"]


def test_a_kick_of_the_monitor_says_why_and_the_others_receive_it() -> None:
    ann, bob = Network().people("ann", "bob")
    ann.protocol.on_kick("removed by the monitor: \x1b too loud")
    assert ann.hears() == ["ERROR :Closing connection: you were removed by the monitor: ␛ too loud"]
    assert bob.hears() == [":ann!ann@127.0.0.1 QUIT :you were removed by the monitor: ␛ too loud"]


def test_lines_that_flood_control_holds_back_are_dropped_by_a_kick() -> None:
    network = Network(Settings(rate=Rate(6, 1)))
    bob = network.person("bob", "#class")
    ann = network.person("ann", "#class")
    bob.hears()
    ann.protocol.data_received(b"".join([b"PRIVMSG #class :%d\r\n" % number for number in range(8)]))
    ann.protocol.on_kick("kicked")
    ann.leaves(ConnectionLost())
    assert [line.rpartition(":")[2] for line in bob.hears()][-1] == "you were kicked"


def test_an_announcement_reaches_all_who_have_registered() -> None:
    network = Network()
    ann, visitor = network.person("ann"), network.visitor()
    network.factory.announce("lunch")
    assert (ann.hears(), visitor.hears()) == ([f"{SERVER} NOTICE ann :lunch"], [])


def test_when_the_server_stops_every_session_is_told() -> None:
    network = Network()
    ann, visitor = network.person("ann"), network.visitor()
    network.factory.on_shutdown()
    assert ann.hears() == visitor.hears() == ["ERROR :Closing connection: the server is stopping"]


# --- the monitor


def test_the_monitor_sees_the_state_the_name_and_the_channels() -> None:
    network = Network()
    sessions = SessionRegistry()
    person = network.visitor()
    protocol = person.protocol
    protocol.session = sessions.open("irc", Traffic())
    protocol.show()
    seen = [(protocol.session.state, protocol.session.user, protocol.session.detail)]
    for line in ("NICK ann", "USER a_smith 0 * :Ann", "JOIN #class,#chat", "NICK anna\r\nPART #class"):
        person.says(line)
        seen.append((protocol.session.state, protocol.session.user, protocol.session.detail))
    assert seen == [
        ("REGISTER", "", ""),
        ("REGISTER", "ann", ""),
        ("CHAT", "ann!a_smith", ""),
        ("CHAT", "ann!a_smith", "#class #chat"),
        ("CHAT", "anna!a_smith", "#chat"),
    ]


class Traffic(StringTransport):
    """A transport with the counters that the registry needs."""

    bytes_in = bytes_out = 0
    active_at = 0.0
    tap: Tap | None = None


# --- the address


def test_a_host_that_begins_with_a_colon_is_no_last_parameter() -> None:
    network = Network()
    ann = network.visitor(IPv6Address("tcp", "::1", 5))
    ann.says("NICK ann", "USER ann 0 * :Ann", "JOIN #a")
    assert ":ann!ann@0::1 JOIN #a" in ann.hears()


def test_a_client_of_a_unix_socket_is_on_localhost() -> None:
    network = Network()
    ann = network.visitor(UnixAddress(""))
    ann.says("NICK ann", "USER ann 0 * :Ann", "JOIN #a")
    assert ":ann!ann@localhost JOIN #a" in ann.hears()


def test_the_default_rate_is_that_of_the_settings() -> None:
    assert Settings().rate == DEFAULT_RATE
