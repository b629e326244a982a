"""Several rooms on a cluster, on a stream in memory."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servers.chat.cluster.messages import Batch, decode
from servers.chat.cluster.participant import NOT_NOW
from servers.chat.room import ChatRoom
from tests.servers.chat.cluster.fake_stream import FakeNode, FakeStream, Guest
from tests.servers.chat.cluster.test_participant import lose, people


def other(node: FakeNode, name: str = "other") -> ChatRoom:
    return node.room.rooms.find_or_make(name)


def rooms(node: FakeNode) -> dict[str, tuple[str, ...]]:
    """The rooms that a server knows, with the names of their members."""
    return {room.name: room.names() for room in node.room.rooms}


def enter(stream: FakeStream, *visits: tuple[FakeNode, Guest]) -> None:
    """Each guest enters the room `other`, too, and has heard everything so far."""
    for node, guest in visits:
        other(node).join(guest)
        stream.pump()
    for _, guest in visits:
        guest.heard()


def test_a_room_is_on_every_server_while_it_has_a_member_anywhere() -> None:
    stream, (a, b, c), (ann, bob, _) = people("ann", "bob", "carl")
    other(a, "Other").join(ann)
    stream.pump()
    a.room.leave(ann)
    stream.pump()
    assert rooms(a) == rooms(b) == rooms(c) == {"chat": ("bob", "carl"), "other": ("ann",)}
    other(b).join(bob)
    stream.pump()
    other(a).say(ann, "hello")
    stream.pump()
    assert bob.heard() == ["ann has left the channel.", "<ann> hello"]
    other(a).leave(ann)
    other(b).leave(bob)
    stream.pump()
    assert rooms(a) == rooms(b) == rooms(c) == {"chat": ("bob", "carl")}


def test_a_line_is_told_in_its_room_only_and_in_the_order_of_the_stream() -> None:
    stream, (a, b, _), (ann, bob, carl) = people("ann", "bob", "carl")
    enter(stream, (a, ann), (b, bob))
    a.room.leave(ann)
    b.room.leave(bob)
    stream.pump()
    carl.heard()
    other(a).say(ann, "1")
    a.room.say(ann, "2")
    other(b).say(bob, "3")
    stream.pump()
    assert (ann.heard(), bob.heard(), carl.heard()) == (["<bob> 3"], ["<ann> 1"], ["<ann> 2"])
    assert [event.text for event in other(b).history] == ["1", "3"]


def test_each_room_has_a_subject_and_a_batch_is_about_one_room() -> None:
    stream, (a, _), (ann, _) = people("ann", "bob")
    enter(stream, (a, ann))
    before = len(stream.payloads)
    for room in (a.room, other(a), a.room, other(a)):
        room.say(ann, "hello")
    stream.pump()
    batches = [decode(payload) for payload in stream.payloads[before:]]
    found = [[change.room for change in batch.changes] for batch in batches if isinstance(batch, Batch)]
    assert found == [[""], ["other"], [""], ["other"]]
    assert stream.rooms[before:] == ["", "other", "", "other"]


def test_a_name_is_taken_in_all_rooms_of_all_servers_also_by_a_user_in_none() -> None:
    stream, (a, b), (ann, bob) = people("ann", "bob")
    enter(stream, (a, ann))
    a.room.leave(ann)
    ivan = Guest("ivan")
    a.room.register(ivan)
    stream.pump()
    for name in ("Ann", "IVAN"):
        with pytest.raises(ValueError, match="taken"):
            b.room.free_name(name, Guest(""))
    found = b.room.find("ivan")
    assert found is not None
    b.room.send_private(bob, found, "psst")
    stream.pump()
    a.room.rename(ivan, "ivo")
    stream.pump()
    assert (ivan.heard(), ivan.name) == (["<bob -> ivan> psst"], "ivo")
    assert ivan.registered == 1
    a.room.unregister(ivan)
    stream.pump()
    assert (b.room.find("ivo"), a.room.find("ivo"), rooms(b)["chat"]) == (None, None, ("bob",))


def test_of_two_who_register_a_name_at_the_same_time_the_second_is_refused() -> None:
    stream, (a, b), _ = people("ann", "bob")
    one, two = Guest("ivan"), Guest("ivan")
    a.room.register(one)
    b.room.register(two)
    stream.pump()
    assert (one.registered, two.registered) == (1, 0)
    assert two.refusals == ["Sorry, 'ivan' is taken. Try something else."]


def test_a_user_that_goes_before_a_room_has_answered_leaves_it_on_every_server() -> None:
    stream, (a, b), _ = people("ann", "bob")
    ivan = Guest("ivan")
    a.room.register(ivan)
    other(a).join(ivan)
    a.room.unregister(ivan)
    stream.pump()
    assert (ivan.registered, ivan.joined) == (0, 0)
    assert rooms(a) == rooms(b) == {"chat": ("ann", "bob")}


def test_a_new_name_is_told_once_to_a_member_that_shares_two_rooms() -> None:
    stream, (a, b, c), (ann, bob, carl) = people("ann", "bob", "carl")
    enter(stream, (a, ann), (b, bob))
    c.room.leave(carl)
    other(c).join(carl)
    stream.pump()
    for guest in (ann, bob, carl):
        guest.heard()
    a.room.rename(ann, "anna")
    stream.pump()
    assert ann.heard() == bob.heard() == carl.heard() == ["ann is now known as anna."]
    assert rooms(a) == rooms(c) == {"chat": ("anna", "bob"), "other": ("anna", "bob", "carl")}


def test_a_server_that_begins_knows_the_rooms_and_drops_those_that_have_no_members() -> None:
    stream, (a, b), (ann, bob) = people("ann", "bob")
    enter(stream, (a, ann), (b, bob))
    other(a, "gone").join(ann)
    other(a, "gone").say(ann, "hello")
    other(a).say(ann, "hello")
    stream.pump()
    other(a, "gone").leave(ann)
    late = FakeNode(stream)
    stream.pump()
    assert rooms(late) == {"chat": ("ann", "bob"), "other": ("ann", "bob")}
    assert [event.text for event in other(late).history] == ["hello"]


def test_members_of_a_server_that_was_cut_off_for_long_join_all_their_rooms_again() -> None:
    stream, (a, b), (ann, bob) = people("ann", "bob")
    ivan = Guest("ivan")
    a.room.register(ivan)
    enter(stream, (a, ann), (b, bob), (a, ivan))
    lose(stream, a, b)
    other(a).say(ann, "kept")
    b.guest("ivan")
    stream.pump(b)
    assert rooms(b) == {"chat": ("bob", "ivan"), "other": ("bob",)}
    bob.heard()
    a.is_connected = True
    stream.pump()
    assert bob.heard().count("<ann> kept") == 1
    assert (ivan.name, ivan.heard().count("ivan is now known as ivan2.")) == ("ivan2", 1)
    assert {name: set(names) for name, names in rooms(a).items()} == {
        "chat": {"ann", "bob", "ivan"},
        "other": {"ann", "bob", "ivan2"},
    }
    assert rooms(a)["other"] == rooms(b)["other"]
    found = b.room.find("ivan2")
    assert found is not None


def test_a_member_that_comes_back_at_another_server_is_in_the_room_where_it_was() -> None:
    stream, (a, b), _ = people("zed", "bob")
    ann = a.guest("ann", "secret")
    stream.pump()
    other(a).join(ann)
    stream.pump()
    a.is_connected = False
    again = b.guest("ann", "secret")
    stream.pump(b)
    assert [room.name for room in again.rooms] == ["other"]
    assert rooms(b) == {"chat": ("zed", "bob"), "other": ("ann",)}
    other(b).leave(again)
    stream.pump(b)
    assert rooms(b) == {"chat": ("zed", "bob")}


def test_a_member_that_has_asked_to_leave_is_not_listed_at_its_own_server_any_more() -> None:
    stream, (a, b), (ann, _) = people("ann", "bob")
    enter(stream, (a, ann))
    a.room.leave(ann)
    assert (rooms(a)["chat"], rooms(b)["chat"]) == (("bob",), ("ann", "bob"))
    stream.pump()
    assert rooms(a) == rooms(b) == {"chat": ("bob",), "other": ("ann",)}


def test_a_room_cannot_be_entered_while_the_server_is_cut_off() -> None:
    _, (a, _), (ann, _) = people("ann", "bob")
    a.participant.on_cut_off()
    other(a).join(ann)
    assert (ann.refusals, list(rooms(a))) == ([NOT_NOW], ["chat"])


def test_what_is_to_be_called_with_a_line_is_called_when_it_comes_back() -> None:
    stream, (a, _), (ann, bob) = people("ann", "bob")
    called: list[str] = []
    a.room.say(ann, "hello", on_said=lambda: called.append("hello"))
    a.end_turn()
    assert called == []
    a.room.leave(ann)
    stream.pump()
    assert (called, bob.heard()) == (["hello"], ["<ann> hello", "ann has left the channel."])


class World:
    """Three servers with a member each, the rooms where it is, and what was said."""

    def __init__(self) -> None:
        self.stream, self.nodes, self.guests = people("ann", "bob", "carl")
        self.inside: list[set[str]] = [{"chat"} for _ in self.guests]
        self.said: list[tuple[str, str]] = []

    def enter(self, index: int, name: str) -> None:
        if name not in self.inside[index]:
            other(self.nodes[index], name).join(self.guests[index])
            self.inside[index].add(name)

    def leave(self, index: int, name: str) -> None:
        if name in self.inside[index] and len(self.inside[index]) > 1:
            other(self.nodes[index], name).leave(self.guests[index])
            self.inside[index].discard(name)

    def say(self, index: int, name: str) -> None:
        if name in self.inside[index]:
            self.said.append((name, str(len(self.said))))
            other(self.nodes[index], name).say(self.guests[index], self.said[-1][1])

    def rename(self, index: int, name: str) -> None:
        self.nodes[index].room.rename(self.guests[index], f"{self.guests[index].name[:3]}{name}")

    def cut(self, index: int, name: str) -> None:
        self.nodes[index].is_connected = False

    def lose(self, index: int, name: str) -> None:
        node = self.nodes[index]
        if not node.is_connected and node.server in self.stream.alive:
            lose(self.stream, node, *(each for each in self.nodes if each.is_connected))

    def mend(self, index: int, name: str) -> None:
        self.nodes[index].is_connected = True

    def step(self, index: int, name: str) -> None:
        self.nodes[index].step()

    def finish(self) -> None:
        for node in self.nodes:
            node.is_connected = True
            self.stream.alive.add(node.server)
        self.stream.pump()

    def lines(self, node: FakeNode) -> list[tuple[str, str]]:
        """The lines in the histories of the rooms of a server."""
        return sorted((room.name, event.text) for room in node.room.rooms for event in room.history)


actions = st.sampled_from(
    [World.enter, World.leave, World.say, World.say, World.rename, World.cut, World.lose, World.mend]
    + [World.step] * 6
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(actions, st.integers(0, 2), st.sampled_from(["chat", "x", "y"])), max_size=60))
def test_whatever_happens_all_servers_know_the_same_rooms_and_lines(
    steps: list[tuple[Callable[[World, int, str], None], int, str]],
) -> None:
    world = World()
    for act, index, name in steps:
        act(world, index, name)
    world.finish()
    late = FakeNode(world.stream)
    world.stream.pump()
    for node in (*world.nodes, late):
        here = {name: set(names) for name, names in rooms(node).items()}
        assert here == {
            name: {
                guest.name for guest, inside in zip(world.guests, world.inside, strict=True) if name in inside
            }
            for name in {"chat"}.union(*world.inside)
        }
        assert len(world.lines(node)) == len(set(world.lines(node)))
        assert set(world.lines(node)) <= set(world.said)
    assert all(world.lines(node) == world.lines(world.nodes[0]) for node in world.nodes)
