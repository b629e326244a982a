"""Entries: the numbered entries of the log."""

from dataclasses import replace

from clients.chat.fullscreen.entries import SPARE, Entries
from clients.chat.rendering import Delivery, Role, StyledLine
from tests.clients.chat.fullscreen.screens import NOON

DAY = 86_400


def line(time: float = NOON, text: str = "hello") -> StyledLine:
    return StyledLine(time, "bob", "<bob>", text, Role.SAID)


def texts(entries: Entries) -> list[str]:
    return [entries[number].text for number in range(entries.first, entries.end)]


def test_between_two_days_there_is_a_line() -> None:
    entries = Entries()
    entries.add(line())
    entries.add(line(NOON + 1))
    entries.add(line(NOON + DAY))
    assert texts(entries) == ["Saturday, 2026-11-21", "hello", "hello", "Sunday, 2026-11-22", "hello"]


def join_or_leave(time: float, kind: str, name: str) -> StyledLine:
    return StyledLine(time, name, "--", "", Role(kind))


def coming(*what: tuple[str, str]) -> str:
    entries = Entries()
    for kind, name in what:
        entries.add(join_or_leave(NOON, kind, name))
    return texts(entries)[-1]


def test_joins_and_leaves_within_a_minute_are_one_line() -> None:
    assert coming(("joined", "ann"), ("joined", "bob"), ("left", "carl")) == "→ ann, bob joined · ← carl left"


def test_joins_and_leaves_of_one_user_are_summed_up() -> None:
    assert coming(("joined", "ann"), ("left", "ann")) == "ann came and went"
    assert coming(("left", "ann"), ("joined", "ann")) == "ann left and came back"
    assert coming(("joined", "ann"), ("left", "ann"), ("joined", "ann")) == "→ ann joined"
    assert coming(("left", "ann"), ("joined", "ann"), ("left", "ann")) == "← ann left"


def test_a_crowd_is_counted() -> None:
    text = coming(*(("joined", f"n{number}") for number in range(300)))
    assert text.endswith("n19, 280 more joined")


def test_the_next_minute_or_a_message_ends_the_line() -> None:
    entries = Entries()
    for time in (NOON, NOON + 59, NOON + 60):
        entries.add(join_or_leave(time, "joined", "ann"))
    entries.add(line(NOON + 60))
    entries.add(join_or_leave(NOON + 60, "left", "ann"))
    assert texts(entries)[1:] == ["→ ann joined", "→ ann joined", "hello", "← ann left"]


def test_messages_since_the_user_stopped_reading_are_below_the_mark() -> None:
    entries = Entries()
    entries.add(join_or_leave(NOON, "joined", "ann"))
    entries.mark = entries.end
    entries.add(join_or_leave(NOON, "joined", "bob"))
    assert texts(entries)[1:] == ["→ ann joined", "→ bob joined"]


def test_the_oldest_go_and_the_others_keep_their_numbers() -> None:
    entries = Entries(kept=1000)
    for number in range(5000):
        entries.add(line(text=str(number)))
    assert 1000 <= entries.end - entries.first <= 1000 + SPARE
    assert entries[entries.end - 1].text == "4999"
    assert entries[entries.first].text == str(entries.first - 1)


def test_the_delivery_of_a_line_changes_as_long_as_it_is_kept() -> None:
    entries = Entries(kept=1)
    number = entries.add(line(text="hello"))
    entries.set_delivery(number, Delivery.SENT)
    assert entries[number] == replace(line(text="hello"), delivery=Delivery.SENT)
    for _ in range(2 * SPARE):
        entries.add(line())
    entries.set_delivery(number, Delivery.DELIVERED)
