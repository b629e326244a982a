"""The keyboard, as Textual reads it, but for two things that would hurt: pastes, and what is no UTF-8.

Textual takes an escape sequence inside a paste for keys, and what follows it too: of a text with colours in
it the rest would be typed, Enter and all. Most terminals let no such thing through; tmux does. And bytes that
are no UTF-8 would end the program.
"""

import os
import select
from codecs import getincrementaldecoder

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

LOOK_EVERY = 0.1
"""Seconds between two looks whether it is over."""

ESCAPE = "\x1b"
BEGIN, END = "\x1b[200~", "\x1b[201~"


class Pastes:
    """Takes the escape characters out of what is pasted, however the input is cut into pieces."""

    def __init__(self) -> None:
        self._is_inside = False
        self._kept = ""  # the end of a piece, in which a mark may begin: held back inside a paste only

    def clean(self, data: str) -> str:
        """`data` with the pastes in it made harmless, as far as is known yet what belongs to one."""
        cleaned = ""
        while data:
            kept, self._kept = self._kept, ""
            cleaned_too, data = self._inside(kept + data) if self._is_inside else self._outside(kept, data)
            cleaned += cleaned_too
        return cleaned

    def _outside(self, kept: str, data: str) -> tuple[str, str]:
        """What is typed goes through; and the rest of `data`, if a paste begins."""
        at = (kept + data).find(BEGIN)
        if at < 0:
            self._kept = (kept + data)[1 - len(BEGIN) :]
            return data, ""
        self._is_inside = True
        behind = at + len(BEGIN) - len(kept)
        return data[:behind], data[behind:]

    def _inside(self, data: str) -> tuple[str, str]:
        """The paste, and the rest behind its end."""
        text, end, rest = data.partition(END)
        self._is_inside = not end
        escape = text.rfind(ESCAPE)
        if not end and escape >= 0 and END.startswith(text[escape:]):
            text, self._kept = text[:escape], text[escape:]
        return text.replace(ESCAPE, "") + end, rest


class KeyboardDriver(LinuxDriver):
    """Reads what is typed; all the rest is Textual's."""

    def run_input_thread(self) -> None:
        """Until it is over."""
        parser, pastes = XTermParser(), Pastes()
        decode = getincrementaldecoder("utf-8")("replace").decode
        while not self.exit_event.is_set():
            if select.select([self.fileno], [], [], LOOK_EVERY)[0]:
                try:
                    data = os.read(self.fileno, 4096)
                except OSError:  # the terminal is gone; the signal that says so ends the program
                    return
                if not data:
                    return
                if text := pastes.clean(decode(data)):
                    for event in parser.feed(text):
                        self.process_message(event)
            for event in parser.tick():
                self.process_message(event)
