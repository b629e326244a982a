"""The URI of a request, and the checks of what is no request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.web.client.uri import URI, checked_method, checked_uri, join


@pytest.mark.parametrize(
    ("uri", "host", "port", "target", "header"),
    [
        (b"http://localhost", b"localhost", 80, b"/", b"localhost"),
        (b"http://LocalHost:8880/a/b?c=d#e", b"localhost", 8880, b"/a/b?c=d", b"localhost:8880"),
        (b"HTTPS://host?x", b"host", 443, b"/?x", b"host"),
        (b"https://host:80/;p", b"host", 80, b"/;p", b"host:80"),
        (b"http://[::1]:81/", b"::1", 81, b"/", b"[::1]:81"),
        (b"http://[::1]/", b"::1", 80, b"/", b"[::1]"),
    ],
)
def test_a_uri_says_which_server_to_ask_and_for_what(
    uri: bytes, host: bytes, port: int, target: bytes, header: bytes
) -> None:
    parsed = URI.from_bytes(uri)
    assert (parsed.host, parsed.port, parsed.origin_form, parsed.host_header) == (host, port, target, header)


def test_a_uri_can_be_put_together_again() -> None:
    uri = b"http://host:8880/a/b?c=d#e"
    assert URI.from_bytes(uri).to_bytes() == uri


@pytest.mark.parametrize(
    "uri",
    [
        *(b"", b"http://host/a b", b" http://host/", b"http://host/\r\nX: y", b"http://host/\xc3\xa9"),
        *(b"http:///path", b"http:path", b"http://:80/", b"http://host:x/", b"http://host:65536/"),
        *(b"http://[::1/", b"http://ann:secret@host/"),
    ],
)
def test_a_wrong_uri_is_a_value_error(uri: bytes) -> None:
    with pytest.raises(ValueError):
        URI.from_bytes(uri)


@pytest.mark.parametrize(
    ("uri", "hint"),
    [
        (b"http://", "'http://' has no host. Write it after the scheme: 'http://localhost/'"),
        (b"http://host:65536/", "'host:65536' has a wrong port: it is a number from 0 to 65535"),
        (b"http://host:x/", "'host:x' has a wrong port: it is a number from 0 to 65535"),
        (
            b"http://[::1",
            "'http://[::1' has a wrong host: an IPv6 address is in brackets, as in 'http://[::1]:8000/'",
        ),
        (b"http://ann@host/", "'http://ann@host/' has a user in it. Put it into an Authorization header"),
    ],
)
def test_the_error_quotes_the_uri_as_it_was_typed(uri: bytes, hint: str) -> None:
    with pytest.raises(ValueError) as caught:
        URI.from_bytes(uri)
    assert str(caught.value) == hint


@pytest.mark.parametrize("method", [b"", b"GE T", b"GET\r\n", b"G\xcbT", b"GET:"])
def test_a_wrong_method_is_a_value_error(method: bytes) -> None:
    with pytest.raises(ValueError):
        checked_method(method)


def test_text_for_a_method_or_a_uri_is_a_type_error_with_a_hint() -> None:
    with pytest.raises(TypeError, match="b'GET'"):
        checked_method("GET")
    with pytest.raises(TypeError, match="b'http://localhost/'"):
        checked_uri("http://localhost/")


@pytest.mark.parametrize(
    ("location", "joined"),
    [
        (b"/other", b"http://host/other#part"),
        (b"other?q#new", b"http://host/dir/other?q#new"),
        (b"//elsewhere/x", b"http://elsewhere/x#part"),
        (b"https://host/", b"https://host/#part"),
        (b"", b"http://host/dir/page#part"),
        (b"/a b/\xc3\xa9", b"http://host/a%20b/%C3%A9#part"),
    ],
)
def test_a_location_is_taken_from_the_page_that_has_it(location: bytes, joined: bytes) -> None:
    assert join(b"http://host/dir/page#part", location) == joined


@given(st.binary())
def test_any_location_is_joined_or_a_value_error(location: bytes) -> None:
    try:
        checked_uri(join(b"http://host/", location))
    except ValueError:
        pass


@given(st.binary())
def test_any_bytes_are_a_uri_or_a_value_error(data: bytes) -> None:
    try:
        uri = URI.from_bytes(data)
    except ValueError:
        return
    assert b" " not in uri.origin_form
    assert checked_uri(uri.to_bytes())
