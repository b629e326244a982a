"""Lines above, and below them the one that is being typed: what arrives is put between, and disturbs nothing.

All that it takes is a carriage return and blanks, so that it works as well on a terminal that is to be
sent no escape sequences (`NO_COLOR`, `TERM=dumb`). With them there are colours.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from clients.chat.editor import Editor, layout, width
from core.reactor import Reactor

if sys.platform != "win32":
    import termios
    import tty

ANY_WIDTH = 80
"""Columns of a terminal that does not tell how many it has."""


def has_keys() -> bool:
    """Keyboard and screen are a terminal that gives us each key as it is pressed."""
    return sys.platform != "win32" and sys.stdin.isatty() and sys.stdout.isatty()


class Screen:
    """The rows of a terminal to which `show` writes."""

    def __init__(self, editor: Editor, show: Callable[[str], None], columns: Callable[[], int]) -> None:
        self.prompt = ""
        self._editor = editor
        self._show = show
        self._columns = columns
        self._drawn = 0  # columns that the row with the editor takes

    def print(self, *lines: str) -> None:
        """Put `lines` above the one that is being typed."""
        self._show(self._blank() + "".join(line + "\n" for line in lines) + self._row())

    def draw(self) -> None:
        """Show the line that is being typed as it is now."""
        self._show(self._blank() + self._row())

    def clear(self) -> None:
        """Leave the row empty."""
        self._show(self._blank())

    def _blank(self) -> str:
        drawn, self._drawn = min(self._drawn, self._columns() - 1), 0
        return "\r" + " " * drawn + "\r"

    def _row(self) -> str:
        row, before = layout(self.prompt, self._editor.text, self._editor.cursor, self._columns())
        self._drawn = width(row)
        return f"{row}\r{before}"


def columns() -> int:
    """How many the terminal has by now."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or ANY_WIDTH
    except OSError:
        return ANY_WIDTH


@contextmanager
def keys(reactor: Reactor, screen: Screen) -> Iterator[None]:
    """While this lasts, and the reactor runs, each key comes at once and unseen: the screen shows it.

    Ctrl-C and Ctrl-Z remain signals. Whatever happens, the terminal is left as it was found.
    """
    if sys.platform == "win32":
        raise OSError("there are no single keys here")
    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)

    def take() -> None:
        tty.setcbreak(number)
        screen.draw()

    def give_back() -> None:
        screen.clear()
        termios.tcsetattr(number, termios.TCSADRAIN, before)

    reactor.call_when_running(take)
    reactor.add_system_event_trigger("before", "shutdown", give_back)  # before anyone is waited for
    anew = [signal.SIGCONT, signal.SIGWINCH]
    handlers = {
        each: signal.signal(each, lambda number, frame: reactor.call_from_thread(take)) for each in anew
    }
    try:
        yield
    finally:
        for each, handler in handlers.items():
            signal.signal(each, handler)
        termios.tcsetattr(number, termios.TCSADRAIN, before)
