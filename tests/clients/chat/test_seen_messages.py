"""Which messages of a history the user has missed."""

from hypothesis import given
from hypothesis import strategies as st

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


def test_a_clock_that_was_set_back_hides_no_line() -> None:
    seen = SeenMessages()
    seen.record(said(5000, "one"))
    seen.record(said(7000, "two"))
    seen.record_own("ann", "mine")
    seen.stop()
    seen.record(Event("welcome", 3000, "ann"))
    history = (said(5000, "one"), said(7000, "two"), said(7000, "mine", "ann"), said(2000, "three"))
    assert seen.missed((*history, said(3000, "four"))) == (said(2000, "three"), said(3000, "four"))


def test_a_clock_that_was_set_back_hides_no_line_when_none_is_known() -> None:
    seen = SeenMessages()
    seen.record(Event("welcome", 7000, "ann"))
    seen.stop()
    seen.record(Event("welcome", 3000, "ann"))
    assert seen.missed((said(2000, "one"),)) == (said(2000, "one"),)


def test_a_clock_that_was_set_forward_shows_no_known_line_again() -> None:
    seen = SeenMessages()
    seen.record(said(5, "one"))
    seen.stop()
    history = (said(4, "before the user came"), said(5, "one"), said(9000, "two"))
    assert seen.missed(history) == (said(9000, "two"),)


def test_lines_shown_in_a_history_are_not_missed_the_next_time() -> None:
    seen = SeenMessages()
    seen.stop()
    history = (said(1, "one"), said(1, "one"), said(2, "two"))
    seen.record(Event("history", 3, lines=history))
    seen.record(Event("history", 3, lines=history))
    assert seen.missed(history) == ()
    assert seen.missed((*history, said(2, "two"))) == (said(2, "two"),)


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("ab")), max_size=12), st.integers(0, 12))
def test_whatever_the_times_the_lines_behind_the_last_received_one_are_missed(
    lines: list[tuple[int, str]], received: int
) -> None:
    history = tuple(said(time, text) for time, text in lines)
    seen = SeenMessages()
    for event in history[:received]:
        seen.record(event)
    seen.stop()
    if history[:received]:
        assert seen.missed(history) == history[received:]


def test_the_first_loss_counts_until_missed_is_called() -> None:
    seen = SeenMessages()
    seen.record(said(7, "hi"))
    seen.stop()
    seen.record(Event("welcome", 20, "ann"))
    seen.stop()
    assert seen.missed((said(10, "meanwhile"),)) == (said(10, "meanwhile"),)
    seen.stop()
    assert seen.missed((said(10, "meanwhile"),)) == ()
