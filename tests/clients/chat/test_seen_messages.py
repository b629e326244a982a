"""Which messages of a history the user has missed."""

from clients.chat.seen_messages import SeenMessages
from core.formats.chat_events import Event


def said(time: float, text: str, name: str = "bob") -> Event:
    """A message of the server."""
    return Event("said", time, name, text)


def test_only_unseen_messages_are_missed() -> None:
    seen = SeenMessages()
    seen.record(said(5, "one"))
    seen.record(said(7, "two"))
    seen.record_own("ann", "mine")
    seen.stop()
    history = (said(3, "before"), said(5, "one"), said(7, "two"), said(7, "mine", "ann"), said(8, "three"))
    assert seen.missed(history) == (said(8, "three"),)


def test_the_same_text_said_again_is_missed() -> None:
    seen = SeenMessages()
    seen.record(said(7, "hi"))
    seen.stop()
    assert seen.missed((said(7, "hi"), said(7, "hi"), said(9, "hi"))) == (said(7, "hi"), said(9, "hi"))


def test_the_first_loss_counts_until_missed_is_called() -> None:
    seen = SeenMessages()
    seen.record(said(7, "hi"))
    seen.stop()
    seen.record(Event("welcome", 20, "ann"))
    seen.stop()
    assert seen.missed((said(10, "meanwhile"),)) == (said(10, "meanwhile"),)
    seen.stop()
    assert seen.missed((said(10, "meanwhile"),)) == ()
