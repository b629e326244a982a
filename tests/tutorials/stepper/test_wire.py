"""States and commands survive the pipe, and a command lets the program run as far as it says."""

from collections.abc import Iterator
from io import BytesIO
from queue import SimpleQueue
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.running import GUARD
from tutorials.stepper.wire import (
    KINDS,
    Command,
    Control,
    Run,
    State,
    decode_command,
    decode_state,
    encode,
    encode_command,
)

LINES = st.lists(st.text())
STATES = st.builds(
    State,
    turn=st.integers(0),
    phase=st.text(),
    time=st.floats(0, 1e9),
    kind=st.sampled_from(["", *KINDS]),
    callback=LINES,
    loop=LINES,
)


@given(STATES)
def test_a_state_is_one_line_and_the_same_afterwards(state: State) -> None:
    line = encode(state)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode_state(line) == state


@given(st.builds(Command, st.sampled_from(Run), st.frozensets(st.sampled_from(KINDS))))
def test_a_command_is_one_line_and_the_same_afterwards(command: Command) -> None:
    line = encode_command(command)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode_command(line) == command


@pytest.mark.parametrize("line", [b"", b"\n", b"backwards\n"])
def test_an_unknown_command_is_an_error(line: bytes) -> None:
    with pytest.raises(ValueError):
        decode_command(line)


class Pipe:
    """A Control, the commands for it, and the states that it has sent."""

    def __init__(self) -> None:
        self.commands: SimpleQueue[bytes] = SimpleQueue()
        self.states = BytesIO()
        self.control = Control(iter(self.commands.get, b""), self.states)
        self.has_quit: SimpleQueue[bool] = SimpleQueue()
        self.control.on_quit = lambda: self.has_quit.put(True)

    def stop(self, command: Command, turn: int = 1) -> None:
        """Stop in this turn, and get this command there."""
        self.commands.put(encode_command(command))
        self.control.stop(State(turn, "", 0.0, "", [], []))

    def quit(self) -> None:
        """End the commands, and wait until the control knows."""
        self.commands.put(b"")
        self.has_quit.get(timeout=GUARD)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.quit()


def test_the_first_callback_is_a_stop_but_a_log_record_is_not(pipe: Pipe) -> None:
    assert pipe.control.stops_at(0, "")
    assert not pipe.control.stops_at(0, "log")


def test_after_callback_the_next_one_is_a_stop_in_the_same_turn_too(pipe: Pipe) -> None:
    pipe.stop(Command(Run.CALLBACK))
    assert pipe.control.stops_at(1, "")


def test_after_turn_only_another_turn_is_a_stop(pipe: Pipe) -> None:
    pipe.stop(Command(Run.TURN))
    assert not pipe.control.stops_at(1, "data")
    assert pipe.control.stops_at(2, "")


def test_after_go_only_the_chosen_kinds_are_stops(pipe: Pipe) -> None:
    pipe.stop(Command(Run.GO, frozenset(["line", "log"])))
    stops = {kind for kind in ("", *KINDS) if pipe.control.stops_at(2, kind)}
    assert stops == {"line", "log"}


def test_a_command_interrupts_go(pipe: Pipe) -> None:
    pipe.stop(Command(Run.GO))
    pipe.control._commands.put(Command(Run.GO, frozenset(["data"])))
    assert not pipe.control.stops_at(2, "line")
    assert pipe.control.stops_at(2, "data")
    pipe.control._commands.put(Command(Run.CALLBACK))
    assert pipe.control.stops_at(2, "")


def test_a_stop_sends_the_state(pipe: Pipe) -> None:
    pipe.stop(Command(Run.CALLBACK), turn=7)
    assert decode_state(pipe.states.getvalue()).turn == 7


def test_at_the_end_of_the_commands_it_quits_and_stops_no_more(pipe: Pipe) -> None:
    pipe.stop(Command(Run.GO, frozenset(KINDS)))
    assert pipe.control.stops_at(2, "data")
    pipe.quit()
    assert pipe.control.has_quit
    pipe.control.stop(State(1, "", 0.0, "", [], []))  # returns at once
    assert not any(pipe.control.stops_at(2, kind) for kind in ("", *KINDS))
    pipe.has_quit.put(True)  # for the fixture


def test_a_parent_that_was_killed_counts_as_the_end_of_the_commands() -> None:
    def commands() -> Iterator[bytes]:
        yield encode_command(Command(Run.TURN))
        raise ConnectionResetError

    control = Control(commands(), BytesIO())
    control.stop(State(1, "", 0.0, "", [], []))
    control.stop(State(2, "", 0.0, "", [], []))  # returns at the end of the commands
    assert control.has_quit


def test_a_parent_that_is_gone_is_no_error(pipe: Pipe) -> None:
    with patch.object(pipe.states, "flush", side_effect=BrokenPipeError):
        pipe.stop(Command(Run.CALLBACK))
