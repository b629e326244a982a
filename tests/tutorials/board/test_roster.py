"""The learners on the board: joining, their order, and the time since which each is at a step."""

from dataclasses import replace

import pytest

from core.testing import Clock
from tutorials.board.roster import MOST_LEARNERS, Refused, Roster
from tutorials.board.wire import Status

BEGUN = Status(lesson=2)
FAILED = Status(2, 3, "not yet", "latin1", 1, 0)


class Class:
    """A roster, its clock, and the lines of its changes."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.roster = Roster(self.clock)
        self.lines: list[str] = []
        self.roster.on_change = self.lines.append

    def names(self) -> list[str]:
        """The names in the order in which they are shown."""
        return [row.name for row in self.roster.rows()]


@pytest.fixture
def room() -> Class:
    """A roster without learners."""
    return Class()


def test_raised_hands_come_first_in_the_order_of_raising(room: Class) -> None:
    ann, bob, cem = [room.roster.join(name) for name in ("ann", "Bob", "cem")]
    room.clock.advance(1)
    room.roster.update(cem, Status(hand=True))
    room.clock.advance(1)
    room.roster.update(bob, Status(hand=True))
    room.roster.leave(ann)
    assert room.names() == ["cem", "Bob", "ann"]
    room.roster.update(cem, Status())
    assert room.names() == ["Bob", "cem", "ann"]


def test_the_time_begins_anew_with_each_lesson_step_and_result(room: Class) -> None:
    ann = room.roster.join("ann")
    room.roster.update(ann, FAILED)
    room.clock.advance(60)
    room.roster.update(ann, replace(FAILED, tries=2, hints=1, mistake="replaced"))
    assert room.roster.rows()[0].seconds == 60
    room.roster.update(ann, replace(FAILED, step=4))
    assert room.roster.rows()[0].seconds == 0


def test_each_change_is_told_in_a_line(room: Class) -> None:
    ann = room.roster.join("ann")
    for status in (BEGUN, FAILED, FAILED, replace(FAILED, hand=True), Status(2, 9, "passed", "", 2)):
        room.roster.update(ann, status)
    room.roster.leave(ann)
    assert room.lines == [
        "ann has joined",
        "ann: lesson 2, begun",
        "ann: lesson 2, step 3, not yet (latin1)",
        "ann has raised a hand",
        "ann has lowered a hand",
        "ann: lesson 2, passed",
        "ann has left",
    ]


def test_a_learner_who_comes_back_is_the_same_and_a_name_in_use_is_refused(room: Class) -> None:
    ann = room.roster.join("ann")
    room.roster.update(ann, replace(FAILED, hand=True))
    with pytest.raises(Refused, match="in use"):
        room.roster.join("Ann")
    room.roster.leave(ann)
    (row,) = room.roster.rows()
    assert (row.here, row.status) == (False, FAILED)
    assert room.roster.join("ann") is ann
    assert room.roster.rows()[0].here


def test_a_full_board_forgets_one_who_has_left_and_refuses_when_all_are_there(room: Class) -> None:
    learners = [room.roster.join(f"learner {number}") for number in range(MOST_LEARNERS)]
    with pytest.raises(Refused, match="full"):
        room.roster.join("late")
    room.roster.leave(learners[7])
    room.roster.join("late")
    assert "learner 7" not in room.names()
    assert len(room.names()) == MOST_LEARNERS
