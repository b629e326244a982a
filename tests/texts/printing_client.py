"""Texts 1 and 3, the client that prints the received lines, without control characters."""

from core import LineReceiver
from core.formats.text import decode


class Printer(LineReceiver):
    def line_received(self, line: bytes) -> None:
        print(decode(line))
