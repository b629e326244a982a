"""The arguments of a request, from its query and from a form, and the name and password that it has."""

from base64 import b64decode
from binascii import Error
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

from core.web.answers import Refusal
from core.web.headers import Headers

FORM = b"application/x-www-form-urlencoded"

MAX_ARGUMENTS = 10_000
"""The largest number of arguments: the reactor waits while they are parsed."""


def parse_arguments(text: bytes) -> dict[bytes, list[bytes]]:
    """The arguments in `a=1&b=2`: the list of values for each name. A part without `=` is ignored.

    Raises Refusal for more than MAX_ARGUMENTS.
    """
    if text.count(b"&") >= MAX_ARGUMENTS:
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {MAX_ARGUMENTS} arguments")
    arguments: dict[bytes, list[bytes]] = {}
    for pair in text.split(b"&"):
        name, equals, value = pair.replace(b"+", b" ").partition(b"=")
        if equals:
            arguments.setdefault(unquote_to_bytes(name), []).append(unquote_to_bytes(value))
    return arguments


def is_form(headers: Headers) -> bool:
    """Whether the body is an urlencoded form."""
    kind = headers.get_raw_headers(b"Content-Type", [b""])[0]
    return kind.partition(b";")[0].strip().lower() == FORM


def parse_credentials(headers: Headers) -> tuple[bytes, bytes]:
    """User and password of a basic authorisation (RFC 7617); empty without a well-formed one."""
    scheme, _, text = headers.get_raw_headers(b"Authorization", [b""])[-1].strip().partition(b" ")
    if scheme.lower() == b"basic":
        try:
            user, colon, password = b64decode(text.strip(), validate=True).partition(b":")
        except Error:
            return b"", b""
        if colon:
            return user, password
    return b"", b""
