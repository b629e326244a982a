"""The control feed: what a server process tells whoever watches it, as JSON, one object a line.

A watcher gets all rows once and from then on only those that changed, merged over a while: never an event
for each byte. So a feed costs by what is shown, not by what flows.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

VERSION = 1
SHORTEST_INTERVAL = 0.25
"""Seconds between two deltas, at least."""

ROWS_IN_A_PIECE = 128
"""At most 500 by contract; so many stay below the 64 KiB at which asyncio's `readline` gives up."""

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
    """What a reactor is doing: turns a second, the longest turn lately and the 99th percentile (both in ms)."""

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


def encode(message: Message | Request) -> bytes:
    """A line, without its end."""
    return json.dumps(_object(message)).encode()


def _object(message: Message | Request) -> Mapping[str, object]:
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
            reactor = load._asdict() if load else {}
            return {"type": "delta", "rows": [row._asdict() for row in rows], "gone": ended, "reactor": reactor}
        case Happening(what, session, service, text, at):
            told = {"session": session, "service": service, "text": text, "at": at}
            return {"type": "event", "what": what, **told}
        case Wire(session, direction, at, data):
            passed = {"direction": direction, "at": at, "data": b64encode(data).decode()}
            return {"type": "bytes", "session": session, **passed}
        case Gap(dropped):
            return {"type": "gap", "dropped": dropped}
        case Request():
            return {key: getattr(message, key) for key in message.__slots__}


_row_values = itemgetter(*Row._fields)
_load_values = itemgetter(*Load._fields)


def decode(line: bytes) -> Message | None:
    """What a server says; None for a type that is not known here. ValueError if it is broken."""
    try:
        return _message(_parse(line))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a broken message: {error!r}") from None


def _message(found: Mapping[str, object]) -> Message | None:
    match found:
        case {"type": "hello", "v": int(v), "pid": int(pid), "engine": str(engine), "services": list(services)}:
            listed = tuple([(_text(each["name"]), tuple(map(_text, each["endpoints"]))) for each in services])
            return Hello(v, pid, engine, listed)
        case {"type": "snapshot", "rows": list(rows), "last": bool(last)}:
            return Snapshot(_rows(rows), last)
        case {"type": "delta", "rows": list(rows), "gone": list(gone), "reactor": dict(load)}:
            ended = tuple((int(each["id"]), str(each["reason"])) for each in gone)
            return Delta(_rows(rows), ended, Load._make(_load_values(load)) if load else None)
        case {"type": "event", "what": str(what), "session": int(session), **rest}:
            return Happening(what, session, str(rest["service"]), str(rest["text"]), _number(rest["at"]))
        case {"type": "bytes", "session": int(session), "direction": str(direction), "data": str(data), **rest}:
            return Wire(session, direction, _number(rest["at"]), b64decode(data))
        case {"type": "gap", "dropped": int(dropped)}:
            return Gap(dropped)
        case {"re": int() | None as re, "ok": bool(ok), **rest}:
            return Reply(re, "" if ok else str(rest["error"]))
        case {"type": str(kind)} if kind not in KINDS:
            return None
    raise ValueError("a broken message")


KINDS = ("hello", "snapshot", "delta", "event", "bytes", "gap")


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


def _rows(found: list[dict[str, object]]) -> tuple[Row, ...]:
    return tuple([Row._make(_row_values(each)) for each in found])


def _parse(line: bytes) -> Mapping[str, object]:
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("not a line of JSON") from None
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found
