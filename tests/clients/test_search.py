"""Searching in numbered lines: from match to match."""

import pytest

from clients.search import next_match, pattern_of


@pytest.mark.parametrize(
    ("here", "step", "found"),
    [
        (0, 1, (3, "1 of 3")),
        (3, 1, (5, "2 of 3")),
        (4, 1, (5, "2 of 3")),
        (9, 1, (3, "1 of 3")),
        (10, -1, (9, "3 of 3")),
        (5, -1, (3, "1 of 3")),
        (3, -1, (9, "3 of 3")),
    ],
)
def test_the_next_match_is_the_one_behind_and_after_the_last_comes_the_first(
    here: int, step: int, found: tuple[int, str]
) -> None:
    assert next_match([3, 5, 9], here, step) == found


def test_a_single_match_is_its_own_next_one() -> None:
    assert next_match([4], 4, 1) == next_match([4], 4, -1) == (4, "1 of 1")


@pytest.mark.parametrize("text", ["a.b", "[x]", "(", "\\", "É"])
def test_a_text_is_found_as_it_is_and_in_both_cases(text: str) -> None:
    assert pattern_of(text).search(f"before {text.lower()} behind")
    assert not pattern_of(text).search("a+b x y")
