"""A terminal is borrowed: it is given back as it was found, at the end, and whenever it is taken from us.

It is taken by Ctrl-Z, by a signal that ends the program, and by an error of our own.
"""

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from clients.chat.plain.keyboard import Keyboard
from clients.chat.plain.screen import EditorScreen
from clients.runner import Program
from core.cli import summarize
from core.formats.text import visible
from core.reactor import Reactor

PASTES_ON, PASTES_OFF = "\x1b[?2004h", "\x1b[?2004l"
"""The terminal tells what is pasted from what is typed (xterm's bracketed paste)."""

ANY_WIDTH = 80
"""Columns of a terminal that does not tell how many it has."""


def columns() -> int:
    """How many the terminal has by now."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or ANY_WIDTH
    except OSError:
        return ANY_WIDTH


class ScreenHandler(logging.Handler):
    """What is logged is no exception: on the screen it comes above the row in which is typed."""

    def __init__(self, reactor: Reactor, screen: EditorScreen) -> None:
        super().__init__()
        self._reactor = reactor
        self._screen = screen

    def emit(self, record: logging.LogRecord) -> None:
        """One line, with the exception if there is one. It may come from any thread."""
        text = f"{record.levelname} {record.name}: {summarize(record)}"
        self._reactor.call_from_thread(self._screen.print, visible(text))


class RawMode:
    """The terminal in our hands, or not."""

    def __init__(self, program: Program, keyboard: Keyboard, screen: EditorScreen, escapes: bool) -> None:
        self._program = program
        self._keyboard = keyboard
        self._screen = screen
        self._escapes = escapes
        self._is_taken = False

    def take(self) -> None:
        """Read keys, and show what they make; once more if somebody else had the terminal meanwhile."""
        if self._program.ending:
            return
        self._is_taken = True
        self._keyboard.take()
        if self._escapes:
            self._program.write(PASTES_ON)
        self._screen.show()

    def give_back(self) -> None:
        """As it was."""
        if self._is_taken:
            self._is_taken = False
            self._screen.hide()
            if self._escapes:
                self._program.write(PASTES_OFF)
            self._keyboard.give_back()

    def stop(self) -> None:
        """Ctrl-Z: be stopped as any program is, with the terminal in order, and go on some time later."""
        self.give_back()
        handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, handler)
        self.take()


def calling(reactor: Reactor, act: Callable[[], None]) -> Callable[[int, FrameType | None], None]:
    """A handler of signals that has `act` called between two other things."""
    return lambda number, frame: reactor.call_from_thread(act)


@contextmanager
def raw_mode(program: Program, keyboard: Keyboard, screen: EditorScreen, escapes: bool) -> Iterator[None]:
    """While this lasts, and the reactor runs, the keys and the last row of the screen are ours."""
    reactor = program.reactor
    raw = RawMode(program, keyboard, screen, escapes)
    root = logging.getLogger()
    before = root.handlers
    if sys.stderr.isatty():
        root.handlers = [ScreenHandler(reactor, screen)]
    reactor.call_when_running(raw.take)
    reactor.add_system_event_trigger("before", "shutdown", raw.give_back)  # before anyone is waited for
    handlers = {
        number: signal.signal(number, calling(reactor, act))
        for name, act in (("SIGCONT", raw.take), ("SIGWINCH", screen.draw), ("SIGTSTP", raw.stop))
        if (number := getattr(signal, name, None)) is not None  # Windows has none of them
    }
    try:
        yield
    finally:
        root.handlers = before
        for number, handler in handlers.items():
            signal.signal(number, handler)
        raw.give_back()
