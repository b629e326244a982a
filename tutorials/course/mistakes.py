"""From the evidence to the likely mistake: the rules of the lesson, in order, then those for all programs.

A wrong explanation is worse than none. A rule fits only if the wire, the exit status, the output or the log
allows nothing else that is known.
"""

from dataclasses import dataclass, replace

from tutorials.course.evidence import Evidence, Kind
from tutorials.course.shelf import Lesson, Rule, word


def has_crashed(e: Evidence) -> bool:
    """Whether an exception has ended the program."""
    return e.kind not in (Kind.WRONG, Kind.MUCH) and any(each.level == "EXCEPTION" for each in e.records)


CUT_OFF = (Kind.NOTHING, Kind.LITTLE, Kind.END)


def has_raised(e: Evidence) -> bool:
    """Whether an exception may be the reason why something did not come."""
    return e.raised() and e.kind in (*CUT_OFF, Kind.RESET, Kind.EXIT)


GENERAL: list[Rule] = [
    ("too_big", lambda e: "too_big" in e.facts),
    ("left_behind", lambda e: "left_behind" in e.facts),
    ("ended", lambda e: e.kind is Kind.EXIT and e.status == 0 and e.step == 1 and not (e.sent or e.raised())),
    ("raises", lambda e: has_crashed(e) and e.step == 1),
    ("crashed", has_crashed),
    ("other_port", lambda e: e.kind is Kind.START and e.listens),
    ("aborts", Evidence.aborts),
    ("not_awaited", lambda e: b"was never awaited" in e.errors and e.kind not in (Kind.WRONG, Kind.MUCH)),
    ("silent", lambda e: e.kind is Kind.START),
    ("written_late", lambda e: e.logged("were written after lose_connection()") and e.kind in CUT_OFF),
    ("logged", lambda e: e.kind is Kind.LOGGED),
    ("spins", lambda e: "spins" in e.facts),
    ("raised", has_raised),
    ("warned", lambda e: any(e.logged(f" this {what} ") for what in ("method", "handler", "line"))),
    ("blocked", lambda e: e.kind in (Kind.NOTHING, Kind.LATE) and e.place is not None and not e.is_waiting),
]


@dataclass(frozen=True)
class Explanation:
    """A likely mistake: its ID, its text, and the heading of the page to read ("" for none)."""

    mistake: str
    text: str
    heading: str = ""


def explain(lesson: Lesson, evidence: Evidence) -> Explanation | None:
    """The first mistake that the evidence allows, or None if no known one fits.

    If an exception may have kept an answer back, no mistake is told that would fit without it as well.
    """
    without = replace(evidence, records=[record for record in evidence.records if not record.type])
    for mistake, fits in lesson.rules:
        found = [mistake in each.fits or (fits is not None and fits(each)) for each in (evidence, without)]
        if found[0] and not (found[1] and has_raised(evidence)):
            prefix = f"mistakes.{mistake}"
            return Explanation(mistake, lesson.text(f"{prefix}.says"), lesson.text(f"{prefix}.heading"))
    for mistake, fits in GENERAL:
        if fits is not None and fits(evidence):
            return Explanation(mistake, word(f"mistakes.{mistake}"))
    return None
