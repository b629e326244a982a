"""The control feed: what a server process tells whoever watches it, as JSON, one object a line.

A watcher gets all rows once and from then on only those that changed, merged over a while: never an event
for each byte. So a feed costs by what is shown, not by what flows.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

VERSION = 1
SHORTEST_INTERVAL = 0.25
"""Seconds between two deltas, at least."""

ROWS_IN_A_PIECE = 128
"""At most 500 by contract; so many of them stay below the 64 KiB at which asyncio's `readline` gives up."""

LONGEST_LINE = 1 << 20


class Row(NamedTuple):
    """A session. `opened` is in Unix seconds, `idle` in seconds, the rest of the figures are bytes."""

    id: int
    service: str
    transport: str
    peer: str
    state: str
    user: str
    opened: float
    idle: float
    bytes_in: int
    bytes_out: int
    waiting: int


class Load(NamedTuple):
    """What a reactor does: turns a second; the longest turn lately and the 99th percentile, both in ms."""

    turns: float
    lag: float
    lag_p99: float
    slowest: str
    slowest_ms: float
    timers: int
    descriptors: int
    limit: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks for: `do`, with an `id` of its own that the answer refers to."""

    do: str
    id: int
    session: int = 0
    v: int = VERSION
    interval: float = SHORTEST_INTERVAL
    reason: str = ""
    text: str = ""
    service: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """`error` is empty if the request was carried out."""

    re: int | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Hello:
    """Who speaks; `services` are names, each with its endpoints."""

    v: int
    pid: int
    engine: str
    services: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Some of the rows that there are; `last` on the last piece."""

    rows: tuple[Row, ...]
    last: bool


@dataclass(frozen=True, slots=True)
class Delta:
    """The rows that changed or came, those that went with the reason, and the reactor's load."""

    rows: tuple[Row, ...]
    gone: tuple[tuple[int, str], ...]
    reactor: Load | None


@dataclass(frozen=True, slots=True)
class Happening:
    """An `event`: opened, closed, kicked, state, error or stall. `at` is in Unix seconds."""

    what: str
    session: int
    service: str
    text: str
    at: float


@dataclass(frozen=True, slots=True)
class Wire:
    """One read (`in`) or one write (`out`) of a watched session."""

    session: int
    direction: str
    at: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Gap:
    """So many happenings or pieces of wire were dropped, because they were not read in time."""

    dropped: int


Message = Reply | Hello | Snapshot | Delta | Happening | Wire | Gap


def encode(message: Message) -> bytes:
    """A line, without its end."""
    return json.dumps(_object(message)).encode()


def encode_request(request: Request) -> bytes:
    """A line, without its end."""
    return json.dumps({key: getattr(request, key) for key in Request.__slots__}).encode()


def _object(message: Message) -> Mapping[str, object]:
    match message:
        case Reply(re, error):
            return {"re": re, "ok": False, "error": error} if error else {"re": re, "ok": True}
        case Hello(v, pid, engine, services):
            listed = [{"name": name, "endpoints": endpoints} for name, endpoints in services]
            return {"type": "hello", "v": v, "pid": pid, "engine": engine, "services": listed}
        case Snapshot(rows, last):
            return {"type": "snapshot", "rows": [row._asdict() for row in rows], "last": last}
        case Delta(rows, gone, load):
            ended = [{"id": number, "reason": reason} for number, reason in gone]
            told = {"rows": [row._asdict() for row in rows], "gone": ended}
            return {"type": "delta", **told, "reactor": load._asdict() if load else {}}
        case Happening(what, session, service, text, at):
            told = {"session": session, "service": service, "text": text, "at": at}
            return {"type": "event", "what": what, **told}
        case Wire(session, direction, at, data):
            passed = {"direction": direction, "at": at, "data": b64encode(data).decode()}
            return {"type": "bytes", "session": session, **passed}
        case Gap(dropped):
            return {"type": "gap", "dropped": dropped}


_row_values = itemgetter(*Row._fields)
_load_values = itemgetter(*Load._fields)


def decode(line: bytes) -> Message | None:
    """What a server says; None for a type that is not known here. ValueError if it is broken."""
    try:
        return _message(_parse(line))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a broken message: {error!r}") from None


def _message(found: Mapping[str, object]) -> Message | None:
    if "re" in found:
        number = found["re"]
        return Reply(None if number is None else _whole(number), "" if found["ok"] else _text(found["error"]))
    decoder = DECODERS.get(_text(found["type"]))
    return None if decoder is None else decoder(found)


def _hello(found: Mapping[str, object]) -> Hello:
    listed = []
    for each in _objects(found["services"]):
        listed.append((_text(each["name"]), tuple(map(_text, _items(each["endpoints"])))))
    return Hello(_whole(found["v"]), _whole(found["pid"]), _text(found["engine"]), tuple(listed))


def _snapshot(found: Mapping[str, object]) -> Snapshot:
    return Snapshot(_rows(found["rows"]), found["last"] is True)


def _delta(found: Mapping[str, object]) -> Delta:
    gone = tuple([(_whole(each["id"]), _text(each["reason"])) for each in _objects(found["gone"])])
    load = found["reactor"]
    return Delta(_rows(found["rows"]), gone, Load._make(_load_values(load)) if load else None)


def _happening(found: Mapping[str, object]) -> Happening:
    what, text, service = (_text(found[key]) for key in ("what", "text", "service"))
    return Happening(what, _whole(found["session"]), service, text, _number(found["at"]))


def _wire(found: Mapping[str, object]) -> Wire:
    data = b64decode(_text(found["data"]), validate=True)
    return Wire(_whole(found["session"]), _text(found["direction"]), _number(found["at"]), data)


def _gap(found: Mapping[str, object]) -> Gap:
    return Gap(_whole(found["dropped"]))


DECODERS: dict[str, Callable[[Mapping[str, object]], Message]] = {
    "hello": _hello,
    "snapshot": _snapshot,
    "delta": _delta,
    "event": _happening,
    "bytes": _wire,
    "gap": _gap,
}


class BadRequest(ValueError):
    """What is wrong with a request; `id` is its number, if it has one."""

    def __init__(self, problem: str, number: int | None = None) -> None:
        super().__init__(problem)
        self.id = number


def decode_request(line: bytes) -> Request:
    """What a client asks for. BadRequest."""
    number = None
    try:
        found = _parse(line)
        number = _whole(found.get("id"))
        return _request(found)
    except ValueError as error:
        raise BadRequest(str(error), number) from None


def _request(found: Mapping[str, object]) -> Request:
    return Request(
        do=_text(found.get("do")),
        id=_whole(found.get("id")),
        session=_whole(found.get("session", 0)),
        v=_whole(found.get("v", VERSION)),
        interval=max(SHORTEST_INTERVAL, _number(found.get("interval", SHORTEST_INTERVAL))),
        reason=_text(found.get("reason", "")),
        text=_text(found.get("text", "")),
        service=_text(found.get("service", "")),
        token=_text(found.get("token", "")),
    )


def _number(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15:
        return float(value)
    raise ValueError(f"not a number: {value!r:.40}")


def _whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(f"not a whole number: {value!r:.40}")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise ValueError(f"not a text: {value!r:.40}")


def _items(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    raise ValueError(f"not a list: {value!r:.40}")


def _objects(value: object) -> list[dict[str, object]]:
    items = _items(value)
    return [item for item in items if isinstance(item, dict)]


def _rows(found: object) -> tuple[Row, ...]:
    return tuple([Row._make(_row_values(each)) for each in _objects(found)])


def _parse(line: bytes) -> Mapping[str, object]:
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("not a line of JSON") from None
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found
