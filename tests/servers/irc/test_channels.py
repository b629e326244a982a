"""Masks, names in lower case, and the rules of a channel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.irc.channels import full_mask, lower, matches


@pytest.mark.parametrize(
    ("mask", "text", "result"),
    [
        ("ann!*@*", "ann!a@host", True),
        ("ANN!*@*", "ann!a@host", True),
        ("a?n!*@*", "ann!a@host", True),
        ("a?!*@*", "ann!a@host", False),
        ("*!*@10.0.*", "ann!a@10.0.0.1", True),
        ("*!*@10.0.*", "ann!a@110.0.0.1", False),
        ("[a-z]!*@*", "b!a@host", False),
        ("[a-z]!*@*", "[a-z]!a@host", True),
        ("a.n!*@*", "ann!a@host", False),
    ],
)
def test_a_mask_has_only_two_wildcards(mask: str, text: str, result: bool) -> None:
    assert matches(mask, text) is result


@given(st.text(max_size=20))
def test_every_text_is_a_mask_that_matches_itself(text: str) -> None:
    assert matches(text.replace("*", "").replace("?", ""), text.replace("*", "").replace("?", ""))
    assert full_mask(full_mask(text)) == full_mask(text)


def test_names_differ_in_case_only_if_they_have_letters_that_are_not_ascii() -> None:
    assert lower("#CLASS[]") == "#class[]"
    assert lower("#CLÄSS") == "#clÄss"
