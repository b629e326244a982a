"""How the outcome of a check reads: in words, with a caret below the first wrong byte, or as JSON."""

import json
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from core.formats.text import visible
from tutorials.course.evidence import Event, Evidence, Kind, Sent
from tutorials.course.mistakes import Explanation
from tutorials.course.shelf import CLONE, Lesson, word

AROUND = 24
"""Bytes of a long text that are shown on either side of the first wrong one."""

LABEL = 11
"""Columns of the labels at the left."""

COLUMNS = 80

LINES, LONG = 5, 400
"""Lines of the program's output that are shown from its beginning, and from its end; characters of each."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of the check of one lesson. `evidence` is None if it has passed."""

    lesson: Lesson
    path: Path
    seed: int
    weathers: Sequence[str]
    seconds: float
    evidence: Evidence | None = None
    explanation: Explanation | None = None
    traces: Sequence[Sequence[Event]] = ()
    """The trace in each of `weathers`."""

    @property
    def result(self) -> str:
        """`passed` or `not yet`."""
        return "passed" if self.evidence is None else "not yet"

    @property
    def step(self) -> int:
        """The number of the step that has failed; if none has, of the last one."""
        return self.lesson.total if self.evidence is None else self.evidence.step

    @property
    def passed_steps(self) -> int:
        """The number of steps that have passed."""
        return self.lesson.total if self.evidence is None else max(self.evidence.step - 1, 0)


def shown(path: Path) -> str:
    """A path as the learner may type it: relative to the current directory if it is below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def escape(byte: int) -> str:
    """One byte as it stands between the quotes of a bytes literal."""
    return '\\"' if byte == ord('"') else "'" if byte == ord("'") else repr(bytes([byte]))[2:-1]


def literal(data: bytes) -> str:
    """`data` as Python shows it, with double quotes."""
    return 'b"' + "".join([escape(byte) for byte in data]) + '"'


def first_difference(one: bytes, other: bytes) -> int:
    """The number of the first byte in which the two differ, which may be the end of the shorter one."""
    pairs = enumerate(zip_longest(one, other))
    return next((place for place, (a, b) in pairs if a != b), len(one))


@dataclass(frozen=True)
class Window:
    """The part of a text from `first` to `last` that is shown: all of it, unless it is long."""

    first: int
    last: int

    @classmethod
    def around(cls, place: int, size: int) -> "Window":
        """The part around the byte `place` of a text of `size` bytes."""
        if size <= 4 * AROUND:
            return cls(0, size)
        return cls(max(place - AROUND, 0), min(place + AROUND, size))

    def show(self, data: bytes) -> str:
        """This part of `data`, with the numbers of its bytes if it is not all of it."""
        if self.first == 0 and self.last >= len(data):
            return literal(data)
        left, right = "…" * (self.first > 0), "…" * (self.last < len(data))
        numbers = word("report.region", first=self.first, last=min(self.last, len(data)), total=len(data))
        return f"{left}{literal(data[self.first : self.last])}{right}  {numbers}"

    def column(self, data: bytes, place: int) -> int:
        """The column at which the byte `place` stands in `show(data)`."""
        return 2 + (self.first > 0) + sum(len(escape(byte)) for byte in data[self.first : place])


def beginning(what: bytes | str) -> str:
    """A text as it is, or bytes from their beginning on."""
    return what if isinstance(what, str) else Window.around(0, len(what)).show(what) if what else "nothing"


def show_sent(sent: Sent, names: bool) -> str:
    """The sent text or bytes; with `names`, also the name of the sender."""
    text = beginning(sent.what)
    by = f" by {sent.by}" if names and sent.by else ""
    return f"{text}{by}" + (f", {sent.after:g} s later" if sent.after else "")


def describe_byte(data: bytes, place: int) -> str:
    """A byte in hexadecimal, and as a letter if it is one."""
    byte = data[place]
    return f'{byte:02x} "{chr(byte)}"' if 0x20 <= byte < 0x7F else f"{byte:02x}"


def difference(evidence: Evidence) -> tuple[str, str, str]:
    """`expected` and `came` as they are shown, and the line with the caret, "" if there is none."""
    expected, came = evidence.expected, evidence.came
    if isinstance(expected, str) or isinstance(came, str):
        return beginning(expected), beginning(came), ""
    place = first_difference(expected, came)
    window = Window.around(place, max(len(expected), len(came)))
    if evidence.kind in (Kind.LATE, Kind.EARLY):
        return window.show(expected), window.show(came), ""
    if place == len(came):
        note = word("report.first_missing", place=place - 1, missing=len(expected) - place)
    elif place == len(expected):
        note = word("report.first_extra", place=place)
    else:
        bytes_ = {"came": describe_byte(came, place), "expected": describe_byte(expected, place)}
        note = word("report.first_wrong", place=place, **bytes_)
    wanted = window.show(expected) if expected else "nothing"
    return wanted, window.show(came), " " * window.column(came, place) + note


def came_text(evidence: Evidence) -> str:
    """The bytes or the words that came, in one line."""
    came = difference(evidence)[1]
    if came == "nothing" and evidence.unread:
        wait = "1 byte waits" if evidence.unread == 1 else f"{evidence.unread:,} bytes wait"
        return f"nothing: your program has not read it ({wait} in the kernel)"
    if came == "nothing" and evidence.is_waiting:
        return "nothing: your program has read all that was sent, and waits for the next event"
    if evidence.kind is Kind.START and evidence.is_waiting and not evidence.listens:
        return f"{came}, and waits for events"
    return came


def came_lines(evidence: Evidence) -> list[str]:
    """The lines for the bytes that came, and for the log. Words are wrapped, bytes are not."""
    came, caret = came_text(evidence), difference(evidence)[2]
    is_bytes = isinstance(evidence.came, bytes) and evidence.came
    lines = [*([came] if is_bytes else wrap(came)), *([caret] if caret else []), *evidence.notes]
    logged = [
        f"{record.type}: {record.text}" if record.type else " ".join(record.message.split())
        for record in evidence.records
        if not (record.type and came.startswith(f"{record.type}: "))
    ]
    return [*lines, *(line for text in dict.fromkeys(logged) for line in wrap(f"in the log: {text}"))]


def where(outcome: Outcome) -> str:
    """The learner's line that most likely matters, as FILE:LINE; the file alone if there is none."""
    evidence = outcome.evidence
    lines = [0]
    if evidence is not None:
        blocked = evidence.place.line if evidence.place is not None and not evidence.is_waiting else 0
        records = sorted(evidence.records, key=lambda record: record.level != "EXCEPTION")
        lines = [*[record.line for record in records], blocked, 0 if evidence.raised() else evidence.wrote]
    line = next((line for line in lines if line), 0)
    return f"{shown(outcome.path)}:{line}" if line else shown(outcome.path)


def blocked_at(outcome: Outcome) -> str:
    """Where the program was, "" if that does not matter."""
    evidence = outcome.evidence
    if evidence is None or evidence.place is None or evidence.is_waiting or evidence.status is not None:
        return ""
    place = evidence.place
    function = f"in {place.function}" if place.function else ""
    return ", ".join([part for part in (f"{shown(outcome.path)}:{place.line}", place.call, function) if part])


def printed(data: bytes, dropped: int, label: str) -> list[tuple[str, str]]:
    """The first and the last lines that were kept of what a program printed, and how much was not kept."""
    whole = data.decode("utf-8", "replace").splitlines()
    lines = [line if len(line) <= LONG else f"{line[:LONG]}…" for line in whole]
    if len(lines) > 2 * LINES:
        lines = [*lines[:LINES], "…", *lines[-LINES:]]
    lines += [word("report.dropped", count=dropped)] if dropped else []
    return beside(label, lines)


def rows(outcome: Outcome) -> list[tuple[str, str]]:
    """The labels and texts of the evidence."""
    evidence = outcome.evidence
    assert evidence is not None
    names = len({sent.by for sent in evidence.sent}) > 1
    found = beside(f"{word('report.step')} {evidence.step}", wrap(evidence.title))
    found += [(word("report.sent"), show_sent(sent, names)) for sent in evidence.sent]
    found.append((word("report.expected"), difference(evidence)[0] + evidence.expected_of))
    found += beside(word("report.came"), came_lines(evidence))
    if at := blocked_at(outcome):
        found += beside(word("report.at"), wrap(at))
    found += printed(evidence.output, evidence.dropped[0], word("report.output"))
    return found + printed(evidence.errors, evidence.dropped[1], word("report.errors"))


def wrap(text: str) -> list[str]:
    """The lines of a text that has to fit beside a label."""
    return textwrap.wrap(text, COLUMNS - LABEL - 2, break_long_words=False, break_on_hyphens=False) or [""]


def beside(label: str, lines: Sequence[str]) -> list[tuple[str, str]]:
    """Lines with the label beside the first one."""
    return [(label if number == 0 else "", line) for number, line in enumerate(lines)]


def labelled(label: str, text: str) -> list[str]:
    """A label at the left, and a text of at most COLUMNS columns beside it."""
    return [f"{first:{LABEL + 2}}{line}" for first, line in beside(label, wrap(text))]


def again(outcome: Outcome) -> str:
    """The command that repeats the check."""
    command = f"python -m tutorials check {outcome.lesson.number} --seed {outcome.seed}"
    return f"{command} --weather {outcome.weathers[-1]}"


def report(outcome: Outcome) -> list[str]:
    """The lines for the learner."""
    lesson, evidence = outcome.lesson, outcome.evidence
    facts = {"number": lesson.number, "title": lesson.title, "total": lesson.total, "seed": outcome.seed}
    if evidence is None:
        *first, last = outcome.weathers
        weathers = f"{', '.join(first)} and {last}" if first else last
        command = "python -m tutorials next"
        return [word("report.passed", **facts, weathers=weathers, seconds=outcome.seconds, next=command)]
    lines = [word("report.not_yet", **facts, passed=outcome.passed_steps), ""]
    lines += [f"  {label:{LABEL}}{text}" for label, text in rows(outcome)]
    explanation = outcome.explanation
    likely = labelled(word("report.likely"), explanation.text) if explanation else [word("report.unknown")]
    lines += ["", *likely]
    lines += labelled(word("report.look"), where(outcome))
    if explanation and explanation.heading:
        page = lesson.page.relative_to(CLONE)
        lines += labelled("", word("report.heading", heading=explanation.heading, page=page))
    lines.append(f"{word('report.again'):{LABEL + 2}}{again(outcome)}")
    lines.append(f"{word('report.stuck'):{LABEL + 2}}python -m tutorials hint {lesson.number}")
    return [visible(line).rstrip() for line in lines]


def as_json(outcome: Outcome) -> str:
    """The outcome as one JSON object, in one line."""
    seen, explanation = outcome.evidence or Evidence(), outcome.explanation
    facts: dict[str, object] = {
        "lesson": outcome.lesson.number,
        "result": outcome.result,
        "step": outcome.step,
        "passed_steps": outcome.passed_steps,
        "sent": [show_sent(sent, True) for sent in seen.sent],
        "expected": difference(seen)[0] + seen.expected_of if outcome.evidence else "",
        "came": came_text(seen) if outcome.evidence else "",
        "at": blocked_at(outcome),
        "mistake": explanation.mistake if explanation else None,
        "text": explanation.text if explanation else "",
        "where": where(outcome) if outcome.evidence else "",
        "log": [record.message or f"{record.type}: {record.text}" for record in seen.records],
        "weather": outcome.weathers[-1],
        "seed": outcome.seed,
        "seconds": round(outcome.seconds, 3),
    }
    return json.dumps(facts)
