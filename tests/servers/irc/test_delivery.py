"""Gathered lines are sent once, at the end of the turn or when it is asked for."""

from collections.abc import Callable

from servers.irc.delivery import Delivery


def test_what_is_scheduled_in_a_turn_is_delivered_at_its_end_in_order() -> None:
    turn: list[Callable[[], object]] = []
    done: list[str] = []
    delivery = Delivery(turn.append)
    delivery.schedule(lambda: done.append("a"))
    delivery.schedule(lambda: done.append("b"))
    assert (len(turn), done) == (1, [])
    turn.pop()()
    assert done == ["a", "b"]


def test_what_was_delivered_early_is_not_delivered_again_at_the_end_of_the_turn() -> None:
    turn: list[Callable[[], object]] = []
    done: list[str] = []
    delivery = Delivery(turn.append)
    delivery.schedule(lambda: done.append("a"))
    delivery.deliver()
    for deliver in turn:
        deliver()
    assert done == ["a"]
    assert not delivery.waiting
