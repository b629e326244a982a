"""What was said while one was out."""

from clients.chat.memory import Memory
from core.formats.chat_events import Event


def said(time: float, text: str, name: str = "bob") -> Event:
    """A line."""
    return Event("said", time, name, text)


def test_only_what_was_not_heard_is_told() -> None:
    memory = Memory()
    memory.note(said(5, "one"))
    memory.note(said(7, "two"))
    memory.note_own("ann", "mine")
    memory.stop()
    history = (said(3, "before"), said(5, "one"), said(7, "two"), said(7, "mine", "ann"), said(8, "three"))
    assert memory.missed(history) == (said(8, "three"),)


def test_the_same_words_said_again_are_told() -> None:
    memory = Memory()
    memory.note(said(7, "hi"))
    memory.stop()
    assert memory.missed((said(7, "hi"), said(7, "hi"), said(9, "hi"))) == (said(7, "hi"), said(9, "hi"))


def test_the_first_loss_counts_until_one_was_told() -> None:
    memory = Memory()
    memory.note(said(7, "hi"))
    memory.stop()
    memory.note(Event("welcome", 20, "ann"))
    memory.stop()
    assert memory.missed((said(10, "meanwhile"),)) == (said(10, "meanwhile"),)
    memory.stop()
    assert memory.missed((said(10, "meanwhile"),)) == ()
