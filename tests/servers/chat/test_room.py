"""The room, without lines and without sockets."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.formats.chat_events import HISTORY, LONGEST_NAME, MAX_MISSED, Event, Style, encode
from core.formats.text import fold, visible
from servers.chat.room import ChatRoom, Member, normalize


class Guest(Member):
    """Records the bytes that it receives, one entry for each write."""

    def __init__(self, name: str, style: Style = Style.PLAIN) -> None:
        self.name = name
        self.style: Style = style
        self.got: list[bytes] = []

    def send_data(self, data: bytes) -> None:
        self.got.append(data)

    def heard(self) -> list[str]:
        """The lines since the last time, without their times."""
        lines = b"".join(self.got).decode().splitlines()
        self.got.clear()
        return [line[21:] if line.startswith("(20") else line for line in lines]


class Turns:
    """Ends turns when a test tells it to."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], object]] = []

    def end(self) -> None:
        for call in self.calls:
            call()
        self.calls.clear()


def room_of(*names: str) -> tuple[Turns, ChatRoom, list[Guest]]:
    turns = Turns()
    room = ChatRoom(turns.calls.append)
    guests = [Guest(name) for name in names]
    for guest in guests:
        room.join(guest)
    turns.end()
    for guest in guests:
        guest.got.clear()
    return turns, room, guests


def test_a_message_is_sent_to_all_other_members() -> None:
    turns, room, (ann, bob, carl) = room_of("ann", "bob", "carl")
    room.say(ann, "hello")
    turns.end()
    assert (ann.heard(), bob.heard(), carl.heard()) == ([], ["<ann> hello"], ["<ann> hello"])


def test_the_events_of_a_turn_are_sent_in_one_write_and_silent_members_share_the_bytes() -> None:
    turns, room, (ann, bob, carl, dora) = room_of("ann", "bob", "carl", "dora")
    for guest, text in ((ann, "1"), (bob, "2"), (ann, "3")):
        room.say(guest, text)
    assert not carl.got
    turns.end()
    assert len(ann.got) == len(bob.got) == len(carl.got) == 1
    assert carl.got[0] is dora.got[0]
    assert ann.heard() == ["<bob> 2"]
    assert bob.heard() == ["<ann> 1", "<ann> 3"]
    assert carl.heard() == ["<ann> 1", "<bob> 2", "<ann> 3"]


def test_the_room_schedules_one_call_for_the_end_of_a_turn() -> None:
    turns, room, (ann, _) = room_of("ann", "bob")
    for _ in range(3):
        room.say(ann, "hello")
    assert len(turns.calls) == 1


def test_an_answer_comes_after_earlier_messages_of_others() -> None:
    turns, room, (ann, bob) = room_of("ann", "bob")
    room.say(ann, "hello")
    room.send_text(bob, "notice", "an answer")
    turns.end()
    assert bob.heard() == ["<ann> hello", "an answer"]


def test_a_new_member_does_not_receive_earlier_messages() -> None:
    turns, room, (ann, bob) = room_of("ann", "bob")
    carl = Guest("carl")
    room.say(ann, "secret")
    room.join(carl)
    turns.end()
    assert carl.heard() == []
    assert bob.heard() == ["<ann> secret", "carl has joined the channel."]


def test_a_member_that_left_receives_nothing_more_and_its_name_is_free() -> None:
    turns, room, (ann, bob) = room_of("ann", "bob")
    room.say(bob, "bye")
    room.leave(ann)
    turns.end()
    assert (ann.heard(), bob.heard()) == ([], ["ann has left the channel."])
    assert room.names() == ("bob",)
    assert room.free_name("Ann", Guest("")) == "Ann"


def test_a_renamed_member_keeps_its_place_in_the_order_of_arrival() -> None:
    turns, room, (ann, bob, _) = room_of("ann", "bob", "carl")
    room.rename(bob, "Bert")
    turns.end()
    assert room.names() == ("ann", "Bert", "carl")
    assert ann.heard() == bob.heard() == ["bob is now known as Bert."]
    assert (room.find("bert"), room.find("bob")) == (bob, None)


def test_the_history_has_the_last_twenty_lines_said_and_nothing_else() -> None:
    _, room, (ann, _) = room_of("ann", "bob")
    room.say(ann, "waves", kind="action")
    room.announce("The lesson begins.")
    for number in range(HISTORY + 5):
        room.say(ann, str(number))
    assert [event.text for event in room.history] == [str(number) for number in range(5, 25)]


@pytest.mark.parametrize(("is_first", "most"), [(True, MAX_MISSED), (False, HISTORY)])
def test_the_last_events_can_be_asked_for_by_their_numbers(is_first: bool, most: int) -> None:
    turns, first, _ = room_of()
    room = first if is_first else first.make_other("#other")
    assert (room.sequence, room.since(0)) == (0, [])
    room.join(ann := Guest("ann"))
    for number in range(most):
        room.say(ann, f"{number}")
    turns.end()
    assert [event.text for event in room.since(0)] == [f"{number}" for number in range(most)]
    assert [event.text for event in room.since(room.sequence - 2)] == [f"{most - 2}", f"{most - 1}"]
    assert room.since(room.sequence) == []


def test_an_announcement_is_sent_to_all_members() -> None:
    turns, room, guests = room_of("ann", "bob")
    room.announce("The lesson begins.")
    turns.end()
    assert [guest.heard() for guest in guests] == [["The lesson begins."]] * 2


def test_on_event_is_called_at_once_and_not_for_answers_to_one_member() -> None:
    _, room, (ann, _) = room_of("ann", "bob")
    kinds: list[str] = []
    room.rooms.on_event = lambda event: kinds.append(event.kind)
    room.say(ann, "hello")
    room.send_text(ann, "notice", "psst")
    room.leave(ann)
    assert kinds == ["said", "left"]


steps = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["say", "do", "answer", "end"])))


@given(st.lists(st.sampled_from(Style), min_size=4, max_size=4), steps)
def test_gathering_does_not_change_what_each_member_receives(
    styles: list[Style], steps: list[tuple[int, str]]
) -> None:
    turns, room, guests = room_of("ann", "bob", "carl", "dora")
    due: dict[str, bytes] = {guest.name: b"" for guest in guests}
    for guest, style in zip(guests, styles, strict=True):
        guest.style = style
    for number, (which, what) in enumerate(steps):
        guest = guests[which]
        events: list[Event] = []
        room.rooms.on_event = events.append
        if what == "end":
            turns.end()
        elif what == "answer":
            room.send_text(guest, "refused", str(number))
            due[guest.name] += guest.got[-1]
        else:
            room.say(guest, str(number), "said" if what == "say" else "action")
        for other in guests:
            if other is not guest:
                due[other.name] += b"".join(encode(event, other.style) for event in events)
    turns.end()
    assert {guest.name: b"".join(guest.got) for guest in guests} == due


# --- names


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "ann",
        "Ann-Marie",
        "under_score",
        "4",
        "Zoë",
        "Дмитрий",
        "小明",
        "علي",
        "ਸਿਮਰਨ",
        "हिन्दी",
        "ที่รัก",
        "x" * 20,
        "Đặng-Thị-Ngọc",
        "မြန်မာ",
        "ကြွေး",
        "བསྒྲུབས",
        "ខ្មែរ",
        "ज़ैंब",
        "김小明_4",
        "e\u0323\u0302\u0308",  # the first two become a part of the letter
        "x\u0323\u0308",
    ],
)
def test_letters_and_digits_of_any_script_are_allowed_in_names(name: str) -> None:
    assert normalize(f" {name}\t") == unicodedata.normalize("NFKC", name)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "at least one"),
        ("  \t", "at least one"),
        ("x" * (LONGEST_NAME + 1), "too long"),
        ("two words", "only letters"),
        ("a,b", "only letters"),
        ("<ann>", "only letters"),
        ("[/bold]", "only letters"),
        ("'ann'", "only letters"),
        ("🦊", "only letters"),
        ("\N{COMBINING ACUTE ACCENT}", "only letters"),
        ("-\N{COMBINING ACUTE ACCENT}", "only letters"),
        (visible("a\N{ZERO WIDTH SPACE}b"), "only letters"),
        (visible("\N{RIGHT-TO-LEFT OVERRIDE}nna"), "only letters"),
        (visible("\N{HANGUL FILLER}"), "only letters"),
        (visible("a\rb"), "only letters"),
        ("\u0430nn", "does not mix Latin and Cyrillic letters"),  # the Cyrillic a
        ("b\u03bfb", "does not mix Latin and Greek letters"),  # the Greek omicron
        ("\u03bf\u043e", "does not mix Greek and Cyrillic letters"),
        ("q\u0323\u0308\u0301", "at most 2 accents"),
        ("Z" + "\u0336\u0489\u0300\u0301" * 4, "only letters"),
        ("z" + "\u0336\u0300\u0301" * 6, "at most 2 accents"),
        ("\u0e01" + "\u0e34" * 5, "at most 2 accents"),
        ("ann\U00016fe4", "invisible"),
        ("ann\u034f", "invisible"),
        ("ann\u180b", "only letters"),
        ("ann\u3164", "invisible"),
        ("ann\ufe0f", "only letters"),
        ("ann\U000e0100", "only letters"),
        ("می\u200cخواهم", "only letters"),
    ],
)
def test_any_other_name_is_refused_with_the_reason(name: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        normalize(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann", "ANN"),
        ("Straße", "STRASSE"),
        ("ａｎｎ", "ann"),
        ("ﬁn", "fin"),
        ("Zoe\N{COMBINING DIAERESIS}", "ZOË"),
        ("ΣΑΣ", "σας"),
    ],
)
def test_names_that_differ_only_in_case_or_form_are_the_same(one: str, other: str) -> None:
    assert fold(normalize(one)) == fold(normalize(other))


@given(st.text())
@example("ﷺ")
def test_an_accepted_name_is_short_and_printable_and_normalizing_it_again_changes_nothing(text: str) -> None:
    try:
        name = normalize(visible(text))
    except ValueError:
        return
    assert 1 <= len(name) <= LONGEST_NAME
    assert name.isprintable()
    assert not set(name) & set(" <>[]'\",;:/\\")
    assert visible(name) == name == normalize(name)


def test_a_taken_name_is_refused_in_the_spelling_just_typed() -> None:
    _, room, (ann,) = room_of("ann")
    with pytest.raises(ValueError, match=r"^Sorry, 'ANN' is taken. Try something else.$"):
        room.free_name(" ANN ", Guest(""))
    assert room.free_name("ANN", ann) == "ANN"


# --- members of other protocols


class Foreigner(Guest):
    """A member of another protocol, which encodes what members of the chat do, and not what its own do."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.style = FOREIGN  # type: ignore[assignment]

    def encode(self, event: Event, author: Member | None) -> bytes:
        return b"" if isinstance(author, Foreigner) else f"{event.kind} {event.name}\r\n".encode()


FOREIGN = "foreign"


def test_a_member_of_another_protocol_encodes_the_events_itself_and_knows_who_acted() -> None:
    turns, room, (ann,) = room_of("ann")
    eve, dan = Foreigner("eve"), Foreigner("dan")
    for member in (eve, dan):
        room.join(member)
    turns.end()
    ann.got.clear()
    room.say(ann, "hello")
    room.say(eve, "good evening")
    turns.end()
    assert ann.heard() == ["<eve> good evening"]
    assert eve.got == [b"said ann\r\n"]
    room.say(eve, "bye")
    turns.end()
    assert (eve.got, dan.got) == ([b"said ann\r\n"], [b"said ann\r\n"])


def test_a_name_can_be_registered_without_being_in_the_chat() -> None:
    turns, room, (ann,) = room_of("ann")
    eve = Foreigner("eve")
    room.register(eve)
    assert (room.names(), room.size(), room.find("EVE")) == (("ann",), 1, eve)
    with pytest.raises(ValueError, match="taken"):
        room.free_name("Eve", ann)
    room.rename(eve, "eva")
    turns.end()
    assert (ann.got, room.find("eve"), room.find("eva")) == ([], None, eve)
    room.join(eve)
    room.rename(eve, "evi")
    room.leave(eve)
    assert (room.names(), room.find("evi")) == (("ann",), eve)
    room.unregister(eve)
    assert room.find("evi") is None
    turns.end()
    assert ann.heard() == [
        "eva has joined the channel.",
        "eva is now known as evi.",
        "evi has left the channel.",
    ]


def test_the_event_that_was_gathered_last_can_be_seen() -> None:
    turns, room, (ann,) = room_of("ann")
    assert room.last_waiting() is None
    room.say(ann, "hello")
    last = room.last_waiting()
    assert last is not None
    assert (last.event.text, last.author, last.skipped) == ("hello", ann, ann)
    turns.end()
    assert room.last_waiting() is None
