"""The evidence of a check: everything that was seen. Only this decides whether it has passed."""

import ast
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from pathlib import Path


class Kind(Enum):
    """How what came differs from what was expected."""

    WRONG = "wrong bytes"
    NOTHING = "nothing"
    LITTLE = "too little"
    MUCH = "too much"
    LATE = "too late"
    EARLY = "too early"
    END = "the end of the stream"
    RESET = "a reset"
    OPEN = "the connection stays open"
    EXIT = "the program has ended"
    OUTPUT = "wrong output"
    LOGGED = "an exception was logged"
    START = "the program did not start"
    OTHER = "something else"


@dataclass(frozen=True)
class Sent:
    """Bytes, or an event in words, that the checker has sent. `by` is "" if there is only one visitor."""

    what: bytes | str
    by: str = ""
    after: float = 0.0


@dataclass(frozen=True)
class Event:
    """One line of the trace, at `at` seconds: `kind` is `step`, `sent` or `came`, with its title or bytes."""

    at: float
    kind: str
    what: bytes | str
    by: str = ""


@dataclass(frozen=True)
class Record:
    """A log record of the program, or the exception that ended it (`level` EXCEPTION)."""

    level: str
    message: str
    type: str = ""
    text: str = ""
    line: int = 0
    trace: str = ""


@dataclass(frozen=True)
class Place:
    """A line of the learner's file, the qualified name of its function, and the call or loop in that line."""

    line: int
    function: str = ""
    call: str = ""


@dataclass
class Evidence:
    """Everything that was seen up to the failure of a step."""

    title: str = ""
    step: int = 0
    total: int = 0
    sent: list[Sent] = field(default_factory=list)
    kind: Kind = Kind.OTHER
    expected: bytes | str = b""
    expected_of: str = ""
    """Where and when it was expected: ` to visitor 2 within 0.2 s`."""
    came: bytes | str = b""
    notes: list[str] = field(default_factory=list)
    """Further lines below `came`."""
    fits: frozenset[str] = frozenset()
    """The mistakes for which exactly these bytes would have come."""
    records: list[Record] = field(default_factory=list)
    output: bytes = b""
    errors: bytes = b""
    dropped: tuple[int, int] = (0, 0)
    """Further bytes of the output and of stderr, which were not kept."""
    status: int | None = None
    unread: int = 0
    place: Place | None = None
    """Where the program was when something was late, unless it was waiting for an event."""
    is_waiting: bool = False
    is_looked_at: bool = False
    """Whether `unread`, `place` and `is_waiting` are known for this failure."""
    wrote: int = 0
    """The last line of the program that wrote to a connection."""
    listens: list[str] = field(default_factory=list)
    seconds: float = 0.0
    facts: set[str] = field(default_factory=set)
    """Further facts that a check has noticed, in words of its own."""
    source: str = ""
    """The program's text. It may only choose between explanations that all of the rest allows."""

    def raised(self, name: str = "", text: str = "") -> bool:
        """Whether an exception of this type ("": any), with this text, was logged or ended the program."""
        raised = [record for record in self.records if record.type and text in record.text]
        return any(name in ("", record.type) for record in raised)

    def logged(self, text: str) -> bool:
        """Whether `text` is part of a message in the log."""
        return any(text in record.message for record in self.records)

    def aborts(self) -> bool:
        """Whether the program has reset the connection by a call of abort_connection."""
        is_reset = self.kind is Kind.RESET or "then a reset" in self.notes
        return is_reset and not self.raised() and "abort_connection" in self.source

    def is_in(self, *names: str) -> bool:
        """Whether the line at which the program is blocked contains one of `names`."""
        return self.place is not None and any(name in self.place.call for name in names)


class NotYet(Exception):
    """A step has failed, in `line` of the learner's file if the check knows it."""

    def __init__(
        self, kind: Kind, expected: bytes | str, came: bytes | str, *notes: str, of: str = "", line: int = 0
    ) -> None:
        super().__init__(kind.value)
        self.kind, self.expected, self.came, self.notes, self.of = kind, expected, came, notes, of
        self.line = line
        self.fits: frozenset[str] = frozenset()


class CannotCheck(Exception):
    """The check itself failed, for which the learner is not to blame."""


@cache
def syntax(path: Path) -> ast.Module:
    """The syntax tree of a file. SyntaxError or ValueError if it has none."""
    return ast.parse(path.read_text("utf-8"), str(path))


def describe_line(path: Path, line: int) -> Place:
    """The function that contains `line` of the file, and the innermost call that begins in that line."""
    function, call = "", ""
    stack: list[tuple[ast.AST, str]] = [(syntax(path), "")]
    while stack:
        node, name = stack.pop()
        for child in ast.iter_child_nodes(node):
            inner = name
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                inner = f"{name}.{child.name}".lstrip(".")
                if child.lineno <= line <= (child.end_lineno or 0):
                    function = inner
            elif isinstance(child, ast.Call | ast.For) and child.lineno == line and not call:
                call = ast.unparse(child).splitlines()[0]
            stack.append((child, inner))
    return Place(line, function, call)
