"""Text into rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from clients.chat.fullscreen.wrap import clip, wrap

TEXTS = st.text(alphabet="ab c日é\u0301👍🏽", max_size=60)


@pytest.mark.parametrize(
    ("text", "first", "rows"),
    [
        ("hello world foo", 0, ["hello", "world foo"]),
        ("hello you", 4, ["hello", "you"]),
        ("", 3, [""]),
        ("a" * 12, 0, ["a" * 10, "aa"]),
        ("to https://example.org/", 0, ["to", "https://ex", "ample.org/"]),
        ("日本語日本語", 0, ["日本語日本", "語"]),
        ("e\u0301" * 11, 0, ["e\u0301" * 10, "e\u0301"]),
        ("a\tb", 0, ["a    b"]),
        ("0123456789 x", 0, ["0123456789", "x"]),
        (" 012345678日", 0, ["", "012345678", "日"]),
    ],
)
def test_a_text_is_cut_at_blanks_and_only_a_word_that_is_too_long_within_it(
    text: str, first: int, rows: list[str]
) -> None:
    assert wrap(text, 10, first) == rows


@given(TEXTS, st.integers(2, 30), st.integers(0, 10))
def test_no_row_is_too_wide_and_nothing_but_blanks_is_lost(text: str, width: int, first: int) -> None:
    rows = wrap(text, width, min(first, width))
    assert all(cell_len(row) <= width for row in rows)
    assert "".join(rows).replace(" ", "") == text.replace(" ", "")


@given(TEXTS, st.integers(1, 30))
def test_a_clipped_text_fits_and_ends_with_an_ellipsis(text: str, width: int) -> None:
    short = clip(text, width)
    assert cell_len(short) <= width
    assert short == text or short.endswith("…")
