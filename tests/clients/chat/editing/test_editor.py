"""The line under the fingers."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.chat.editing.cells import edges
from clients.chat.editing.editor import Editor, EditorCommand
from clients.chat.editing.history import LONGEST
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
        ("a\x00\x12\x07\tb\u202e\u200b", "ab", 2),
        ("a\x1bxb\x1b[5~c\x1b[29~d", "abcd", 4),
        ("a\x1b\x1b[Db", "ba", 1),
        ("abc\x02\x02x\x06y", "axbyc", 4),
        ("one two\x1bb\x1bbx\x1bfy", "xoney two", 5),
        ("one two\x1b[1;5D\x1b[1;5Dx\x1b[1;5Cy", "xoney two", 5),
        ("one-two\x1b\x7f", "one-", 4),
        ("one-two \x1bb\x1bd", "one- ", 4),
        ("one two\x17\x01\x19 ", "two one ", 4),
        ("one two\x1bb\x0b\x01\x19", "twoone ", 3),
        ("a\u0301b\x7f\x7f", "", 0),
        (f"xa\u0301{LEFT}y", "xya\u0301", 2),
        (f"👍🏽🇩🇪🇫🇷{LEFT}{LEFT}\x7f", "🇩🇪🇫🇷", 0),
        (f"🇩🇪🇫🇷{LEFT}\x1b[3~", "🇩🇪", 2),
        ("ab\x1b[200~c d\n\x1b[201~e", "abc de", 6),
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
    assert editor.feed(b"\x15\x04") == [EditorCommand.END]


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
    st.sampled_from(
        [
            UP,
            DOWN,
            LEFT,
            RIGHT,
            *"\x01\x04\x05\x0b\x15\x17\x19\x7f\r\x1b[O~3ab f日\u0301🇩🏽",
            "\x1b[200~",
            "\x1b[201~",
        ]
    )
)


@given(keys=KEYS)
def test_whatever_the_keys_the_cursor_is_in_the_line_and_the_line_is_fit_to_be_seen(keys: list[str]) -> None:
    editor = Editor()
    editor.feed("".join(keys).encode())
    assert 0 <= editor.cursor <= len(editor.text)
    assert visible(editor.text) == editor.text


@given(keys=KEYS)
def test_the_cursor_never_stands_inside_of_a_character(keys: list[str]) -> None:
    editor = Editor()
    editor.feed("".join(keys).encode())
    assert editor.cursor in edges(editor.text)


def test_a_paste_of_several_lines_waits_for_an_answer() -> None:
    editor = Editor()
    paste = b"\x1b[200~one\r\ntwo\x03\n\n  \nthree\n\x1b[201~"
    assert editor.feed(b"say now\x1b[D\x1b[D\x1b[D" + paste) == []
    assert editor.asks == ["say one", "two", "threenow"]
    assert editor.feed(b"x\x1b[A") == []
    assert editor.feed(b"\r") == ["say one", "two", "threenow"]
    assert (editor.asks, editor.text) == ([], "")


@pytest.mark.parametrize("no", [b"\x1b", b"\x03"])
def test_a_paste_that_is_not_wanted_leaves_the_line_as_it_was(no: bytes) -> None:
    editor = Editor()
    editor.feed(b"half\x1b[D\x1b[200~one\ntwo\x1b[201~" + no)
    assert (editor.asks, editor.text, editor.cursor) == ([], "half", 3)


def test_a_line_too_long_to_be_pasted_in_is_asked_about_in_pieces() -> None:
    editor = Editor()
    editor.feed(b"\x1b[200~" + b"x" * (2 * LONGEST + 1) + b"\x1b[201~")
    assert [len(line) for line in editor.asks] == [LONGEST, LONGEST, 1]


def test_what_keys_ask_for_besides_lines() -> None:
    assert Editor().feed(b"\x0c\x03\x04") == [EditorCommand.REDRAW, EditorCommand.LEAVE, EditorCommand.END]


def test_tab_asks_for_a_better_line() -> None:
    editor = Editor(lambda text, cursor, step: (f"{text}{step}", cursor + 1))
    editor.feed(b"a\t\t\x1b[Z")
    assert editor.text == "a11-1"
