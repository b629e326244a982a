"""Headers: names without regard to case, lists of values, text and bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.web import Headers

NAMES = st.text("!#$%&'*+-.^_`|~09azAZ", min_size=1, max_size=12)


def test_a_name_is_found_in_any_spelling() -> None:
    headers = Headers()
    headers.add_raw_header(b"content-TYPE", b"text/html")
    assert headers.get_raw_headers(b"CONTENT-type") == [b"text/html"]
    assert headers.has_header("Content-Type")


def test_values_are_added_in_order_and_replaced_all_at_once() -> None:
    headers = Headers({b"Accept": [b"a"]})
    headers.add_raw_header("accept", "b")
    assert headers.get_raw_headers(b"accept") == [b"a", b"b"]
    headers.set_raw_headers("ACCEPT", ["c"])
    assert headers.get_raw_headers(b"accept") == [b"c"]


def test_a_text_name_gets_text_and_a_bytes_name_bytes() -> None:
    headers = Headers({"X-Name": ["café"]})
    assert headers.get_raw_headers("x-name") == ["café"]
    assert headers.get_raw_headers(b"x-name") == ["café".encode()]


def test_a_missing_header_is_none_or_the_default() -> None:
    assert Headers().get_raw_headers("x") is None
    assert Headers().get_raw_headers(b"x", 7) == 7
    assert Headers({b"x": []}).get_raw_headers(b"x", "none") == "none"


@pytest.mark.parametrize(
    "name",
    ["ETag", "WWW-Authenticate", "DNT", "TE", "P3P", "Content-MD5", "X-XSS-Protection", "Like-This"],
)
def test_names_are_listed_in_their_usual_spelling(name: str) -> None:
    headers = Headers({name.lower(): ["1"]})
    assert list(headers.get_all_raw_headers()) == [(name.encode(), [b"1"])]


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\0"])
def test_a_line_break_inside_a_value_becomes_one_space(end: str) -> None:
    headers = Headers({"a": [f"b{end}c"]})
    headers.add_raw_header("a", f"d{end}Evil: e".encode())
    assert headers.get_raw_headers("a") == ["b c", "d Evil: e"]


@pytest.mark.parametrize("values", ["text", b"bytes", ("a",), None, 1])
def test_values_that_are_no_list_are_a_type_error(values: list[str]) -> None:
    with pytest.raises(TypeError, match="list"):
        Headers().set_raw_headers("a", values)


@pytest.mark.parametrize(("name", "value"), [(1, b"a"), (None, b"a"), (b"a", 1), (b"a", None)])
def test_what_is_neither_text_nor_bytes_is_a_type_error(name: bytes, value: bytes) -> None:
    with pytest.raises(TypeError):
        Headers().add_raw_header(name, value)


@pytest.mark.parametrize("name", [b"", b"a b", b"a:", b"a\r\nb", "naïve", b"\0"])
def test_a_name_that_is_no_token_is_a_value_error(name: bytes) -> None:
    with pytest.raises(ValueError, match="header name"):
        Headers().add_raw_header(name, b"a")


def test_a_header_can_be_removed_also_if_it_is_not_there() -> None:
    headers = Headers({b"a": [b"1"]})
    headers.remove_header("A")
    headers.remove_header("A")
    assert not headers.has_header(b"a")


def test_a_copy_is_equal_and_independent() -> None:
    headers = Headers({b"a": [b"1"]})
    copy = headers.copy()
    assert copy == headers
    copy.add_raw_header(b"a", b"2")
    assert headers == Headers({b"A": [b"1"]}) != copy
    assert headers != {b"A": [b"1"]}


def test_the_representation_shows_names_and_values() -> None:
    assert repr(Headers({"content-type": ["text/html"]})) == "Headers({b'Content-Type': [b'text/html']})"


@given(st.lists(st.tuples(NAMES, st.binary(max_size=20))))
def test_each_added_value_is_found_and_has_no_line_break(fields: list[tuple[str, bytes]]) -> None:
    headers = Headers()
    for name, value in fields:
        headers.add_raw_header(name, value)
    kept = dict(headers.get_all_raw_headers())
    assert sum(map(len, kept.values())) == len(fields)
    for name, value in fields:
        found = headers.get_raw_headers(name.swapcase().encode())
        assert found is not None
        assert value.replace(b"\r\n", b" ").translate(bytes.maketrans(b"\r\n\0", b"   ")) in found
    assert not any(set(b"\r\n\0") & set(value) for values in kept.values() for value in values)
