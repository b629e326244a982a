"""The changes that wait for the stream."""

from hypothesis import given
from hypothesis import strategies as st

from core.testing import Clock
from servers.chat.cluster.messages import Change
from servers.chat.cluster.outbox import MAX_BATCH, MAX_BYTES, MAX_KEPT, PATIENCE, Outbox


def said(text: str) -> Change:
    return Change("said", 1, "ann", text)


def outbox_of(*texts: str) -> tuple[Outbox, list[tuple[Change, ...]]]:
    sent: list[tuple[Change, ...]] = []
    outbox = Outbox(Clock(), sent.append)
    for text in texts:
        outbox.add(said(text))
    outbox.pump()
    return outbox, sent


def test_the_next_batch_is_sent_when_the_last_one_has_come_back() -> None:
    outbox, sent = outbox_of(*map(str, range(MAX_BATCH + 2)))
    outbox.pump()
    assert [len(batch) for batch in sent] == [MAX_BATCH]
    outbox.confirm(counted=True)
    outbox.confirm(counted=False)  # a second copy: nothing is in flight
    outbox.pump()
    assert sent[1] == (said(str(MAX_BATCH)), said(str(MAX_BATCH + 1)))


def test_a_batch_is_not_too_large_for_nats() -> None:
    _, sent = outbox_of(*["x" * (MAX_BYTES - 1)] * 3)
    assert [len(batch) for batch in sent] == [2]


def test_only_while_the_cluster_is_slow_or_cut_off_are_a_thousand_lines_enough_and_joins_are_no_lines() -> (
    None
):
    clock = Clock()
    outbox = Outbox(clock, lambda changes: None)
    for number in range(MAX_KEPT - 1):
        outbox.add(said(str(number)))
    outbox.add(Change("join", 2, "bob"))
    outbox.pump()
    assert not outbox.is_full(is_cut_off=True)
    outbox.add(said("one more"))
    assert outbox.is_full(is_cut_off=True)
    clock.advance(PATIENCE)
    assert not outbox.is_full(is_cut_off=False)
    clock.advance(0.01)
    assert outbox.is_full(is_cut_off=False)


def test_a_batch_that_did_not_count_is_sent_again_before_the_rest_but_after_the_first_ones() -> None:
    outbox, sent = outbox_of("1", "2")
    outbox.add(said("3"))
    outbox.confirm(counted=False)
    outbox.add_first([Change("join", 1, "ann")])
    outbox.pump()
    assert sent[1] == (Change("join", 1, "ann"),)
    outbox.confirm(counted=True)
    outbox.pump()
    assert sent[2] == (said("1"), said("2"), said("3"))


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["", "x", "y"])), min_size=1))
def test_a_batch_is_about_one_room_and_the_changes_of_each_member_stay_in_order(
    wanted: list[tuple[int, str]],
) -> None:
    changes = [Change("said", member, "ann", str(n), "", room) for n, (member, room) in enumerate(wanted)]
    sent: list[tuple[Change, ...]] = []
    outbox = Outbox(Clock(), sent.append)
    for change in changes:
        outbox.add(change)
    outbox.pump()
    while sum(map(len, sent)) < len(changes):
        outbox.confirm(counted=True)
        outbox.pump()
    assert all(len({change.room for change in batch}) == 1 for batch in sent)
    flat = [change for batch in sent for change in batch]
    for member in range(1, 4):
        order = [change for change in flat if change.member == member]
        assert order == [change for change in changes if change.member == member]
