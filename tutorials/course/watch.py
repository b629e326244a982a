"""The command `watch`: checks a program each time it is saved, and runs the other commands by a key."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol as Shape

from core import cli
from core.formats.text import decode, visible
from core.protocols.protocol import Protocol
from core.reactor import Reactor
from core.standard_streams import is_terminal
from core.task import LoopingCall
from core.threads import defer_to_thread
from core.transports.stdio import StandardIO
from tutorials.course.progress import load
from tutorials.course.shelf import lessons

LOOK_EVERY = 0.3
"""Seconds between two looks at the file. A changed one is checked if the next look finds it the same."""

KEYS = {
    "h": ("hint", ["hint"]),
    "n": ("next", ["next"]),
    "r": ("check again", ["check"]),
    "l": ("list", ["list"]),
    "s": ("solution", ["solution", "{number}"]),
    "q": ("quit", []),
}
"""The keys, with their names and the commands that they run."""


class Board(Shape):
    """The connection with the teacher's board."""

    def start(self, reactor: Reactor, /) -> object:
        """Connect, and reconnect after a loss."""

    def look(self) -> object:
        """Send where the learner is, if that has changed."""

    def toggle_hand(self) -> object:
        """Raise the hand, or lower it."""


Stamp = tuple[int, int] | None


class Watch(Protocol):
    """Watches the lesson that was begun last. `run` runs a command, and `end` ends the program.

    `raise_hand` raises the hand on the board, or lowers it. None: there is no board.
    """

    def __init__(
        self,
        folder: Path,
        run: Callable[[Sequence[str], Callable[[], None]], None],
        say: Callable[[str], None],
        end: Callable[[], object],
        raise_hand: Callable[[], object] | None = None,
    ) -> None:
        self._folder, self._run, self._say, self._end = folder, run, say, end
        self._raise_hand = raise_hand
        self._is_busy = False
        self._checked: Stamp = None
        self._seen: Stamp = None

    @property
    def number(self) -> int:
        """The lesson that was begun last; 0 if there is none."""
        return load(self._folder)[0].here

    def path(self) -> Path:
        """The path of the learner's file."""
        names = {lesson.number: lesson.file for lesson in lessons()}
        return self._folder / names[self.number]

    def start(self) -> None:
        """Check the program as it is now."""
        self._checked = self._seen = stamp(self.path())
        self.command(["check"])

    def look(self) -> None:
        """Check the program if it was saved. A file that is just being written, or is missing, can wait."""
        found, before = stamp(self.path()), self._seen
        self._seen = found
        if not self._is_busy and found is not None and found == before and found != self._checked:
            self._checked = found
            self.command(["check"])

    def data_received(self, data: bytes) -> None:
        """Keys were typed. Those that come while a command runs are dropped."""
        for key in decode(data):
            if self._is_busy or key.isspace():
                continue
            if key == "q" or key == "\x04":
                self._end()
            elif key == "?":
                self._on_hand()
            elif key in KEYS:
                self.command([part.format(number=self.number) for part in KEYS[key][1]])
            else:
                self._say(f"{visible(key)} is no key here.\n{self.help()}")

    def connection_lost(self, reason: Exception) -> None:
        """Standard input has ended: only Ctrl-C ends the program now."""

    def command(self, arguments: Sequence[str]) -> None:
        """Run one of the commands of `python -m tutorials`."""
        self._is_busy = True
        self._run([*arguments, "--folder", str(self._folder)], self._on_done)

    def _on_done(self) -> None:
        self._is_busy = False
        self._say(f"\nwatching {self.path()}\n{self.help()}")

    def _on_hand(self) -> None:
        if self._raise_hand is None:
            self._say(
                "There is no board: watch --board ADDRESS:8900 --name NAME connects with your teacher's."
            )
        else:
            self._raise_hand()

    def help(self) -> str:
        """The keys, in a line."""
        hand = "" if self._raise_hand is None else ", ? raise a hand"
        return "Keys: " + ", ".join(f"{key} {name}" for key, (name, _) in KEYS.items()) + hand


def stamp(path: Path) -> Stamp:
    """The time and the size of a file; None if it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


@contextmanager
def single_keys() -> Iterator[Callable[[], object]]:
    """Read keys without Enter, where standard input is a terminal. Gives a call that drops typed keys."""
    if not is_terminal(sys.stdin):
        yield lambda: None
        return
    import termios  # only where there is a terminal of this kind
    import tty

    before = termios.tcgetattr(0)
    tty.setcbreak(0)
    try:
        yield lambda: termios.tcflush(0, termios.TCIFLUSH)
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


def run(folder: Path, board: Board | None = None) -> None:
    """Watch until q or Ctrl-C. Exits 0."""
    with closing(Reactor()) as reactor, single_keys() as drop_typed:

        def start(arguments: Sequence[str], done: Callable[[], None]) -> None:
            command = [sys.executable, "-m", "tutorials", *arguments]

            def finish(result: object) -> None:
                drop_typed()
                done()

            ended = defer_to_thread(reactor, lambda: subprocess.run(command, stdin=subprocess.DEVNULL))
            ended.add_both(finish)

        watch = Watch(folder, start, cli.print_lines, reactor.stop, board.toggle_hand if board else None)
        reactor.call_when_running(StandardIO, watch, reactor)
        reactor.call_when_running(watch.start)
        repeat(reactor, watch.look)
        if board is not None:
            reactor.call_when_running(board.start, reactor)
            repeat(reactor, board.look)
        reactor.run()


def repeat(reactor: Reactor, f: Callable[[], object]) -> None:
    """Call `f` every LOOK_EVERY seconds while `reactor` runs."""
    looking = LoopingCall(f)
    looking.clock = reactor
    reactor.call_when_running(looking.start, LOOK_EVERY, False)
