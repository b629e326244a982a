"""What stands in one place of a line, and how wide it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.chat.editing.cells import SMALLEST_ROOM, edges, layout, width
from core.formats.text import clusters, visible

TEXT = st.text("ab 日한\u0301é\u200b\x07🇩🇪👍🏽❤\ufe0f", max_size=60)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("abc", ["a", "b", "c"]),
        ("e\u0301\u0302x", ["e\u0301\u0302", "x"]),
        ("👍🏽!", ["👍🏽", "!"]),
        ("🇩🇪🇫🇷🇩", ["🇩🇪", "🇫🇷", "🇩"]),
        ("❤\ufe0f", ["❤\ufe0f"]),
        ("\u0301a", ["\u0301", "a"]),
        ("क्षि", ["क्", "षि"]),
        ("\u1112\u1161\u11ab", ["\u1112\u1161\u11ab"]),
    ],
)
def test_a_place_has_all_that_belongs_together(text: str, places: list[str]) -> None:
    assert clusters(text) == places


def test_width_counts_columns_and_not_characters() -> None:
    assert [width(text) for text in ("abc", "日本", "e\u0301", "👍🏽", "🇩🇪")] == [3, 4, 1, 2, 2]


@given(text=TEXT)
def test_the_places_are_the_text(text: str) -> None:
    assert "".join(clusters(text)) == text
    assert edges(text)[0] == 0
    assert edges(text)[-1] == len(text)


@given(text=TEXT, place=st.integers(0, 60), columns=st.integers(1, 40))
def test_a_row_fits_and_shows_the_cursor(text: str, place: int, columns: int) -> None:
    stops = edges(text)
    cursor = stops[min(place, len(stops) - 1)]
    for prompt in ("", "ann> ", "日> "):
        row, before = layout(prompt, text, cursor, columns)
        if columns - 1 - width(prompt) < SMALLEST_ROOM:
            prompt = ""
        assert row.startswith(before)
        assert before.startswith(prompt)
        assert visible(text[:cursor]).endswith(before.removeprefix(prompt))
        if columns > 2:
            assert width(row) < columns


def test_where_all_has_room_all_is_shown() -> None:
    assert layout("> ", "hello", 2, 20) == ("> hello", "> he")


def test_something_of_what_is_behind_the_cursor_is_seen() -> None:
    row, before = layout("", "x" * 50 + "y" * 50, 50, 41)
    assert (row, before) == ("x" * 30 + "y" * 10, "x" * 30)
