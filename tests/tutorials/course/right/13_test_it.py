"""Lesson 13 with a client on the other end of a connection in memory, and a table of conversations."""

from turnstile import OPEN_FOR, Turnstile  # type: ignore[import-not-found]  # the lesson gives it

from core import LineReceiver
from core.testing import Clock, ConnectedPair


class Visitor(LineReceiver):
    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def line_received(self, line: bytes) -> None:
        self.heard.append(line)


def conversation(*steps: bytes | float) -> list[bytes]:
    """All that the turnstile says when a visitor sends the lines, and waits for the seconds, of `steps`."""
    clock, visitor = Clock(), Visitor()
    pair = ConnectedPair(Turnstile(clock), visitor)
    for step in steps:
        if isinstance(step, bytes):
            visitor.send_line(step)
        else:
            clock.advance(step)
        pair.pump(piece=1)
    return visitor.heard


def test_all_that_a_visitor_can_do() -> None:
    almost = OPEN_FOR - 0.5
    conversations: list[tuple[tuple[bytes | float, ...], list[bytes]]] = [
        ((b"PUSH", b"COIN", b"PUSH", b"PUSH"), [b"locked", b"open", b"through", b"locked"]),
        ((b"COIN", almost, b"COIN", b"PUSH"), [b"open", b"coin back", b"through"]),
        ((b"COIN", almost, 0.5, b"PUSH"), [b"open", b"locked", b"locked"]),
        ((b"COIN", b"PUSH", b"COIN", almost, b"PUSH", OPEN_FOR), [b"open", b"through"] * 2),
    ]
    for steps, heard in conversations:
        assert conversation(*steps) == heard, steps
