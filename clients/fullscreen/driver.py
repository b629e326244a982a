"""Textual's keyboard driver with two corrections, for pasted escape sequences and for invalid UTF-8.

Textual interprets an escape sequence inside a paste as keys, and the rest of the paste as typed text,
including Enter. Most terminals filter escape sequences from a paste, but tmux does not. Invalid UTF-8 would
end the program.
"""

import os
import select
from codecs import getincrementaldecoder

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

POLL_INTERVAL = 0.1
"""Seconds between two checks of `exit_event`."""

ESCAPE = "\x1b"
BEGIN, END = "\x1b[200~", "\x1b[201~"


class PasteFilter:
    """Removes escape characters from pasted text, however the input is split into chunks."""

    def __init__(self) -> None:
        self._is_inside = False
        self._kept = ""  # the end of a chunk, perhaps the start of a mark; withheld only inside a paste

    def clean(self, data: str) -> str:
        """`data` without escape characters in its pastes. The end of a chunk can come with the next call."""
        cleaned = ""
        while data:
            kept, self._kept = self._kept, ""
            cleaned_too, data = self._inside(kept + data) if self._is_inside else self._outside(kept, data)
            cleaned += cleaned_too
        return cleaned

    def _outside(self, kept: str, data: str) -> tuple[str, str]:
        """Return the typed text unchanged, and the rest of `data` if a paste begins."""
        at = (kept + data).find(BEGIN)
        if at < 0:
            self._kept = (kept + data)[1 - len(BEGIN) :]
            return data, ""
        self._is_inside = True
        behind = at + len(BEGIN) - len(kept)
        return data[:behind], data[behind:]

    def _inside(self, data: str) -> tuple[str, str]:
        """Return the cleaned paste, and the data after its end."""
        text, end, rest = data.partition(END)
        self._is_inside = not end
        escape = text.rfind(ESCAPE)
        if not end and escape >= 0 and END.startswith(text[escape:]):
            text, self._kept = text[:escape], text[escape:]
        return text.replace(ESCAPE, "") + end, rest


class KeyboardDriver(LinuxDriver):
    """Textual's driver with another input thread."""

    def run_input_thread(self) -> None:
        """Read the keyboard until `exit_event` is set."""
        parser, pastes = XTermParser(), PasteFilter()
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
