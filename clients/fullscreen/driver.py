"""Textual's keyboard driver with corrections: no bytes end a program, or are keys that were not pressed.

Textual interprets an escape sequence inside a paste as keys, and the rest of the paste as typed text,
including Enter. Most terminals filter escape sequences from a paste, but tmux does not. Invalid UTF-8 and
some key sequences (Textual's issue 6573) would end the program, and an unknown sequence would be typed text.
"""

import logging
import os
import re
import select
from codecs import getincrementaldecoder
from collections.abc import Iterator
from contextlib import ExitStack

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key, Resize
from textual.message import Message

from clients.fullscreen import window
from clients.keyboard import BEGIN, CONTROL_STRING, END, ESCAPE, WHOLE, PasteFilter
from core.engine.signals import restoring
from core.standard_streams import write_all

log = logging.getLogger(__name__)

ALT = re.compile("\x1b[A-NQ-WYZa-z]")
"""A letter with Alt. Textual waits for more, and types `^` and the letter if that is another such key."""

POLL_INTERVAL = 0.1
"""Seconds between two checks of `exit_event`."""

WRITABLE_WITHIN = 2.0
"""Seconds in which the terminal has to accept output before a signal ends the process."""

LARGEST_SIDE = 4096
"""Columns or rows. A terminal that reports more would cost all memory."""


class KeyParser:
    """Textual's parser. A sequence that it does not know or cannot parse costs that sequence only."""

    def __init__(self) -> None:
        self._parser = XTermParser()
        self._sequence = ""  # from the last escape character to here, until it is whole

    def feed(self, text: str) -> Iterator[Message]:
        """The messages for `text`, which may end within a sequence."""
        for character in CONTROL_STRING.sub("", text):
            self._sequence = (
                character if character == ESCAPE else self._sequence and self._sequence + character
            )
            yield from filter(_is_plausible, self._parse(character))

    def tick(self) -> Iterator[Message]:
        """The messages for a sequence that does not go on, such as the Escape key."""
        messages = list(self._parser.tick())
        self._sequence = "" if messages else self._sequence
        yield from messages

    def _parse(self, character: str) -> list[Message]:
        is_alt = ALT.fullmatch(self._sequence)
        is_whole = bool(is_alt or WHOLE.fullmatch(self._sequence))
        try:
            messages = list(self._parser.feed(character))
        except (ArithmeticError, LookupError, ValueError) as error:
            log.debug("the key sequence %r is ignored: %r", self._sequence, error)
            messages, is_whole = [], True
        if is_whole and not messages and self._sequence not in (BEGIN, END):
            self._restart()
            messages = [Key(f"alt+{character}", None)] if is_alt else []
        self._sequence = "" if is_whole else self._sequence
        return messages

    def _restart(self) -> None:
        """Forget the sequence that the old parser has begun, but not the terminal's size in pixels."""
        old, self._parser = self._parser, XTermParser()
        self._parser.mouse_pixels = old.mouse_pixels
        self._parser.terminal_size = old.terminal_size
        self._parser.terminal_pixel_size = old.terminal_pixel_size


def _is_plausible(message: Message) -> bool:
    return not isinstance(message, Resize) or 0 < min(message.size) <= max(message.size) <= LARGEST_SIDE


class KeyboardDriver(LinuxDriver):
    """Textual's driver with another input thread.

    It also saves the title of the terminal's window, and restores the terminal before a signal ends the
    process.
    """

    _last_words: list[str] | None = None
    """The output within a signal handler, which is written in one piece."""

    def start_application_mode(self) -> None:
        self._restoring = ExitStack()
        self._restoring.enter_context(restoring(self.give_back))
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual has no types here
        self.write(window.of_title(window.SAVE_TITLE))

    def stop_application_mode(self) -> None:
        self._restore()
        self._restoring.close()

    def write(self, data: str) -> None:
        if self._last_words is None:
            super().write(data)
        else:
            self._last_words.append(data)

    def _restore(self) -> None:
        self.write(window.of_title(window.RESTORE_TITLE))
        super().stop_application_mode()

    def give_back(self) -> None:
        """Restore the terminal at once, within a signal handler.

        The interrupted code may hold the lock of Textual's writer. So this waits for no thread: it writes
        itself, and what the writer still has goes to /dev/null.
        """
        assert self._file is not None
        number = self._file.fileno()
        terminal = os.dup(number)
        os.dup2(os.open(os.devnull, os.O_WRONLY), number)
        self.exit_event.set()  # otherwise Textual would wait for the input thread
        self._last_words = []
        self._app._end_update()  # a frame may have been cut
        self._disable_mouse_support()
        self._restore()
        if select.select([], [terminal], [], WRITABLE_WITHIN)[1]:
            write_all(terminal, "".join(self._last_words).encode())

    def run_input_thread(self) -> None:
        """Read the keyboard until `exit_event` is set. An error ends the program as one in its loop does.

        Textual itself would end it with a traceback and status 0.
        """
        try:
            self._read_keyboard()
        except Exception as error:
            self._app.call_later(self._app._handle_exception, error)

    def _read_keyboard(self) -> None:
        parser, pastes = KeyParser(), PasteFilter()
        decode = getincrementaldecoder("utf-8")("replace").decode
        while not self.exit_event.is_set():
            if select.select([self.fileno], [], [], POLL_INTERVAL)[0]:
                try:
                    data = os.read(self.fileno, 4096)
                except OSError:  # the terminal is gone; SIGHUP ends the program
                    return
                if not data:
                    return
                if text := pastes.clean(decode(data)):
                    for event in parser.feed(text):
                        self.process_message(event)
            for event in parser.tick():
                self.process_message(event)
