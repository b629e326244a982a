"""The people in the room, worked out from the messages alone."""

import pytest

from servers.chat.cluster.messages import Batch, Change, Gone, Hello, Message, Person, Roster
from servers.chat.cluster.replica import Applied, Phase, Replica, Stored


def read(replica: Replica, *messages: Message, start: int = 1) -> list[Applied]:
    """Apply messages, the first one at the place `start`."""
    return [
        applied
        for place, message in enumerate(messages, start)
        for applied in replica.apply(Stored(place, 0.0, message))
    ]


def join(server: str, number: int, member: int, name: str) -> Batch:
    return Batch(server, number, (Change("join", member, name),))


def joined(*others: str) -> Replica:
    """The replica of the server `a`, after the Hellos of `others`."""
    replica = Replica("a")
    read(replica, Hello("a"))
    assert [applied.kind for applied in replica.expect(["a"])] == ["ready"]
    read(replica, *map(Hello, others))
    return replica


def test_until_its_hello_has_come_a_server_hears_only_what_is_said() -> None:
    replica = Replica("a")
    said = Change("said", 1, "ann", "hello")
    heard = read(replica, join("b", 1, 1, "ann"), Batch("b", 2, (said,)), Gone("b"))
    assert [(applied.kind, applied.person.name) for applied in heard] == [("said", "ann")]
    assert (replica.people, replica.phase) == ({}, Phase.OUTSIDE)


def test_it_waits_for_the_roster_of_each_server_that_was_there_before() -> None:
    replica = Replica("a")
    read(replica, Hello("a"), Hello("later"))
    assert list(replica.expect(["a", "b", "c", "later"])) == []
    ann, bob = Person("b", 1, "ann", {"": 7}), Person("c", 1, "bob", {"": 5})
    assert read(replica, Roster("b", "a", 3, (ann,), False), Roster("b", "x", 3, (), True)) == []
    assert replica.waits_for() == {"b", "c"}
    assert read(replica, Roster("b", "a", 3, (), True), join("b", 4, 2, "carl"), start=10) == []
    applied = read(replica, Roster("c", "a", 0, (bob,), True), start=20)
    assert [each.kind for each in applied] == ["ready", "hello", "joined"]
    assert [person.name for person in replica.people.values()] == ["bob", "ann", "carl"]


def test_a_server_that_dies_is_waited_for_no_more_and_its_part_of_a_roster_does_not_count() -> None:
    replica = Replica("a")
    read(replica, Hello("a"))
    assert list(replica.expect(["b"])) == []
    read(replica, Roster("b", "a", 3, (Person("b", 1, "ann", {"": 7}),), False))
    assert [each.kind for each in read(replica, Gone("b"))] == ["ready"]
    assert replica.people == {}


def test_a_second_copy_of_a_batch_and_a_batch_of_an_unknown_server_change_nothing() -> None:
    replica = joined("b")
    assert len(read(replica, join("b", 1, 1, "ann"), join("b", 1, 2, "bob"), join("x", 1, 1, "eve"))) == 1
    assert list(replica.people) == ["ann"]


def test_after_its_end_the_batches_of_a_server_do_not_count() -> None:
    replica = joined("b")
    read(replica, join("b", 1, 1, "ann"))
    assert [each.kind for each in read(replica, Gone("b"), Gone("b"), join("b", 2, 2, "bob"))] == ["left"]
    assert replica.people == {}


def test_changes_of_members_that_are_not_here_change_nothing() -> None:
    replica = joined("b")
    kinds = ("leave", "rename", "said", "action", "private")
    changes = tuple(Change(kind, 9, "ann", "text", "ann") for kind in kinds)
    assert read(replica, Batch("b", 1, changes)) == []


def test_a_member_that_leaves_is_not_known_any_more_and_its_name_is_free() -> None:
    replica = joined("b", "c")
    leave = Batch("b", 2, (Change("leave", 1, "ann"), Change("said", 1, "ann", "late")))
    applied = read(replica, join("b", 1, 1, "ann"), leave, join("c", 1, 1, "ANN"))
    assert [each.kind for each in applied] == ["joined", "left", "joined"]
    assert [person.server for person in replica.people.values()] == ["c"]


def test_members_that_join_in_one_batch_have_the_same_order_on_a_server_that_begins_later() -> None:
    replica = joined("b")
    read(replica, Batch("b", 1, (Change("join", 1, "ann"), Change("join", 2, "bob"))))
    late = Replica("late")
    read(late, Hello("late"))
    assert list(late.expect(["b"])) == []
    read(late, Roster("b", "late", 1, tuple(replica.people.values()), True))
    assert list(late.people) == list(replica.people) == ["ann", "bob"]


def test_a_new_name_keeps_the_place_and_may_differ_in_its_case_only() -> None:
    replica = joined("b")
    read(replica, join("b", 1, 1, "ann"), join("b", 2, 2, "bob"))
    (applied,) = read(replica, Batch("b", 3, (Change("rename", 1, "ANN"),)))
    assert (applied.kind, applied.person.name) == ("renamed", "ann")
    assert [person.name for person in replica.people.values()] == ["ANN", "bob"]


def come_back(server: str, number: int, member: int, key: str, kind: str = "return") -> Batch:
    return Batch(server, number, (Change(kind, member, "ANN", key), Change("said", member, "ANN", "hi")))


def test_with_the_same_key_a_member_takes_over_its_name_and_its_old_connection_counts_no_more() -> None:
    replica = joined("b", "c")
    read(replica, Batch("b", 1, (Change("return", 1, "ann", "secret"),)), join("b", 2, 2, "bob"))
    returned, said = read(replica, come_back("c", 1, 7, "secret"))
    assert (returned.kind, returned.person.name) == ("returned", "ann")
    assert returned.other == returned.person._replace(server="b", member=1)
    assert (said.kind, said.person) == ("said", replica.people["ann"])
    changes = tuple(Change(kind, 1, "ann", "late") for kind in ("said", "leave"))
    assert read(replica, Batch("b", 3, changes)) == []
    assert [applied.person.name for applied in read(replica, Gone("b"))] == ["bob"]
    assert list(replica.people) == ["ann"]


@pytest.mark.parametrize(
    ("kind", "old", "new"), [("return", "a", "b"), ("return", "", ""), ("join", "a", "a")]
)
def test_without_the_same_key_or_with_a_join_a_name_is_taken(kind: str, old: str, new: str) -> None:
    replica = joined("b", "c")
    read(replica, Batch("b", 1, (Change("return", 1, "ann", old),)))
    assert [applied.kind for applied in read(replica, come_back("c", 1, 7, new, kind))] == ["join refused"]


def test_a_late_copy_of_the_hello_of_a_server_that_has_gone_does_not_count() -> None:
    replica = joined("b")
    read(replica, join("b", 1, 1, "ann"), Gone("b"))
    assert read(replica, Hello("b"), join("b", 1, 1, "ann")) == []
    assert (replica.people, replica.waits_for()) == ({}, set())


def test_a_copy_of_a_batch_is_not_overheard_again() -> None:
    batch = Batch("b", 7, (Change("said", 1, "ann", "hello"),))
    assert len(read(Replica("a"), batch, batch)) == 1
