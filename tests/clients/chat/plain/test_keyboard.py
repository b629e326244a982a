"""The keys of a console that cannot be waited for."""

from collections.abc import Callable

import pytest

from clients.chat.editing.editor import Editor
from clients.chat.plain.keyboard import ConsoleKeyboard
from core.protocols.protocol import Protocol
from core.reactor import Reactor
from tests.conftest import turn_until


class Reader(Protocol):
    """Has an editor, and notes what it makes of the keys."""

    def __init__(self) -> None:
        self.editor = Editor()
        self.done: list[object] = []
        self.is_lost = False

    def data_received(self, data: bytes) -> None:
        self.done += self.editor.feed(data)

    def connection_lost(self, reason: Exception) -> None:
        self.is_lost = True


def console(keys: str) -> tuple[Callable[[], str], Callable[[], bool]]:
    """`getwch` and `kbhit` of a console at which `keys` are pressed; a blank of no width is a pause."""
    waiting = list(keys)

    def getwch() -> str:
        while waiting and waiting[0] == "\u200b":
            del waiting[0]
        if not waiting:
            raise EOFError
        return waiting.pop(0)

    return getwch, lambda: bool(waiting) and waiting[0] != "\u200b"


@pytest.mark.parametrize(
    ("keys", "done", "text"),
    [
        ("hello\r", ["hello"], ""),
        ("helo\xe0Kl\xe0Oo", [], "helloo"),
        ("one\rtwo\r\xe0H\x00H\x00P", ["one", "two"], "two"),
        ("à\u200bla", [], "àla"),
        ("\xe0;x", [], "x"),
        ("\ud83d\ude00", [], "😀"),
        ("ab\x08c", [], "ac"),
    ],
)
def test_they_are_the_keys_of_a_terminal(keys: str, done: list[str], text: str) -> None:
    reactor, reader = Reactor(), Reader()
    ConsoleKeyboard(*console(keys)).start(reader, reactor)
    turn_until(reactor, lambda: reader.is_lost)
    assert (reader.done, reader.editor.text) == (done, text)
    reactor.close()
