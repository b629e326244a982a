"""Raw mode: set the terminal up; restore it on exit, on Ctrl-Z and on errors."""

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
from core.engine.signals import before_kill
from core.formats.text import visible
from core.reactor import Reactor
from core.standard_streams import is_terminal

PASTES_ON, PASTES_OFF = "\x1b[?2004h", "\x1b[?2004l"
"""The terminal tells what is pasted from what is typed (xterm's bracketed paste)."""

ANY_WIDTH = 80
"""Columns of a terminal whose width is unknown."""


def columns() -> int:
    """The current width of the terminal."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or ANY_WIDTH
    except OSError:
        return ANY_WIDTH


class ScreenHandler(logging.Handler):
    """Prints log records above the typed line."""

    def __init__(self, reactor: Reactor, screen: EditorScreen) -> None:
        super().__init__()
        self._reactor = reactor
        self._screen = screen

    def emit(self, record: logging.LogRecord) -> None:
        """One line, with the exception if there is one. It may come from any thread."""
        text = f"{record.levelname} {record.name}: {summarize(record)}"
        self._reactor.call_from_thread(self._screen.print, visible(text))


class RawMode:
    """Sets the terminal up for single keys, and restores it."""

    def __init__(self, program: Program, keyboard: Keyboard, screen: EditorScreen, escapes: bool) -> None:
        self._program = program
        self._keyboard = keyboard
        self._screen = screen
        self._escapes = escapes
        self._is_taken = False

    def take(self) -> None:
        """Set the terminal up and show the typed line; also after another program used the terminal."""
        if self._program.ending:
            return
        self._is_taken = True
        self._keyboard.take()
        if self._escapes:
            self._program.write(PASTES_ON)
        self._screen.show()

    def give_back(self) -> None:
        """Restore the terminal. Idempotent."""
        if self._is_taken:
            self._is_taken = False
            self._screen.hide()
            if self._escapes:
                self._program.write(PASTES_OFF)
            self._keyboard.give_back()

    def stop(self) -> None:
        """Ctrl-Z: restore the terminal, stop the process, and set the terminal up again when it continues."""
        self.give_back()
        handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, handler)
        self.take()


def calling(reactor: Reactor, act: Callable[[], None]) -> Callable[[int, FrameType | None], None]:
    """A signal handler that schedules a call of `act` on the reactor."""
    return lambda number, frame: reactor.call_from_thread(act)


@contextmanager
def raw_mode(program: Program, keyboard: Keyboard, screen: EditorScreen, escapes: bool) -> Iterator[None]:
    """Within this context, while the reactor runs, read single keys and show the typed line."""
    reactor = program.reactor
    raw = RawMode(program, keyboard, screen, escapes)
    root = logging.getLogger()
    before = root.handlers
    if is_terminal(sys.stderr):
        root.handlers = [ScreenHandler(reactor, screen)]
    reactor.call_when_running(raw.take)
    reactor.add_system_event_trigger("before", "shutdown", raw.give_back)  # before connections are waited for
    handlers = {
        number: signal.signal(number, calling(reactor, act))
        for name, act in (("SIGCONT", raw.take), ("SIGWINCH", screen.draw), ("SIGTSTP", raw.stop))
        if (number := getattr(signal, name, None)) is not None  # unknown on Windows
    }
    before_kill.append(keyboard.give_back)
    try:
        yield
    finally:
        before_kill.remove(keyboard.give_back)
        root.handlers = before
        for number, handler in handlers.items():
            signal.signal(number, handler)
        raw.give_back()
