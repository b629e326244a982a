"""The lines of `check --trace`: each step, the sent and the received data with times, and the tracebacks."""

import textwrap
from collections.abc import Iterator, Sequence

from core.formats.text import visible
from tutorials.course.evidence import Event, Sent
from tutorials.course.report import Outcome, show_sent
from tutorials.course.shelf import word

COLUMN = 33
"""Columns of the terminal for the bytes that were sent, and for those that came."""


def trace_lines(outcome: Outcome) -> list[str]:
    """The trace in each weather, and the tracebacks in the log."""
    lines = []
    for weather, events in zip(outcome.weathers, outcome.traces, strict=False):
        heading = textwrap.wrap(word("report.trace", weather=weather), 80)
        lines += ["", *heading, *in_columns(events)]
    records = outcome.evidence.records if outcome.evidence else []
    for record in records:
        lines += ["", *record.trace.splitlines()] if record.trace else []
    return [visible(line).rstrip() for line in lines]


def in_columns(events: Sequence[Event]) -> Iterator[str]:
    """The lines of a trace. Times count from the first event. Sent data is left of received data."""
    began = events[0].at if events else 0.0
    has_names = len({event.by for event in events if event.kind != "step"}) > 1
    for event in events:
        if event.kind == "step":
            yield f"  {word('report.step')} {event.what!s}"
            continue
        for number, piece in enumerate(pieces(event, has_names)):
            time = f"{event.at - began:8.3f}" if number == 0 else ""
            sent, came = (piece, "") if event.kind == "sent" else ("", piece)
            yield f"{time:10}{sent:{COLUMN}}  {came}"


def pieces(event: Event, has_names: bool) -> list[str]:
    """The bytes or the event in pieces that fit in the column, and the name of the visitor."""
    text = show_sent(Sent(event.what), False)
    name = event.by if has_names else ""
    if len(text) + 1 + len(name) <= COLUMN:
        return [f"{text} {name}".rstrip()]
    cut = [text[at : at + COLUMN] for at in range(0, len(text), COLUMN)]
    return [*cut, *([name] if name else [])]
