"""The rows and styles of an entry."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from clients.chat.fullscreen.chrome import clip
from clients.chat.fullscreen.render import render_entry
from clients.chat.rendering import Role, StyledLine
from tests.clients.chat.fullscreen.screens import NOON

TEXTS = st.text(alphabet="ab c日é\u0301👍🏽", max_size=60)


def rows(text: str, width: int, name: str = "bob", role: Role = Role.SAID) -> list[str]:
    line = StyledLine(NOON, name, f"<{name}>", text, role)
    return [row.plain for row in render_entry(line, width, Console())]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hello world foo", ["hello world", "foo"]),
        ("a" * 14, ["a" * 12, "aa"]),
        ("to https://example.org/", ["to", "https://exam", "ple.org/"]),
        ("日本語日本語日", ["日本語日本語", "日"]),
        ("e\u0301" * 13, ["e\u0301" * 12, "e\u0301"]),
        ("a\tb", ["a   b"]),
        ("0123456789ab x", ["0123456789ab", "x"]),
        (" 0123456789a日", [" 0123456789a", "日"]),
    ],
)
def test_a_text_is_cut_at_blanks_and_only_a_word_that_is_too_long_within_it(
    text: str, found: list[str]
) -> None:
    line = StyledLine(NOON, "", "", text, Role.SAID)
    clock, *others = [row.plain for row in render_entry(line, 18, Console())]
    assert [
        row.rstrip() for row in [clock.removeprefix("10:00 "), *(row.removeprefix(" " * 6) for row in others)]
    ] == found


@given(TEXTS, st.integers(8, 60), st.sampled_from(["b", "日本", "a" * 30]), st.sampled_from(Role))
def test_no_row_is_too_wide_and_nothing_but_blanks_is_lost(
    text: str, width: int, name: str, role: Role
) -> None:
    found = rows(text, width, name, role)
    assert all(cell_len(row) <= width for row in found)
    assert re.sub("[ ─]", "", "".join(found)).endswith(text.replace(" ", ""))


@given(TEXTS, st.integers(1, 30))
def test_a_clipped_text_fits_and_ends_with_an_ellipsis(text: str, width: int) -> None:
    short = clip(text, width)
    assert cell_len(short) <= width
    assert short == text or short.endswith("…")
