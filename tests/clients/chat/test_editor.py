"""The line under the fingers."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.chat.editor import END_OF_INPUT, LONGEST, Editor, layout, width
from core.formats.text import visible

UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"


def typed(keys: str) -> tuple[str, int]:
    """What stands in the line after these keys, and where the cursor is."""
    editor = Editor()
    editor.feed(keys.encode())
    return editor.text, editor.cursor


@pytest.mark.parametrize(
    ("keys", "text", "cursor"),
    [
        ("hello", "hello", 5),
        ("hello\x7f\x7f", "hel", 3),
        ("hello\b", "hell", 4),
        ("\x7fa", "a", 1),
        (f"ac{LEFT}b", "abc", 2),
        (f"{LEFT}a{RIGHT}{RIGHT}b", "ab", 2),
        (f"abc{LEFT}{LEFT}\x7f", "bc", 0),
        (f"abc{LEFT}{LEFT}\x04", "ac", 1),
        (f"abc{LEFT}\x1b[3~", "ab", 2),
        ("abc\x01x\x05y", "xabcy", 5),
        ("abc\x1b[Hx\x1b[Fy", "xabcy", 5),
        ("abc\x1b[1~x\x1b[4~y", "xabcy", 5),
        ("abc\x1bOHx\x1bOFy", "xabcy", 5),
        (f"abc{LEFT}\x15", "c", 0),
        (f"abc{LEFT}\x0b", "ab", 2),
        ("one two  \x17", "one ", 4),
        ("one\x17\x17", "", 0),
        ("日本\x7fä", "日ä", 2),
        ("a\x00\x02\x07\tb\u202e\u200b", "ab", 2),
        ("a\x1bxb\x1b[5~c\x1b[200~d", "abcd", 4),
        ("a\x1b\x1b[Db", "ba", 1),
    ],
)
def test_the_keys_do_what_they_do_everywhere(keys: str, text: str, cursor: int) -> None:
    assert typed(keys) == (text, cursor)


@pytest.mark.parametrize("enter", ["\r", "\n"])
def test_enter_hands_the_line_over_and_begins_another(enter: str) -> None:
    editor = Editor()
    assert editor.feed(f"one{enter}two{enter}three".encode()) == ["one", "two"]
    assert (editor.text, editor.cursor) == ("three", 5)


def test_the_whole_line_is_handed_over_wherever_the_cursor_is() -> None:
    assert Editor().feed(f"hello{LEFT}{LEFT}\r".encode()) == ["hello"]


def test_ctrl_d_is_the_end_of_input_only_on_an_empty_line() -> None:
    editor = Editor()
    assert editor.feed(b"a\x04\x04") == []
    assert editor.feed(b"\x15\x04") == [END_OF_INPUT]


def test_an_escape_sequence_does_not_swallow_enter() -> None:
    assert Editor().feed(b"a\x1b\rb\x1b[\r") == ["a", "b"]


def test_up_and_down_go_through_what_was_entered_and_come_back() -> None:
    editor = Editor()
    editor.feed(b"one\rtwo\rtwo\r\rthr")
    seen = []
    for key in (UP, UP, UP, DOWN, DOWN, DOWN):
        editor.feed(key.encode())
        seen.append(editor.text)
    assert seen == ["two", "one", "one", "two", "thr", "thr"]


def test_a_line_from_before_can_be_entered_again() -> None:
    editor = Editor()
    assert editor.feed(f"one\rtwo\r{UP}{UP}!\r".encode()) == ["one", "two", "one!"]
    editor.feed(UP.encode())
    assert editor.text == "one!"


def test_a_line_does_not_grow_beyond_what_a_server_takes() -> None:
    text, cursor = typed("x" * 2 * LONGEST)
    assert len(text) == cursor == LONGEST


@given(data=st.binary(max_size=80), cuts=st.lists(st.integers(0, 80), max_size=6))
def test_whatever_the_pieces_the_same_line(data: bytes, cuts: list[int]) -> None:
    whole, pieces = Editor(), Editor()
    edges = [0, *sorted(cuts), len(data)]
    done = [line for start, end in pairwise(edges) for line in pieces.feed(data[start:end])]
    assert done == whole.feed(data)
    assert (pieces.text, pieces.cursor) == (whole.text, whole.cursor)


KEYS = st.lists(
    st.sampled_from([UP, DOWN, LEFT, RIGHT, *"\x01\x04\x05\x0b\x15\x17\x7f\r\x1b[O~3", "a", " ", "日"])
)


@given(keys=KEYS)
def test_whatever_the_keys_the_cursor_is_in_the_line_and_the_line_is_fit_to_be_seen(keys: list[str]) -> None:
    editor = Editor()
    editor.feed("".join(keys).encode())
    assert 0 <= editor.cursor <= len(editor.text)
    assert visible(editor.text) == editor.text


@given(
    text=st.text("ab 日\u0301é\u200b\x07"),
    cursor=st.integers(0, 30),
    columns=st.integers(1, 40),
    prompt=st.sampled_from(["", "ann> ", "日> "]),
)
def test_a_row_fits_and_shows_the_cursor(text: str, cursor: int, columns: int, prompt: str) -> None:
    cursor = min(cursor, len(text))
    row, before = layout(prompt, text, cursor, columns)
    assert row.startswith(before)
    assert before.startswith(prompt)
    stands = visible(text[:cursor])
    assert stands.endswith(before.removeprefix(prompt))
    if columns - 1 - width(prompt) >= 8:  # a stand-in such as <U+200B> has eight columns
        assert width(row) < columns


def test_width_counts_columns_and_not_characters() -> None:
    assert (width("abc"), width("日本"), width("e\u0301")) == (3, 4, 1)
