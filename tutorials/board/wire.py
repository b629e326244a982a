"""The messages between the board and a learner's `watch`: JSON objects, one a line.

    message                          from        meaning
    {"hello": NAME, "word": WORD}    a learner   the first message
    {"look": true, "word": WORD}     --once      the only message: asks for the learners
    {"lesson": 2, "step": 3, …}      a learner   the state of a learner, at each change
    {"welcome": NAME}                the board   answers the hello
    {"line": TEXT}                   the board   a line of the teacher
    {"refused": REASON}              the board   the last message before the board closes the connection
    {"learners": [ROW, …]}           the board   answers the look

All of it comes from strangers, so each function that reads a message raises ValueError for what is not as
it should be, and passes text through `visible`.
"""

import json
import re
from argparse import ArgumentTypeError
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from core.endpoints import EndpointError, TCPEndpoint, parse
from core.formats.json_values import as_text, as_whole
from core.formats.text import visible

PORT = 8900
LONGEST_NAME = 24
LONGEST_LINE = 200
"""Characters of a line of the teacher."""

LONGEST_MESSAGE = 2048
"""Bytes of any message but the answer to a look."""

MOST = 99_999
"""No number of a learner's state is greater."""

MISTAKE = re.compile(r"[a-z0-9_]{0,40}")
RESULTS = ("", "not yet", "passed")
"""The result of the last check; "" before the first one."""


@dataclass(frozen=True)
class Status:
    """The state of a learner: the lesson that was begun last, and its last check."""

    lesson: int = 0
    step: int = 0
    result: str = ""
    mistake: str = ""
    tries: int = 0
    hints: int = 0
    hand: bool = False


@dataclass(frozen=True)
class Row:
    """A learner on the board. `seconds`: the time since this step began.

    `here` is False after the connection has ended.
    """

    name: str
    here: bool
    seconds: int
    status: Status


def message(**fields: object) -> bytes:
    """A message, without the line's end."""
    return json.dumps(fields).encode()


def as_flag(value: object) -> bool:
    """The value, if it is true or false."""
    if isinstance(value, bool):
        return value
    raise ValueError(f"neither true nor false: {value!r:.40}")


def as_name(value: object) -> str:
    """A learner's name, made visible. It has 1 to LONGEST_NAME characters."""
    name = visible(" ".join(as_text(value).split()))
    if not 1 <= len(name) <= LONGEST_NAME:
        raise ValueError(f"a name has 1 to {LONGEST_NAME} characters")
    return name


def as_line(value: object) -> str:
    """A line of the teacher, made visible, and cut if it is too long."""
    return visible(" ".join(as_text(value).split()))[:LONGEST_LINE]


def _number(value: object) -> int:
    if not 0 <= (number := as_whole(value)) <= MOST:
        raise ValueError(f"no number from 0 to {MOST}: {number!r:.40}")
    return number


def as_status(fields: Mapping[str, object]) -> Status:
    """The state of a learner."""
    result, mistake = as_text(fields.get("result")), as_text(fields.get("mistake"))
    if result not in RESULTS or not MISTAKE.fullmatch(mistake):
        raise ValueError(f"no result with a mistake: {result!r:.40}, {mistake!r:.40}")
    numbers = {name: _number(fields.get(name)) for name in ("lesson", "step", "tries", "hints")}
    return Status(result=result, mistake=mistake, hand=as_flag(fields.get("hand")), **numbers)


def row_fields(row: Row) -> dict[str, object]:
    """The row as the fields of one object."""
    return {"name": row.name, "here": row.here, "seconds": row.seconds, **asdict(row.status)}


def as_row(fields: Mapping[str, object]) -> Row:
    """The row that `row_fields` has written."""
    name, here = as_name(fields.get("name")), as_flag(fields.get("here"))
    return Row(name, here, max(as_whole(fields.get("seconds")), 0), as_status(fields))


def board_address(text: str) -> TCPEndpoint:
    """For argparse: parse `ADDRESS:PORT`, or `ADDRESS` for the usual port."""
    try:
        found = parse(f"tcp:{text if ':' in text else f'{text}:{PORT}'}")
    except EndpointError as error:
        raise ArgumentTypeError(str(error)) from None
    assert isinstance(found, TCPEndpoint)
    return found
