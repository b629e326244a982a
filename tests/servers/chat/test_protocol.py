"""The chat protocol, without sockets: lines in, lines out, and a clock that the test advances."""

import json
import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConnectionDone, ConnectionLost
from core.formats.chat_events import HELP, Style
from core.protocols.sessions import SessionRegistry, Tap
from core.testing import CLIENT, Clock, StringTransport
from servers.chat.protocol import MAX_WAITING, ChatFactory, ChatProtocol
from servers.chat.room import MAX_ROOMS, ChatRoom, Member
from servers.chat.session import BANNER, MAX_EARLY, PROMPT, ChatState
from servers.chat.token_bucket import Rate

STAMP = re.compile(r"\(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\)")

CONTROLS = {
    chr(code) for code in (*range(9), *range(10, 32), *range(127, 160), 0x200B, 0x200D, 0x202E, 0x2066)
}


class Chat:
    """A chat without sockets. Every turn has one event."""

    def __init__(self, rate: Rate | None = None, style: Style = Style.PLAIN) -> None:
        self.clock = Clock()
        self.room = ChatRoom(lambda deliver: deliver())
        self.factory = ChatFactory(self.clock, self.room, rate, style)

    def guest(self, name: str = "") -> "Guest":
        """A new session, registered if there is a `name`, which has read everything so far."""
        guest = Guest(self.factory)
        if name:
            guest.says(name)
        guest.hears()
        return guest

    def guests(self, *names: str) -> "list[Guest]":
        """Sessions registered under these names, which have read everything so far."""
        guests = [self.guest(name) for name in names]
        for guest in guests:
            guest.hears()
        return guests


class Guest:
    """The client of one session."""

    def __init__(self, factory: ChatFactory) -> None:
        self.transport = StringTransport()
        protocol = factory.build_protocol(CLIENT)
        assert isinstance(protocol, ChatProtocol)
        self.protocol = protocol
        self.protocol.make_connection(self.transport)

    def sends(self, data: bytes) -> None:
        """Let the server receive these bytes."""
        self.protocol.data_received(data)

    def says(self, *lines: str) -> "Guest":
        """Send each line in a chunk of its own."""
        for line in lines:
            self.sends(line.encode() + b"\r\n")
        return self

    def hears(self) -> list[str]:
        """The lines since the last time, with the time of each replaced by `@`."""
        data = self.transport.take().decode()
        assert data == "" or data.endswith("\r\n")
        return [STAMP.sub("@", line) for line in data.split("\r\n")[:-1]]

    def events(self) -> list[dict[str, object]]:
        """The events since the last time, without their times and numbers. Each must have a time."""
        events = [json.loads(line) for line in self.transport.take().decode().split("\r\n")[:-1]]
        for event in events:
            if event["event"] != "events":
                assert datetime.fromisoformat(event.pop("time")).tzinfo is not None
            assert event.pop("seq", 1) > 0
            for line in event.get("lines", []):
                del line["time"], line["seq"]
        return events

    def is_shown_out(self) -> bool:
        """The server has closed the connection."""
        return self.transport.disconnecting

    def leaves(self) -> None:
        self.protocol.connection_lost(ConnectionDone())


# --- joining


class SlowRoom(ChatRoom):
    """A room that answers when the test tells it to."""

    def __init__(self) -> None:
        super().__init__(lambda deliver: deliver())
        self.joining: list[Member] = []

    def join(self, member: Member) -> None:
        self.joining.append(member)

    def answer(self) -> None:
        """Add the first member that waits."""
        super().join(self.joining.pop(0))


def slow_chat() -> tuple[Chat, SlowRoom]:
    chat, room = Chat(), SlowRoom()
    chat.room = chat.factory.room = room
    return chat, room


def test_what_comes_before_the_room_has_answered_is_kept_until_then() -> None:
    chat, room = slow_chat()
    guest = chat.guest().says("ann", "hello", "/names")
    assert guest.hears() == []
    room.answer()
    alone = "You're the only one here, 'ann'"
    assert guest.hears() == ["Welcome to the chat, ann.", alone, alone]
    assert [event.text for event in room.history] == ["hello"]


def test_too_much_is_not_kept() -> None:
    chat, _ = slow_chat()
    guest = chat.guest().says("ann", *["hello"] * (MAX_EARLY + 1))
    assert guest.hears() == ["That was not said, because you have not joined the chat yet."]


def test_if_the_name_is_taken_after_all_the_next_line_is_a_name() -> None:
    chat, room = slow_chat()
    guest = chat.guest().says("ann", "bob")
    room.joining.pop(0).on_refused("Sorry, it is taken.")
    assert guest.hears() == ["Sorry, it is taken."]
    room.answer()
    assert room.names() == ("bob",)


def test_the_end_of_the_input_waits_for_the_answer() -> None:
    chat, room = slow_chat()
    guest = chat.guest().says("ann", "hello")
    guest.protocol.read_connection_lost()
    assert not guest.is_shown_out()
    room.answer()
    assert guest.is_shown_out()
    assert [event.text for event in room.history] == ["hello"]


def test_a_session_that_is_lost_before_the_answer_tells_the_room_what_it_said() -> None:
    said: list[str] = []
    chat, room = slow_chat()
    guest = chat.guest().says("ann", "hello")
    room.rooms.on_event = lambda event: said.append(event.kind)
    room._members["ann"] = room.joining[0]  # a room with a queue of its own accepts it
    guest.leaves()
    assert said == ["said", "left"]


# --- registering


def test_a_new_session_receives_the_banner_the_time_and_the_prompt() -> None:
    assert Guest(Chat().factory).hears() == [*BANNER.split("\n"), "@", "Choose a username:"]
    assert "/help" in BANNER


def test_the_first_member_is_told_that_it_is_alone() -> None:
    assert Chat().guest().says("ann").hears() == [
        "Welcome to the chat, ann.",
        "You're the only one here, 'ann'",
    ]


def test_a_new_member_receives_all_names_in_order_of_arrival_with_its_own() -> None:
    chat = Chat()
    chat.guests("carl", "ann")
    assert chat.guest().says("bob").hears() == [
        "Welcome to the chat, bob.",
        "Participants in chat: carl, ann, bob",
    ]


def test_the_others_are_notified_of_a_join() -> None:
    chat = Chat()
    (ann,) = chat.guests("ann")
    chat.guest("bob")
    assert ann.hears() == ["bob has joined the channel."]


def test_a_taken_name_is_refused_in_the_spelling_just_typed_and_the_session_stays_in_register() -> None:
    chat = Chat()
    (ann,) = chat.guests("ann")
    bob = chat.guest()
    assert bob.says("Ann").hears() == ["Sorry, 'Ann' is taken. Try something else."]
    assert bob.protocol.state is ChatState.REGISTER
    assert bob.says("bob").hears()[0] == "Welcome to the chat, bob."
    assert ann.hears() == ["bob has joined the channel."]


@pytest.mark.parametrize(
    ("name", "why"), [("", "at least one"), ("two words", "only letters"), ("x" * 21, "too long")]
)
def test_an_invalid_name_is_refused_with_the_reason_and_the_session_stays_in_register(
    name: str, why: str
) -> None:
    guest = Chat().guest()
    (line,) = guest.says(name).hears()
    assert why in line
    assert guest.protocol.state is ChatState.REGISTER


def test_a_byte_order_mark_before_the_name_is_no_part_of_it() -> None:
    assert Chat().guest().says("\ufeffann").hears()[0] == "Welcome to the chat, ann."


def test_what_telnet_sends_on_ctrl_c_is_answered_and_the_line_goes_on() -> None:
    ann, bob = Chat().guests("ann", "bob")
    ann.sends(b"hel\xff\xf4\xff\xfd\x06lo\r\0")
    assert ann.transport.take() == b"\xff\xfc\x06"
    assert bob.hears() == ["@<ann> hello"]


def test_a_client_that_asks_telnet_options_and_does_not_read_is_dropped() -> None:
    (ann,) = Chat().guests("ann")
    for _ in range(10):
        ann.sends(b"\xff\xfd\x01" * 16384)
    assert ann.transport.aborted


def test_a_post_of_a_web_page_reaches_no_user() -> None:
    chat = Chat()
    (ann,) = chat.guests("ann")
    page = chat.guest()
    page.sends(b"POST / HTTP/1.1\r\nHost: x\r\n\r\nmallory\r\nhello\r\n/msg ann psst\r\n")
    assert page.hears() == ["This is not a web server. Good-bye."]
    assert page.is_shown_out()
    assert ann.hears() == []


def test_a_name_is_normalised() -> None:
    assert Chat().guest().says(" ａｎｎ ").hears()[0] == "Welcome to the chat, ann."


def test_a_session_that_ends_in_register_leaves_no_trace() -> None:
    chat = Chat()
    (ann,) = chat.guests("ann")
    bob = chat.guest()
    bob.leaves()
    assert (ann.hears(), chat.room.names(), chat.clock.pending()) == ([], ("ann",), 0)


def test_a_session_without_a_name_is_closed_after_sixty_seconds() -> None:
    chat = Chat()
    ann, bob = chat.guest("ann"), chat.guest()
    chat.clock.advance(59.9)
    assert not bob.is_shown_out()
    chat.clock.advance(0.1)
    assert bob.is_shown_out()
    assert bob.hears() == ["You chose no username within 60 seconds. Good-bye."]
    chat.clock.advance(1000)
    assert not ann.is_shown_out()


# --- talking


def test_a_line_is_sent_to_all_others_but_not_to_its_sender() -> None:
    ann, bob, carl = Chat().guests("ann", "bob", "carl")
    ann.says("hello")
    assert (ann.hears(), bob.hears(), carl.hears()) == ([], ["@<ann> hello"], ["@<ann> hello"])


@pytest.mark.parametrize("line", ["", " ", "\t "])
def test_a_blank_line_is_not_sent_and_not_in_the_history(line: str) -> None:
    ann, bob = Chat().guests("ann", "bob")
    ann.says(line, "hello")
    assert (ann.hears(), bob.hears()) == ([], ["@<ann> hello"])
    assert bob.says("/history").hears() == ["@<ann> hello"]


def test_a_session_in_register_receives_no_messages() -> None:
    chat = Chat()
    ann, bob = chat.guest("ann"), chat.guest()
    ann.says("hello")
    assert bob.hears() == []


def test_a_leave_notifies_the_others_and_frees_the_name() -> None:
    chat = Chat()
    ann, bob = chat.guests("ann", "bob")
    bob.leaves()
    assert ann.hears() == ["bob has left the channel."]
    assert chat.guest().says("bob").hears()[0] == "Welcome to the chat, bob."


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_line_ends_with_crlf_or_with_lf_alone(end: bytes) -> None:
    ann, bob = Chat().guests("ann", "bob")
    ann.sends(b"one" + end + b"two" + end)
    assert bob.hears() == ["@<ann> one", "@<ann> two"]


def test_a_line_that_comes_a_byte_at_a_time_is_one_line() -> None:
    ann, bob = Chat().guests("ann", "bob")
    for byte in "grüße\r\n".encode():
        ann.sends(bytes([byte]))
    assert bob.hears() == ["@<ann> grüße"]


def test_lines_in_the_same_chunk_as_the_name_are_messages() -> None:
    chat = Chat()
    (ann,) = chat.guests("ann")
    chat.guest().sends(b"bob\nhello\n/quit\nnot any more\n")
    assert ann.hears() == ["bob has joined the channel.", "@<bob> hello"]


def test_each_of_many_members_receives_a_line_once() -> None:
    guests = Chat().guests(*(f"n{number}" for number in range(50)))
    guests[0].says("hello")
    assert all(guest.hears() == ["@<n0> hello"] for guest in guests[1:])


# --- bad input


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (b"\x1b[2Jboo", "␛[2Jboo"),
        (b"one\rtwo", "one␍two"),
        (b"\0\x07\x7f", "␀␇␡"),
        ("a\x9bb\u202ec\u200bd".encode(), "a<9B>b<U+202E>c<U+200B>d"),
        (b"tab\there", "tab\there"),
    ],
)
def test_control_characters_reach_the_others_only_as_visible_stand_ins(sent: bytes, shown: str) -> None:
    ann, bob = Chat().guests("ann", "bob")
    for said in (sent, b"/me " + sent, b"/msg bob " + sent):
        ann.sends(said + b"\n")
        (line,) = bob.hears()
        assert line.endswith(shown)


def test_a_line_that_is_not_utf_8_is_refused_and_not_sent_to_others() -> None:
    ann, bob = Chat().guests("ann", "bob")
    ann.sends(b"caf\xe9\nhello\n")
    assert ann.hears() == ["That was not UTF-8, so it was not sent."]
    assert bob.hears() == ["@<ann> hello"]


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_line_over_16384_bytes_ended_or_not_closes_the_connection(
    end: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    chat = Chat()
    for name in ("", "ann"):
        guest = chat.guest(name)
        guest.sends(b"x" * 16387 + end)
        assert guest.hears() == ["That line is over 16384 bytes. Good-bye."]
        assert guest.is_shown_out()
    assert [message.partition(" sent ")[0] for message in caplog.messages] == [str(CLIENT)] * 2


def test_a_line_of_16384_bytes_is_accepted() -> None:
    ann, bob = Chat().guests("ann", "bob")
    ann.sends(b"x" * 16384 + b"\r\n")
    assert bob.hears() == ["@<ann> " + "x" * 16384]


@given(st.lists(st.tuples(st.booleans(), st.one_of(st.binary(), st.text().map(str.encode)))))
def test_no_bytes_break_the_chat_and_closed_sessions_leave_nothing_behind(
    chunks: list[tuple[bool, bytes]],
) -> None:
    chat = Chat(Rate(10, 5))
    (ann,) = chat.guests("ann")
    guests = [chat.guest("bob"), chat.guest()]
    for is_named, chunk in chunks:
        guest = guests[is_named]
        if not guest.is_shown_out():
            guest.sends(chunk + b"\n")
            chat.clock.advance(0.3)
    for guest in guests:
        guest.leaves()
    assert not set("".join(ann.hears())) & CONTROLS
    assert (chat.room.names(), chat.clock.pending()) == (("ann",), 0)


# --- clients that do not read, and clients that do not stop


def test_a_member_that_does_not_read_is_aborted_at_256_kib_and_the_others_go_on() -> None:
    assert MAX_WAITING == 256 * 1024
    ann, bob, carl = Chat().guests("ann", "bob", "carl")
    said = 0
    while not bob.transport.aborted:
        ann.says("x" * 10000)
        said += 1
        assert len(carl.hears()) == 1
        assert said < 100
    assert 26 <= said <= 28
    bob.leaves()
    assert carl.hears() == ["bob has left the channel."]


def test_no_command_makes_the_server_buffer_more_than_256_kib() -> None:
    for line in ("/events", "/names", "/help", "/history", "/dance", "/nick !", "/msg ann hello", "\udcff"):
        (ann,) = Chat().guests("ann")
        for _ in range(20_000):
            if not ann.is_shown_out():
                ann.sends(line.encode(errors="surrogateescape") + b"\n")
        assert ann.is_shown_out(), line


def test_a_member_that_reads_is_never_aborted() -> None:
    ann, bob = Chat().guests("ann", "bob")
    for _ in range(100):
        ann.says("x" * 10000)
        bob.hears()
    assert not bob.transport.aborted


def test_ten_lines_at_once_then_five_a_second_are_accepted_and_none_is_lost() -> None:
    chat = Chat(Rate(10, 5))
    ann, bob = chat.guests("ann", "bob")
    chat.clock.advance(100)
    ann.sends(b"".join(b"%d\n" % number for number in range(20)))
    heard = bob.hears()
    assert heard == [f"@<ann> {number}" for number in range(10)]
    assert ann.transport.paused
    for number in range(10, 20):
        chat.clock.advance(0.2)
        assert bob.hears() == [f"@<ann> {number}"]
    chat.clock.advance(0.2)
    assert not ann.transport.paused


def test_a_line_over_the_rate_is_handled_when_its_token_is_there_and_not_before() -> None:
    chat = Chat(Rate(1, 5))
    ann, bob = chat.guests("ann", "bob")
    chat.clock.advance(100)
    ann.sends(b"one\ntwo\n")
    chat.clock.advance(0.19)
    assert bob.hears() == ["@<ann> one"]
    chat.clock.advance(0.01)
    assert bob.hears() == ["@<ann> two"]


def test_without_flood_control_all_lines_are_handled_at_once() -> None:
    ann, bob = Chat(None).guests("ann", "bob")
    ann.sends(b"hello\n" * 1000)
    assert len(bob.hears()) == 1000


def test_lines_that_flood_control_holds_back_are_said_when_the_member_is_lost() -> None:
    ann, bob = Chat(Rate(1, 1)).guests("ann", "bob")
    ann.sends(b"".join(b"line %d\n" % number for number in range(30)))
    ann.protocol.connection_lost(ConnectionLost())
    heard = bob.hears()
    assert [line.rpartition(" ")[2] for line in heard[:-1]] == [str(number) for number in range(30)]
    assert heard[-1] == "ann has left the channel."


def test_lines_of_a_flood_are_not_said_after_a_kick() -> None:
    ann, bob = Chat(Rate(1, 1)).guests("ann", "bob")
    ann.sends(b"spam\n" * 30)
    ann.protocol.on_kick("kicked")
    ann.protocol.connection_lost(ConnectionLost())
    assert len([line for line in bob.hears() if line.endswith("spam")]) <= 1


def test_a_paused_session_that_ends_leaves_no_timer_behind() -> None:
    chat = Chat(Rate(1, 1))
    for name in ("", "ann"):
        guest = chat.guest(name)
        guest.sends(b"/help\n" * 10)
        guest.leaves()
    assert chat.clock.pending() == 0


# --- commands


def test_help_has_a_line_for_each_command_in_either_state_and_style() -> None:
    chat = Chat()
    for name in ("", "ann"):
        guest = chat.guest(name).says("/help")
        assert guest.hears() == list(HELP)
        guest.says("/events").events()
        assert guest.says("/help").events() == [{"event": "notice", "text": line} for line in HELP]


def test_a_command_may_be_given_in_any_case() -> None:
    chat = Chat()
    (ann,) = chat.guests("ann")
    assert ann.says("/NAMES", "/Names").hears() == ["You're the only one here, 'ann'"] * 2
    assert chat.guest().says("/Help").hears() == list(HELP)


def test_names_lists_the_members() -> None:
    chat = Chat()
    (ann,) = chat.guests("ann")
    assert ann.says("/names").hears() == ["You're the only one here, 'ann'"]
    chat.guest("bob")
    assert ann.says("/names").hears()[-1] == "Participants in chat: ann, bob"


def test_me_sends_an_action_to_the_others() -> None:
    ann, bob = Chat().guests("ann", "bob")
    ann.says("/me waves")
    assert (ann.hears(), bob.hears()) == ([], ["@* ann waves"])


@pytest.mark.parametrize("line", ["/me", "/me ", "/ME \t"])
def test_me_without_a_text_is_refused(line: str) -> None:
    ann, bob = Chat().guests("ann", "bob")
    assert ann.says(line).hears() == ["Type /me TEXT."]
    assert bob.hears() == []


def test_a_private_message_goes_to_its_sender_and_its_receiver_only() -> None:
    ann, bob, carl = Chat().guests("ann", "bob", "carl")
    ann.says("/msg BOB hello there")
    assert ann.hears() == bob.hears() == ["@<ann -> bob> hello there"]
    assert carl.hears() == []


@pytest.mark.parametrize("line", ["/msg", "/msg bob", "/msg nobody hello"])
def test_a_private_message_without_a_receiver_or_a_text_is_refused(line: str) -> None:
    ann, bob = Chat().guests("ann", "bob")
    assert len(ann.says(line).hears()) == 1
    assert bob.hears() == []


def test_nick_changes_the_name_and_frees_the_old_one() -> None:
    chat = Chat()
    ann, bob = chat.guests("ann", "bob")
    ann.says("/nick Anna")
    assert ann.hears() == bob.hears() == ["ann is now known as Anna."]
    assert chat.room.names() == ("Anna", "bob")
    assert ann.says("/nick BOB").hears() == ["Sorry, 'BOB' is taken. Try something else."]
    assert ann.says("/nick").hears() == ["Type /nick NAME."]
    ann.says("hello")
    assert bob.hears() == ["@<Anna> hello"]
    assert chat.guest().says("ann").hears()[0] == "Welcome to the chat, ann."


def test_a_member_may_change_the_case_of_its_name() -> None:
    (ann,) = Chat().guests("ann")
    assert ann.says("/nick ANN").hears() == ["ann is now known as ANN."]


@pytest.mark.parametrize("name", ["ann", " ann ", "ａｎｎ"])
def test_nick_with_the_present_name_is_refused(name: str) -> None:
    ann, bob = Chat().guests("ann", "bob")
    assert ann.says(f"/nick {name}").hears() == ["You are called ann already."]
    assert bob.hears() == []


def test_history_shows_the_last_twenty_lines_said() -> None:
    chat = Chat()
    ann, bob = chat.guests("ann", "bob")
    assert bob.says("/history").hears() == ["Nothing has been said yet."]
    ann.says(*(str(number) for number in range(25)), "/me waves", "/msg bob psst")
    bob.hears()
    assert bob.says("/history").hears() == [f"@<ann> {number}" for number in range(5, 25)]


def test_colours_are_off_at_first_and_are_switched_for_one_session() -> None:
    chat = Chat()
    ann, bob, carl = chat.guests("ann", "bob", "carl")
    assert bob.says("/color on").hears() == ["Colours are on."]
    ann.says("hello")
    chat.guest("dora").leaves()
    assert bob.hears() == [
        "\x1b[35m@<ann> hello\x1b[0m",
        "\x1b[32mdora has joined the channel.\x1b[0m",
        "\x1b[31mdora has left the channel.\x1b[0m",
    ]
    assert carl.hears() == ["@<ann> hello", "dora has joined the channel.", "dora has left the channel."]
    bob.says("/color off").hears()
    ann.says("hello")
    assert bob.hears() == ["@<ann> hello"]
    assert bob.says("/color red").hears() == ["Type /color on or /color off."]


def test_colours_can_be_on_for_all_sessions() -> None:
    ann, bob = Chat(style=Style.COLOR).guests("ann", "bob")
    ann.says("hello")
    assert bob.hears() == ["\x1b[35m@<ann> hello\x1b[0m"]


def test_quit_closes_the_connection_in_either_state() -> None:
    chat = Chat()
    for name in ("", "ann"):
        guest = chat.guest(name).says("/quit", "not any more")
        assert guest.hears() == ["Good-bye."]
        assert guest.is_shown_out()


def test_a_line_with_two_slashes_is_sent_with_one() -> None:
    ann, bob = Chat().guests("ann", "bob")
    ann.says("//quit is how you leave", "///")
    assert bob.hears() == ["@<ann> /quit is how you leave", "@<ann> //"]


@pytest.mark.parametrize("blank", [" ", "\t", "\u3000", "\u00a0 ", "\ufeff", "\u200b"])
def test_a_command_behind_a_blank_is_neither_run_nor_sent_to_others(blank: str) -> None:
    ann, bob, carl = Chat().guests("ann", "bob", "carl")
    (answer,) = ann.says(f"{blank}/MSG bob secret").hears()
    assert answer == (
        "That was not said, because a blank stands before /msg. "
        "Type /msg at the start of the line to run it, or //msg to say it."
    )
    assert bob.hears() == carl.hears() == []
    ann.says("//msg bob secret", " /etc/hosts")
    assert carl.hears() == ["@<ann> /msg bob secret", "@<ann>  /etc/hosts"]


@pytest.mark.parametrize("line", ["/dance", "/", "/DANCE", "/ hello", "/quitting time"])
def test_an_unknown_command_is_refused_and_not_sent_to_others(line: str) -> None:
    ann, bob = Chat().guests("ann", "bob")
    (answer,) = ann.says(line).hears()
    assert answer.startswith(f"There is no command {line.split()[0]}. ")
    assert bob.hears() == []


@pytest.mark.parametrize(
    "line", ["/names", "/me waves", "/msg ann hello", "/nick bob", "/history", "/color on"]
)
def test_a_command_that_needs_a_name_is_refused_in_register(line: str) -> None:
    chat = Chat()
    (ann,) = chat.guests("ann")
    (answer,) = chat.guest().says(line).hears()
    assert answer == f"{line.split()[0]} is for later. First choose a username."
    assert ann.hears() == []


# --- events


def test_events_switches_to_json_and_asks_once_more_for_a_name() -> None:
    chat = Chat()
    chat.guest("bob")
    ann = chat.guest().says("/events")
    assert ann.events() == [{"event": "events", "v": 1}, {"event": "prompt", "text": PROMPT}]
    assert ann.says("bob", "").events() == [
        {"event": "refused", "text": "Sorry, 'bob' is taken. Try something else."},
        {"event": "refused", "text": "A name needs at least one letter, digit, _ or -."},
    ]
    assert ann.says("ann").events() == [
        {"event": "welcome", "name": "ann", "text": "Welcome to the chat, ann."},
        {"event": "names", "names": ["bob", "ann"], "text": "Participants in chat: bob, ann"},
    ]
    assert ann.says("/events").events() == [{"event": "events", "v": 1}]


def test_each_event_has_the_name_of_the_user_and_the_text() -> None:
    chat = Chat()
    ann, bob = chat.guests("ann", "bob")
    bob.says("/events").events()
    ann.says("hello", "/me waves", "/msg bob psst", "/nick Anna")
    chat.guest("carl").leaves()
    assert bob.says("/history").events() == [
        {"event": "said", "name": "ann", "text": "hello"},
        {"event": "action", "name": "ann", "text": "waves"},
        {"event": "private", "name": "ann", "to": "bob", "text": "psst"},
        {"event": "renamed", "name": "ann", "to": "Anna", "text": "ann is now known as Anna."},
        {"event": "joined", "name": "carl", "text": "carl has joined the channel."},
        {"event": "left", "name": "carl", "text": "carl has left the channel."},
        {"event": "history", "lines": [{"event": "said", "name": "ann", "text": "hello"}]},
    ]


def test_the_time_of_an_event_is_iso_8601_in_utc_and_its_text_is_unchanged() -> None:
    ann, bob = Chat().guests("ann", "bob")
    bob.says("/events").events()
    ann.says('"quoted" \\ grün')
    line = bob.transport.take().decode()
    time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"
    found = re.fullmatch(
        rf'{{"event": "said", "time": "{time}", "name": "ann", "text": (.*), "seq": \d+}}\r\n', line
    )
    assert found
    assert json.loads(found[1]) == '"quoted" \\ grün'


def numbered(guest: Guest) -> list[dict[str, object]]:
    """The events with sequence numbers since the last time."""
    events = [json.loads(line) for line in guest.transport.take().decode().splitlines()]
    return [event for event in events if "seq" in event]


def test_events_for_all_members_have_growing_numbers_and_since_brings_what_came_after_one() -> None:
    chat = Chat()
    ann, bob = chat.guests("ann", "bob")
    bob.says("/events")
    ann.says("one", "/msg bob psst", "two", "/me waves")
    seen = numbered(bob)
    assert [event["text"] for event in seen] == ["one", "two", "waves"]
    carl = chat.guest("carl")
    carl.says(f"/events since {seen[0]['seq']}")
    events = numbered(carl)
    assert events[:2] == seen[1:]
    assert [event["event"] for event in events[2:]] == ["joined"]
    assert not numbered(carl.says(f"/events SINCE {events[-1]['seq']}"))


def test_since_brings_the_last_thousand_events() -> None:
    chat = Chat(rate=None)
    (ann,) = chat.guests("ann")
    ann.says(*map(str, range(1200)), "/events since 0")
    texts = [event["text"] for event in numbered(ann)]
    assert texts == list(map(str, range(200, 1200)))


def test_a_numbered_line_is_handled_as_any_other_and_then_confirmed_to_its_sender_only() -> None:
    ann, bob = Chat().guests("ann", "bob")
    bob.says("/events").events()
    bob.says("/id 7  two blanks", "/id 8 /me waves", "/id 9 /nick rob", "/id 10 /nonsense")
    assert ann.hears() == ["@<bob>  two blanks", "@* bob waves", "bob is now known as rob."]
    assert [(event["event"], event.get("id")) for event in bob.events()] == [
        ("delivered", 7),
        ("delivered", 8),
        ("renamed", None),
        ("delivered", 9),
        ("refused", None),
        ("delivered", 10),
    ]


@pytest.mark.parametrize("rest", ["", " 7", " x hello", " -1 hello", " 7 /id 8 hello", " 7 /ID 8 hello"])
def test_a_number_that_is_none_and_a_number_in_a_number_are_refused(rest: str) -> None:
    ann = Chat().guest().says("/events")
    ann.events()
    (event,) = ann.says(f"/id{rest}").events()
    assert (event["event"], event["text"]) == ("refused", "Type /id NUMBER LINE.")


def test_without_events_a_line_cannot_be_numbered() -> None:
    ann, bob = Chat().guests("ann", "bob")
    ann.hears()
    assert bob.says("/id 7 hello").hears() == ["Lines have numbers only in JSON: type /events first."]
    assert ann.hears() == []


def test_the_welcome_has_the_number_of_the_last_event_before_it() -> None:
    chat = Chat()
    (ann,) = chat.guests("ann")
    bob = chat.guest().says("/events")
    bob.events()
    (welcome,) = numbered(bob.says("bob"))
    assert (welcome["event"], welcome["seq"]) == ("welcome", chat.room.recent[-1].seq)
    ann.says("one")
    assert [event.text for event in chat.room.since(chat.room.recent[-2].seq)] == ["one"]


@pytest.mark.parametrize(
    "rest", ["since", "since x", "since -1", "since ²", "x", "since " + "9" * 30, "key ann"]
)
def test_wrong_arguments_of_events_are_refused(rest: str) -> None:
    (ann,) = Chat().guests("ann")
    assert ann.says(f"/events {rest}").hears() == ["Type /events [since N]."]


def test_who_asks_before_it_has_a_name_is_told_what_was_said_when_it_joins() -> None:
    chat = Chat()
    chat.guests("ann")[0].says("one", "two")
    bob = chat.guest().says("/events since 0")
    assert [event["event"] for event in bob.events()] == ["events", "prompt"]
    kinds = [event["event"] for event in bob.says("bob").events()]
    assert kinds == ["welcome", "names", "joined", "said", "said", "joined"]


def test_a_user_cannot_imitate_an_event_of_the_server() -> None:
    ann, bob = Chat().guests("ann", "bob")
    bob.says("/events").events()
    forged = '{"event": "left", "time": "2026-11-21T10:00:00+00:00", "name": "carl"}'
    ann.says(forged, "carl has left the channel.")
    assert [(event["event"], event["text"]) for event in bob.events()] == [
        ("said", forged),
        ("said", "carl has left the channel."),
    ]


def test_messages_from_before_the_switch_to_json_are_sent_as_text() -> None:
    chat = Chat()
    chat.room = chat.factory.room = ChatRoom(lambda deliver: None)
    ann, bob = chat.guests("ann", "bob")
    ann.says("hello")
    bob.says("/events")
    assert [line[:1] for line in bob.hears()] == ["@", "{"]


def test_there_are_no_colours_in_json() -> None:
    ann, bob = Chat().guests("ann", "bob")
    bob.says("/events", "/color on").events()
    ann.says("hello")
    assert bob.events() == [{"event": "said", "name": "ann", "text": "hello"}]


class Traffic(StringTransport):
    """A transport with the attributes that a session needs."""

    bytes_in = bytes_out = 0
    active_at = 0.0
    tap: Tap | None = None


def test_a_kicked_session_receives_the_reason_before_it_is_closed() -> None:
    chat, registry = Chat(), SessionRegistry()
    protocol, transport = chat.factory.build_protocol(CLIENT), Traffic()
    assert protocol is not None
    session = registry.open("chat", transport)
    session.protocol = protocol
    protocol.make_connection(transport)
    protocol.data_received(b"ann\n")
    transport.take()
    session.kick("kicked: too \x1b[2Jloud")
    assert transport.lines() == ["You were kicked: too ␛[2Jloud."]
    assert transport.disconnecting


def test_the_session_registry_has_the_state_and_the_name() -> None:
    chat, seen = Chat(), []
    registry = SessionRegistry()

    protocol = chat.factory.build_protocol(CLIENT)
    assert protocol is not None
    transport = Traffic()
    protocol.session = session = registry.open("chat", transport)
    protocol.make_connection(transport)
    for line in (b"\n", b"ann\n", b"/nick Anna\n"):
        seen.append((session.state, session.user))
        protocol.data_received(line)
    assert [*seen[1:], (session.state, session.user)] == [("REGISTER", ""), ("CHAT", "ann"), ("CHAT", "Anna")]


# --- several rooms


def test_a_member_that_goes_to_another_room_leaves_the_first_one() -> None:
    chat = Chat()
    ann, bob = chat.guests("ann", "bob")
    assert bob.says("/join other").hears() == [
        "You are in the room other now.",
        "You're the only one here, 'bob'",
    ]
    assert ann.hears() == ["bob has left the channel."]
    assert ann.says("/join #OTHER").hears() == [
        "You are in the room other now.",
        "Participants in other: bob, ann",
    ]
    assert bob.hears() == ["ann has joined the channel."]
    ann.says("hello", "/join chat")
    assert bob.hears() == ["@<ann> hello", "ann has left the channel."]
    assert ann.hears() == ["You are in the room chat now.", "You're the only one here, 'ann'"]


def test_a_line_is_heard_in_its_room_only_and_each_room_has_a_history() -> None:
    chat = Chat()
    ann, bob, carl = chat.guests("ann", "bob", "carl")
    bob.says("/join other")
    carl.says("/join other")
    for each in (ann, bob, carl):
        each.hears()
    ann.says("one")
    bob.says("two", "/me waves")
    assert (ann.hears(), carl.hears()) == ([], ["@<bob> two", "@* bob waves"])
    assert ann.says("/history").hears() == ["@<ann> one"]
    assert carl.says("/history").hears() == ["@<bob> two"]


def test_names_are_unique_and_private_messages_arrive_in_all_rooms() -> None:
    chat = Chat()
    ann, bob = chat.guests("ann", "bob")
    bob.says("/join other").hears()
    assert chat.guest().says("BOB").hears() == ["Sorry, 'BOB' is taken. Try something else."]
    assert ann.says("/nick bob").hears()[-1] == "Sorry, 'bob' is taken. Try something else."
    ann.says("/msg bob psst")
    assert bob.hears() == ["@<ann -> bob> psst"]
    bob.says("/nick rob", "/join chat").hears()
    assert chat.room.names() == ("ann", "rob")


def test_rooms_lists_the_rooms_with_their_members_and_an_empty_one_is_gone() -> None:
    chat = Chat()
    ann, bob = chat.guests("ann", "bob")
    bob.says("/join Other").hears()
    assert bob.says("/rooms").hears() == ["Rooms: chat (1), Other (1). You are in Other."]
    bob.leaves()
    assert ann.says("/rooms").hears()[-1] == "Rooms: chat (1). You are in chat."


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/join", "Type /join ROOM."),
        ("/join chat", "You are in the room chat already."),
        ("/join a b", "The name of a room has 1 to 32 letters A-Z, digits, _ and - in it."),
        ("/join " + "x" * 33, "The name of a room has 1 to 32 letters A-Z, digits, _ and - in it."),
    ],
)
def test_a_room_that_cannot_be_entered_is_refused_with_the_reason(typed: str, answer: str) -> None:
    assert Chat().guest("ann").says(typed).hears() == [answer]


def test_there_is_a_limit_to_the_number_of_rooms() -> None:
    chat = Chat()
    for number in range(1, MAX_ROOMS):
        chat.guest(f"n{number}").says(f"/join r{number}")
    ann = chat.guest("ann")
    full = f"There are {MAX_ROOMS} rooms already. Enter one of them: /rooms lists them."
    assert ann.says("/join one-more").hears() == [full]
    assert "You are in the room r7 now." in ann.says("/join r7").hears()


def test_events_name_the_room_unless_it_is_the_first() -> None:
    chat = Chat()
    ann, bob = chat.guests("ann", "bob")
    for guest in (ann, bob):
        guest.says("/events").events()
    ann.says("one", "/join other")
    assert [event.get("room") for event in bob.events()] == [None, None]
    names = ann.events()[-1]
    assert (names["event"], names["names"], names["room"]) == ("names", ["ann"], "other")
    bob.says("/join other", "two")
    assert [(event["event"], event["room"]) for event in ann.events()] == [
        ("joined", "other"),
        ("said", "other"),
    ]


def test_an_announcement_reaches_all_rooms() -> None:
    chat = Chat()
    ann, bob = chat.guests("ann", "bob")
    bob.says("/join other").hears()
    ann.hears()
    chat.factory.announce("lunch")
    assert (ann.hears(), bob.hears()) == (["lunch"], ["lunch"])


def test_what_is_typed_before_the_other_room_has_answered_is_said_there() -> None:
    chat = Chat()
    ann, bob, carl = chat.guests("ann", "bob", "carl")
    carl.says("/join other")
    other = SlowRoom()
    ann.protocol.move(other)
    ann.says("hello").hears()
    assert (bob.hears()[-1:], list(other.history)) == (["carl has left the channel."], [])
    other.answer()
    assert [event.text for event in other.history] == ["hello"]
    assert bob.hears() == ["ann has left the channel."]


def test_a_session_that_the_other_room_refuses_stays_where_it_is() -> None:
    chat = Chat()
    ann, bob = chat.guests("ann", "bob")
    other = SlowRoom()
    ann.protocol.move(other)
    ann.says("hello")
    ann.protocol.on_refused("The server is cut off.")
    assert (ann.hears(), bob.hears()) == (["The server is cut off."], ["@<ann> hello"])


def test_a_session_that_is_lost_before_the_other_room_has_answered_says_the_rest_there() -> None:
    chat = Chat()
    ann, bob = chat.guests("ann", "bob")
    other = SlowRoom()
    ann.protocol.move(other)
    ann.says("hello")
    other._members["ann"] = other.joining[0]  # a room with a queue of its own accepts it
    ann.leaves()
    assert [event.text for event in other.history] == ["hello"]
    assert (bob.hears(), other.names()) == (["ann has left the channel."], ())
