"""`watch`: a program is checked when it is saved, once, and keys run the other commands."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tutorials.course.progress import changing
from tutorials.course.watch import Watch


class Desk:
    """A learner's folder with lesson 2 begun, and the commands that `watch` has run."""

    def __init__(self, folder: Path) -> None:
        self.program = folder / "02_bytes.py"
        self.program.write_text("1", "utf-8")
        with changing(folder) as progress:
            progress.here = 2
        self.commands: list[str] = []
        self.said: list[str] = []
        self.ended: list[bool] = []
        self.done: Callable[[], None] = lambda: None
        self.watch = Watch(folder, self.run, self.said.append, lambda: self.ended.append(True))
        self.watch.start()
        self.done()

    def run(self, arguments: Sequence[str], done: Callable[[], None]) -> None:
        """Note the command. It is done when the test calls `done`."""
        self.commands.append(" ".join(arguments[: arguments.index("--folder")]))
        self.done = done

    def save(self, text: str, at: int) -> None:
        """Save the program, `at` seconds after the beginning of the epoch."""
        self.program.write_text(text, "utf-8")
        os.utime(self.program, (at, at))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk at which the first check is done."""
    return Desk(tmp_path)


def test_it_begins_with_a_check_and_says_which_keys_there_are(desk: Desk) -> None:
    assert desk.commands == ["check"]
    assert desk.said[-1].endswith("Keys: h hint, n next, r check again, l list, s solution, q quit")


def test_a_saved_program_is_checked_once_when_it_does_not_change_any_more(desk: Desk) -> None:
    desk.save("12", 1000)
    desk.watch.look()
    assert desk.commands == ["check"]
    desk.save("123", 1001)
    desk.watch.look()
    assert desk.commands == ["check"]
    desk.watch.look()
    desk.done()
    desk.watch.look()
    assert desk.commands == ["check", "check"]


def test_a_program_that_is_missing_for_a_moment_is_no_error(desk: Desk) -> None:
    desk.program.unlink()
    desk.watch.look()
    desk.watch.look()
    desk.save("new", 2000)
    desk.watch.look()
    desk.watch.look()
    assert desk.commands == ["check", "check"]


def test_a_program_that_is_saved_during_a_check_is_checked_after_it(desk: Desk) -> None:
    desk.watch.data_received(b"r")
    desk.save("12", 1000)
    desk.watch.look()
    desk.watch.look()
    assert desk.commands == ["check", "check"]
    desk.done()
    desk.watch.look()
    assert desk.commands == ["check", "check", "check"]


@pytest.mark.parametrize(
    ("key", "command"), [(b"h", "hint"), (b"n", "next"), (b"l", "list"), (b"s", "solution 2")]
)
def test_a_key_runs_its_command(desk: Desk, key: bytes, command: str) -> None:
    desk.watch.data_received(key)
    assert desk.commands[1:] == [command]


def test_keys_that_are_typed_while_a_command_runs_are_dropped(desk: Desk) -> None:
    desk.watch.data_received(b"rhhq")
    assert (desk.commands[1:], desk.ended) == (["check"], [])


def test_a_question_mark_raises_the_hand_or_says_how_to_get_a_board(desk: Desk, tmp_path: Path) -> None:
    desk.watch.data_received(b"?")
    assert desk.said[-1].startswith("There is no board: watch --board ADDRESS:8900 --name NAME")
    raised: list[bool] = []
    watch = Watch(tmp_path, desk.run, desk.said.append, lambda: None, lambda: raised.append(True))
    watch.data_received(b"?!")
    assert raised == [True]
    assert desk.said[-1].endswith(", q quit, ? raise a hand")


def test_q_ends_it_and_another_key_is_explained(desk: Desk) -> None:
    desk.watch.data_received(b"\x1b")
    assert desk.said[-1].startswith("␛ is no key here.\nKeys: ")
    desk.watch.data_received(b"q")
    assert desk.ended == [True]
