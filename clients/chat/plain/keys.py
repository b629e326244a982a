"""The bytes of the keyboard, for prompt_toolkit: without the sequences that it does not know."""

import sys
from collections.abc import Callable

from prompt_toolkit.input import Input, create_input
from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding.key_processor import KeyPress

from clients.keyboard import BEGIN, END, LONGEST_SEQUENCE, SEQUENCE, UNFINISHED, PasteFilter


class KeyParser(Vt100Parser):
    """Drops unknown sequences. prompt_toolkit itself takes all but their first byte for typed text."""

    def __init__(self, feed_key_callback: Callable[[KeyPress], None]) -> None:
        super().__init__(feed_key_callback)
        self._parser = Vt100Parser(feed_key_callback)  # not `super()`, whose methods call one another
        self._pastes = PasteFilter()
        self._unfinished = ""

    def feed(self, data: str) -> None:
        """Pass on text and known sequences. An unfinished sequence waits for its rest, or for `flush`."""
        text, self._unfinished = self._unfinished + self._pastes.clean(data), ""
        *_, end = 0, *(whole.end() for whole in SEQUENCE.finditer(text))
        if (found := UNFINISHED.search(text, end)) and len(found[0]) < LONGEST_SEQUENCE:
            text, self._unfinished = text[: found.start()], found[0]
        self._parser.feed(SEQUENCE.sub(lambda whole: whole[0] if whole[0] in KNOWN else "", text))

    def flush(self) -> None:
        """No more bytes follow soon: an unfinished sequence is the Escape key, or an Alt key."""
        rest, self._unfinished = self._unfinished, ""
        self._parser.feed(rest)
        self._parser.flush()


KNOWN = {*ANSI_SEQUENCES, BEGIN, END}


def keyboard() -> Input:
    """The keyboard of this terminal. On Windows prompt_toolkit reads no bytes."""
    found = create_input()
    if sys.platform != "win32":
        from prompt_toolkit.input.vt100 import Vt100Input

        if isinstance(found, Vt100Input):
            found.vt100_parser = KeyParser(found.vt100_parser.feed_key_callback)
    return found
