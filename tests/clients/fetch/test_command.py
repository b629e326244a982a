"""The flags of the command."""

from argparse import ArgumentTypeError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.fetch.command import header, url


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("http://host/a?b#c", b"http://host/a?b#c"),
        ("host:8880", b"http://host:8880"),
        ("localhost/a b/\u00fc?q=\u00e9", b"http://localhost/a%20b/%C3%BC?q=%C3%A9"),
        ("https://m\u00fcnchen.example/\u00fc", b"https://xn--mnchen-3ya.example/%C3%BC"),
        ("host?next=http://other/", None),
        ("[::1]:80/", b"http://[::1]:80/"),
    ],
)
def test_a_url_may_be_typed_as_people_do(typed: str, asked: bytes | None) -> None:
    if asked is None:
        with pytest.raises(ArgumentTypeError):
            url(typed)
    else:
        assert url(typed) == asked


@given(st.text())
def test_any_text_is_a_url_or_an_error_for_the_user(text: str) -> None:
    try:
        assert url(text).isascii()
    except ArgumentTypeError:
        pass


@given(st.text())
def test_any_text_is_a_header_or_an_error_for_the_user(text: str) -> None:
    try:
        header(text)
    except ArgumentTypeError:
        pass
