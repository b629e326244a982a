"""Each key as it is pressed, and unseen: the reactor gets it, and the editor decides what it means.

Where the terminal can be told so (POSIX), the keyboard is a descriptor like any other. The console of
Windows cannot be waited for: there a thread waits for each key, and hands on what a terminal would have sent.
"""

import importlib
import os
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable

from core.errors import ConnectionDone
from core.interfaces import ReactorCore
from core.protocols.protocol import Protocol
from core.transports.stdio import StandardIO

try:
    import termios
except ImportError:
    HAS_TERMIOS = False
else:
    HAS_TERMIOS = True

PREFIXES = ("\x00", "\xe0")
"""The console of Windows sends one of these before the code of a key without a character."""

WINDOWS_KEYS = {
    "H": "\x1b[A",
    "P": "\x1b[B",
    "M": "\x1b[C",
    "K": "\x1b[D",
    "G": "\x1b[H",
    "O": "\x1b[F",
    "S": "\x1b[3~",
    "s": "\x1b[1;5D",
    "t": "\x1b[1;5C",
    "\x0f": "\x1b[Z",
}
"""Its codes, as the sequences that terminals have for the same keys; it drops the others."""


class Keyboard(ABC):
    """Passes the pressed keys to a protocol, as bytes, between `take` and `give_back`."""

    @abstractmethod
    def start(self, protocol: Protocol, reactor: ReactorCore) -> None:
        """Start to read the keys for `protocol`."""

    def take(self) -> None:
        """Read each key at once, without echo. Called again after another program used the terminal."""

    def give_back(self) -> None:
        """Leave the terminal as it was found."""

    def catch_interrupt(self, caught: bool) -> None:
        """Whether Ctrl-C is a key as well, and no signal."""


class TerminalKeyboard(Keyboard):
    """That of the terminal on stdin. Ctrl-C and Ctrl-Z remain signals."""

    def __init__(self) -> None:
        self._number = sys.stdin.fileno()
        self._before = termios.tcgetattr(self._number)
        self._catches = False
        self._is_taken = False

    def start(self, protocol: Protocol, reactor: ReactorCore) -> None:
        """Read the terminal like any descriptor."""
        StandardIO(protocol, reactor, self._number)

    def take(self) -> None:
        """Without IEXTEN, too, by which some systems take Ctrl-Y and Ctrl-V for themselves."""
        self._is_taken = True
        iflag, oflag, cflag, lflag, ispeed, ospeed, cc = termios.tcgetattr(self._number)
        lflag &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
        cc = [*cc]
        cc[termios.VMIN], cc[termios.VTIME] = b"\x01", b"\x00"
        cc[termios.VINTR] = self._disabled() if self._catches else self._before[6][termios.VINTR]
        self._set([iflag, oflag, cflag, lflag, ispeed, ospeed, cc])

    def give_back(self) -> None:
        """Once what was printed is seen."""
        if self._is_taken:
            self._is_taken = False
            self._set(self._before)

    def catch_interrupt(self, caught: bool) -> None:
        """The terminal is told to have no such key."""
        if caught is not self._catches:
            self._catches = caught
            self.take()

    def _disabled(self) -> bytes:
        return bytes([os.fpathconf(self._number, "PC_VDISABLE") & 0xFF])

    def _set(self, settings: list[int | list[bytes | int]]) -> None:
        try:
            termios.tcsetattr(self._number, termios.TCSADRAIN, settings)
        except termios.error:  # it is gone
            pass


class ConsoleKeyboard(Keyboard):
    """That of a console of Windows, as `msvcrt` has it: `getwch` waits for a key, `kbhit` sees one wait."""

    def __init__(self, getwch: Callable[[], str], kbhit: Callable[[], bool]) -> None:
        self._getwch = getwch
        self._kbhit = kbhit

    def start(self, protocol: Protocol, reactor: ReactorCore) -> None:
        """In a thread that ends with the program, since nothing can make it stop waiting."""
        thread = threading.Thread(target=self._read, args=(protocol, reactor), name="keyboard", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system allows no further thread
            reactor.call_soon(protocol.connection_lost, error)

    def _read(self, protocol: Protocol, reactor: ReactorCore) -> None:
        try:
            while True:
                reactor.call_from_thread(protocol.data_received, self._key().encode(errors="replace"))
        except (OSError, EOFError):
            reactor.call_from_thread(protocol.connection_lost, ConnectionDone())

    def _key(self) -> str:
        """One key. The prefix is also what the key à sends, but then nothing comes behind it at once."""
        first = self._getwch()
        if first in PREFIXES and (first == "\x00" or self._kbhit()):
            return WINDOWS_KEYS.get(self._getwch(), "")
        if "\ud800" <= first <= "\udbff":  # half of a character beyond the first 65,536
            pair = first + self._getwch()
            return pair.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return first


def find_keyboard() -> Keyboard | None:
    """The one here, if each key of it can be had."""
    if HAS_TERMIOS:
        return TerminalKeyboard()
    try:
        console = importlib.import_module("msvcrt")
    except ImportError:
        return None
    return ConsoleKeyboard(console.getwch, console.kbhit)
