"""Events that the user knows: by their numbers, or because they are the user's own lines."""

from hypothesis import given
from hypothesis import strategies as st

from clients.chat.known_events import REMEMBERED, OwnLines, SeenNumbers
from core.formats.chat_events import MAX_MISSED, Event


@given(st.lists(st.integers(1, 50)))
def test_each_number_is_new_once(numbers: list[int]) -> None:
    seen = SeenNumbers()
    assert [number for number in numbers if seen.record(number)] == list(dict.fromkeys(numbers))
    assert seen.largest == max(numbers, default=0)


def test_events_without_a_number_are_always_new_and_old_numbers_are_forgotten() -> None:
    seen = SeenNumbers()
    assert seen.record(0)
    assert seen.record(0)
    for number in range(1, 3 * MAX_MISSED):
        seen.record(number)
    assert len(seen._seen) == 2 * MAX_MISSED
    assert not seen.record(3 * MAX_MISSED - 1)


def said(text: str) -> Event:
    """A missed event, of the user."""
    return Event("said", 0, "Ann", text)


def test_an_own_line_is_found_once_by_its_name_and_text_the_oldest_first() -> None:
    lines = OwnLines()
    lines.record(1, "ann", "hello")
    lines.record(2, "ann", "hello")
    lines.record(3, "bob", "hello")
    assert [lines.pop(said("hello")) for _ in range(3)] == [1, 2, None]
    assert lines.pop(said("bye")) is None


def test_the_oldest_own_lines_are_forgotten() -> None:
    lines = OwnLines()
    for number in range(REMEMBERED + 1):
        lines.record(number, "ann", str(number))
    assert lines.pop(said("0")) is None
    assert lines.pop(said("1")) == 1
