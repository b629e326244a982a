"""The requests of the control feed, from a subscriber to a server: one JSON object a line."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from core.formats.feed import SHORTEST_INTERVAL, VERSION
from core.formats.json_values import as_number, as_text, as_whole, parse_object


class Request(NamedTuple):
    """A request to `do` something. The reply refers to its `id`, which the client chooses."""

    do: str
    id: int
    session: int = 0
    v: int = VERSION
    interval: float = SHORTEST_INTERVAL
    reason: str = ""
    text: str = ""
    service: str = ""
    token: str = ""


def encode_request(request: Request) -> bytes:
    """`request` as a line, without the line end."""
    return json.dumps(request._asdict()).encode()


class BadRequest(ValueError):
    """A malformed request. The message says what is wrong; `id` is its number, if it has one."""

    def __init__(self, problem: str, number: int | None = None) -> None:
        super().__init__(problem)
        self.id = number


def decode_request(line: bytes) -> Request:
    """The request in a line. BadRequest if it is malformed."""
    number = None
    try:
        found = parse_object(line)
        number = as_whole(found.get("id"))
        return _request(found)
    except ValueError as error:
        raise BadRequest(str(error), number) from None


def _request(found: Mapping[str, object]) -> Request:
    return Request(
        do=as_text(found.get("do")),
        id=as_whole(found.get("id")),
        session=as_whole(found.get("session", 0)),
        v=as_whole(found.get("v", VERSION)),
        interval=max(SHORTEST_INTERVAL, as_number(found.get("interval", SHORTEST_INTERVAL))),
        reason=as_text(found.get("reason", "")),
        text=as_text(found.get("text", "")),
        service=as_text(found.get("service", "")),
        token=as_text(found.get("token", "")),
    )
