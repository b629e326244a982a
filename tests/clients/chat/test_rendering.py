"""Events as styled lines, and these as text."""

import time
from dataclasses import replace

import pytest
from colorama import Style
from hypothesis import given
from hypothesis import strategies as st

from clients.chat import rendering
from clients.chat.colors import COLORS
from clients.chat.rendering import (
    Delivery,
    Role,
    describe,
    is_mentioned,
    render_piped,
    render_plain,
)
from core.formats.chat_events import Event
from core.formats.text import visible

NOON = time.mktime((2026, 11, 21, 12, 0, 0, 0, 0, -1))
EVENTS = [
    (Event("said", NOON, "bob", "hello"), "<bob> hello", Role.SAID),
    (Event("said", NOON, "Ann", "hello"), "<Ann> hello", Role.OWN),
    (Event("action", NOON, "bob", "waves"), "* bob waves", Role.ACTION),
    (Event("private", NOON, "ann", "psst", to="bob"), "<ann -> bob> psst", Role.PRIVATE),
    (Event("joined", NOON, "bob", "bob has joined."), "-- bob has joined.", Role.JOINED),
    (Event("notice", NOON, text="Lunch."), "-- Lunch.", Role.SERVER),
    (Event("refused", NOON, text="No."), "!! No.", Role.REFUSED),
    (Event("history", NOON), "-- Nothing has been said yet.", Role.SERVER),
]


@pytest.mark.parametrize(("event", "words", "role"), EVENTS)
def test_each_mode_has_the_same_words(event: Event, words: str, role: Role) -> None:
    (line,) = describe(event, "ann")
    assert line.role is role
    assert render_piped(line) == f"2026-11-21T12:00:00 {words}"
    assert render_plain(line, colors=None) == f"12:00:00 {words}"
    assert "\x1b" in render_plain(line, colors=COLORS[""])


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("ann", True),
        ("hi ANN!", True),
        ("annabel", False),
        ("ann-marie", False),
        ("joann", False),
        ("", False),
        ("ann's", True),
        ("@ann", True),
        ("ann/bob", True),
        ("ann\u0301", False),
        ("我喜欢ann的课", True),
        ("annさん", True),
        ("ann你好", True),
        ("see https://example.org/ann and more", False),
        ("www.example.org/ann", False),
        ("/home/ann", False),
        ("~/ann", False),
        ("src/ann/x", False),
        ("mail ann@example.org", False),
        ("mail bob@ann.org", False),
        ("https://example.org/ann, ann", True),
    ],
)
def test_a_mention_is_a_whole_word_in_any_case(text: str, is_so: bool) -> None:
    assert is_mentioned("Ann", text) is is_so
    assert not is_mentioned("", text)


@pytest.mark.parametrize("letters", ["z", "@", ".", "/", "a@", "http://"])
def test_a_mention_is_found_behind_a_long_word_in_linear_time(letters: str) -> None:
    began = time.process_time()
    assert is_mentioned("Ann", letters * 20_000 + " ann")
    assert time.process_time() - began < 5


def test_a_name_of_letters_without_blanks_is_a_word_between_others() -> None:
    assert is_mentioned("李雷", "hello李雷!")
    assert not is_mentioned("李", "李雷")


def test_a_mention_is_marked_for_people_and_not_in_a_pipe() -> None:
    (line,) = describe(Event("said", NOON, "bob", "ann?"), "ann")
    assert render_plain(line, colors=None) == "12:00:00 ! <bob> ann?"
    assert render_piped(line).endswith("<bob> ann?")
    (own,) = describe(Event("said", NOON, "ann", "ann?"), "ann")
    assert not own.mentions
    (private,) = describe(Event("private", NOON, "bob", "psst", to="ann"), "ann")
    assert private.mentions


@pytest.mark.parametrize(
    ("entered", "shown"),
    [
        ("hello", ["<ann> hello"]),
        ("//x", ["<ann> /x"]),
        ("/me  waves ", ["* ann waves"]),
        ("/ME waves", ["* ann waves"]),
        ("/names", []),
        ("/msg bob psst", []),
        ("/me", []),
        (" /msg bob psst", []),
        ("  ", []),
    ],
)
def test_own_messages_are_shown_as_the_others_see_them(entered: str, shown: list[str]) -> None:
    assert [f"{line.lead} {line.text}" for line in rendering.describe_own(entered, "ann", NOON)] == shown


@pytest.mark.parametrize(
    ("delivery", "text", "is_dim"),
    [
        (Delivery.UNSENT, "hello (not sent yet)", True),
        (Delivery.SENT, "hello", True),
        (Delivery.DOUBTFUL, "hello (perhaps not delivered)", True),
        (Delivery.DELIVERED, "hello", False),
    ],
)
def test_an_own_line_is_dim_until_it_is_delivered(delivery: Delivery, text: str, is_dim: bool) -> None:
    (line,) = rendering.describe_own("hello", "ann", NOON)
    line = replace(line, delivery=delivery)
    assert render_plain(line, colors=None) == f"12:00:00 <ann> {text}"
    assert f"{Style.DIM}{text}" in render_plain(line, colors=COLORS[""]) or not is_dim
    assert line.is_dim is is_dim
    assert (replace(line, color=30).name_color is None) is is_dim
    assert render_piped(line).endswith("<ann> hello")


def test_on_a_light_ground_dim_is_a_colour() -> None:
    (line,) = rendering.describe_own("hello", "ann", NOON)
    text = render_plain(replace(line, delivery=Delivery.SENT), COLORS["light"])
    assert Style.DIM not in text
    assert text.count("\x1b[38;5;241m") == 2


def test_the_heading_of_missed_lines_has_the_times() -> None:
    text = "you were disconnected from 11:59:00 to 12:00:00"
    assert rendering.absence_line(NOON - 60, NOON).text == text


@given(text=st.text())
def test_a_message_is_one_line_whatever_it_holds(text: str) -> None:
    (line,) = describe(Event("said", NOON, "bob", visible(text)), "ann")
    for written in (render_piped(line), render_plain(line, colors=None)):
        assert len(written.splitlines()) == 1
        assert visible(written.replace("\t", "")) == written.replace("\t", "")
