"""Texts 1 and 3, the client that prints what comes: whole lines of it, and nothing that a terminal obeys."""

from core import LineReceiver
from core.formats.text import decode


class Printer(LineReceiver):
    def line_received(self, line: bytes) -> None:
        print(decode(line))
