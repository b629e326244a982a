"""The messages between the stepper and the program: a state at each stop, and then a command.

Each message is one line. The program's process, the child, writes states; the stepper, the parent, writes
commands. A state has only text, so the parent can show it without any object of the program.
"""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import Enum
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO, NamedTuple

KINDS = ("accepted", "data", "line", "lost", "timer", "log")
"""The kinds of callbacks at which GO can stop."""


class Run(Enum):
    """How far the program runs after a command."""

    CALLBACK = "callback"  # to the next callback
    TURN = "turn"  # to the first callback of another turn
    GO = "go"  # to a callback of one of the chosen kinds


class Command(NamedTuple):
    """How far to run. `until` has the kinds of callbacks at which GO stops."""

    run: Run
    until: frozenset[str] = frozenset()


@dataclass(frozen=True)
class State:
    """The reactor before a callback. While it waits for events, `callback` is empty, and it is not stopped.

    `turn` is 0 before the first. `time` is in seconds since the start, without those in which it was stopped.
    `kind` is one of KINDS or empty. `callback` and `loop` are lines that describe the callback and the rest.
    """

    turn: int
    phase: str
    time: float
    kind: str
    callback: list[str]
    loop: list[str]


def encode(state: State) -> bytes:
    """The state as one line of JSON."""
    return json.dumps(asdict(state)).encode() + b"\n"


def decode_state(line: bytes) -> State:
    """The state in a line that `encode` has made."""
    return State(**json.loads(line))


def encode_command(command: Command) -> bytes:
    """The command as one line: the word of `run`, then the kinds of `until`."""
    return " ".join([command.run.value, *sorted(command.until)]).encode() + b"\n"


def decode_command(line: bytes) -> Command:
    """The command in a line that `encode_command` has made. Raises ValueError for an unknown `run`."""
    run, *until = line.decode().split() or [""]
    return Command(Run(run), frozenset(until))


class Control:
    """The child's end. It decides before each callback whether to stop, and waits there for a command.

    A thread reads the commands. At their end, also when the parent was killed, it sets `has_quit` and calls
    `on_quit`: the program is to stop in good order, and does not stop before a callback any more.
    """

    def __init__(self, commands: Iterable[bytes], states: BinaryIO) -> None:
        self.has_quit = False
        self.on_quit: Callable[[], object] = lambda: None
        self._command = Command(Run.CALLBACK)
        self._turn = 0  # of the last stop
        self._commands: SimpleQueue[Command] = SimpleQueue()
        self._states = states
        Thread(target=self._read, args=[commands], daemon=True, name="stepper").start()

    def _read(self, lines: Iterable[bytes]) -> None:
        with suppress(OSError):  # the parent was killed
            for line in lines:
                self._commands.put(decode_command(line))
        self.has_quit = True
        self._commands.put(Command(Run.GO))
        self.on_quit()

    def stops_at(self, turn: int, kind: str) -> bool:
        """Whether to stop before a callback of this kind in this turn. A log record stops only GO."""
        if self._command.run is Run.GO and not self._commands.empty():
            self._command = self._commands.get()
        if self._command.run is Run.GO:
            return kind in self._command.until and not self.has_quit
        is_too_early = self._command.run is Run.TURN and turn == self._turn
        return not (is_too_early or self.has_quit or kind == "log")

    def send(self, state: State) -> None:
        """Send the state to the other process."""
        with suppress(OSError):  # the parent has ended
            self._states.write(encode(state))
            self._states.flush()

    def stop(self, state: State) -> None:
        """Send the state, and wait for a command."""
        self.send(state)
        self._turn, self._command = state.turn, self._commands.get()
