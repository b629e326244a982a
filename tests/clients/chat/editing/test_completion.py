"""Completion: Tab completes names and commands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.chat.editing.completion import Completion

NAMES = ["bob", "bea", "日本", "/me"]


def tab(text: str, cursor: int, *steps: int) -> tuple[str, int]:
    """The line after Tab (step 1) or Shift-Tab (-1), and its cursor."""
    completion = Completion(lambda prefix: [name for name in NAMES if name.startswith(prefix)])
    for step in steps:
        text, cursor = completion.tab(text, cursor, step)
    return text, cursor


@pytest.mark.parametrize(
    ("text", "cursor", "steps", "line"),
    [
        ("b", 1, [1], ("bob: ", 5)),
        ("b", 1, [1, 1], ("bea: ", 5)),
        ("b", 1, [1, 1, 1], ("bob: ", 5)),
        ("b", 1, [-1, -1], ("bea: ", 5)),
        ("b", 1, [1, 1, -1], ("bob: ", 5)),
        ("hi b", 4, [1], ("hi bob ", 7)),
        ("hi b!", 4, [1, 1], ("hi bea !", 7)),
        ("/m", 2, [1], ("/me ", 4)),
        ("x", 1, [1], ("x", 1)),
        ("日", 1, [1], ("日本: ", 4)),
        ("(bo", 3, [1], ("(bob ", 5)),
        ("@bo", 3, [1], ("@bob ", 5)),
        ("thanks,bo", 9, [1], ("thanks,bob ", 11)),
        ('"bo', 3, [1], ('"bob ', 5)),
        ("hi bo there", 5, [1], ("hi bob there", 6)),
        ("bo: hi", 2, [1], ("bob: hi", 3)),
        ("bo hi", 2, [1], ("bob: hi", 4)),
        ("bea: bo", 7, [1], ("bea, bob: ", 10)),
        ("bea, b", 6, [1, 1], ("bea, bea: ", 10)),
        ("bea: hi bo", 10, [1], ("bea: hi bob ", 12)),
        ("/msg bo", 7, [1], ("/msg bob ", 9)),
    ],
)
def test_it_finishes_the_word(text: str, cursor: int, steps: list[int], line: tuple[str, int]) -> None:
    assert tab(text, cursor, *steps) == line


def test_any_other_key_begins_anew() -> None:
    completion = Completion(lambda prefix: [name for name in ("bob", "bea") if name.startswith(prefix)])
    assert completion.tab("b", 1) == ("bob: ", 5)
    assert completion.tab("bob: x b", 8) == ("bob: x bob ", 11)


def test_punctuation_replaces_only_the_space_that_tab_has_added() -> None:
    completion = Completion(lambda prefix: ["bob"])
    text, cursor = completion.tab("hi b", 4)
    assert completion.replaces_space(text, cursor, ",")
    assert not completion.replaces_space(text, cursor, "x")
    assert not completion.replaces_space("hi all ", 7, ",")
    text, cursor = completion.tab("b", 1)
    assert not completion.replaces_space(text, cursor, ",")


@given(
    text=st.text("b 日/x"), cursor=st.integers(0, 20), steps=st.lists(st.sampled_from([1, -1]), max_size=5)
)
def test_what_is_around_the_word_stays(text: str, cursor: int, steps: list[int]) -> None:
    cursor = min(cursor, len(text))
    done, at = tab(text, cursor, *steps)
    assert 0 <= at <= len(done)
    assert done[at:] == text[cursor:]
    assert done.startswith(text[: text.rfind(" ", 0, cursor) + 1])
