"""The bytes of a terminal's keyboard: pastes and control sequences, as ECMA-48 and xterm have them.

A library that does not know a sequence takes its rest for typed text. So each front removes such sequences
before the library sees them, and the escape characters inside pastes.
"""

import re

ESCAPE = "\x1b"
BEGIN, END = "\x1b[200~", "\x1b[201~"
"""The marks around a paste (xterm's bracketed paste)."""

WHOLE = re.compile(r"\x1b\[(?!\[\Z|M\Z)[0-?]*[ -/]*[@-~]")
"""A control sequence of ECMA-48, 5.4, but for two that have more bytes: F1 of Linux and old mouse reports."""

CONTROL_STRING = re.compile(r"\x1b[P\]^_X][^\x1b\x07]*(?:\x07|\x1b\\)")
"""A terminal's answer as a control string of ECMA-48, 5.6, with its terminator or xterm's BEL."""

SEQUENCE = re.compile(
    rf"{CONTROL_STRING.pattern}|\x1b\[M.{{3}}|\x1b\[\[.|\x1b\[(?![M\[])[0-?]*[ -/]*[@-~]", re.DOTALL
)
"""Any of them, whole."""

UNFINISHED = re.compile(r"\x1b(?:[P\]^_X][^\x1b\x07]*\x1b?|\[(?:M.{0,2}|\[|[0-?]*[ -/]*))?\Z", re.DOTALL)
"""The beginning of one at the end of a text."""

LONGEST_SEQUENCE = 4096
"""Characters. Longer bytes without an end are no sequence."""

PASTE_ENTER_DELAY = 0.05
"""Seconds after a paste within which Enter belongs to it: the pasted text had an end mark in it."""


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
