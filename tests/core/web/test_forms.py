"""Forms, queries, credentials and cookies, as the parsers read them."""

from base64 import b64encode
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.web import Headers
from core.web.answers import Refusal
from core.web.cookies import parse_cookies, set_cookie
from core.web.forms import MAX_ARGUMENTS, parse_arguments, parse_credentials

PAIRS = st.lists(st.tuples(st.binary(max_size=8), st.binary(max_size=8)), max_size=6)


@given(PAIRS)
def test_arguments_that_a_browser_encodes_are_read_as_they_were(pairs: list[tuple[bytes, bytes]]) -> None:
    expected: dict[bytes, list[bytes]] = {}
    for name, value in pairs:
        expected.setdefault(name, []).append(value)
    assert parse_arguments(urlencode(pairs).encode()) == expected


def test_more_arguments_than_the_limit_are_refused() -> None:
    most = b"&".join([b"a=1"] * MAX_ARGUMENTS)
    assert len(parse_arguments(most)[b"a"]) == MAX_ARGUMENTS
    with pytest.raises(Refusal):
        parse_arguments(most + b"&a=1")


@given(st.binary(max_size=20).filter(lambda user: b":" not in user), st.binary(max_size=20))
def test_a_user_and_a_password_are_read_as_they_were_encoded(user: bytes, password: bytes) -> None:
    text = b"Basic " + b64encode(user + b":" + password)
    assert parse_credentials(Headers({b"Authorization": [text]})) == (user, password)


@given(st.binary(max_size=60))
def test_any_bytes_are_arguments_cookies_and_credentials(data: bytes) -> None:
    assert all(values for values in parse_arguments(data).values())
    assert all(b"=" not in name for name in parse_cookies([data]))
    assert len(parse_credentials(Headers({b"Authorization": [b"Basic " + data]}))) == 2


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_no_name_or_value_adds_an_attribute_to_a_cookie(name: bytes, value: bytes) -> None:
    cookie = set_cookie(name, value, [(b"Path", b"/")], secure=False, http_only=False, same_site=None)
    assert cookie.count(b";") == 1
    assert not set(b"\r\n\0") & set(cookie)
