"""The room of a cluster, on a stream in memory."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servers.chat.cluster.outbox import MAX_KEPT, NOT_TAKEN, NOTICE, PATIENCE
from servers.chat.cluster.participant import MISSING_FOR, NOT_NOW
from tests.servers.chat.cluster.fake_stream import FakeNode, FakeStream, Guest


def cluster(size: int = 2, copies: int = 1) -> tuple[FakeStream, list[FakeNode]]:
    stream = FakeStream(copies)
    nodes = [FakeNode(stream) for _ in range(size)]
    stream.pump()
    return stream, nodes


def people(*names: str, copies: int = 1) -> tuple[FakeStream, list[FakeNode], list[Guest]]:
    """A server for each name, with its member, which has heard everything so far."""
    stream, nodes = cluster(len(names), copies)
    guests = []
    for node, name in zip(nodes, names, strict=True):
        guests.append(node.guest(name))
        stream.pump()
    for guest in guests:
        guest.heard()
    return stream, nodes, guests


def lose(stream: FakeStream, node: FakeNode, *others: FakeNode) -> None:
    """The server `node` dies or is cut off, and its lease ends; `others` notice it."""
    node.is_connected = False
    stream.alive.discard(node.server)
    for other in others:
        other.participant.on_leases(set(stream.alive))
        other.clock.advance(MISSING_FOR)
        other.participant.on_leases(set(stream.alive))
    stream.pump(*others)


def test_a_line_is_told_when_it_has_come_back_from_the_stream() -> None:
    stream, (a, _), (ann, bob) = people("ann", "bob")
    carl = a.guest("carl")
    stream.pump()
    ann.heard(), bob.heard(), carl.heard()
    a.room.say(ann, "hello")
    a.end_turn()
    a.end_turn()
    assert (bob.heard(), carl.heard()) == ([], [])
    stream.pump()
    assert (ann.heard(), bob.heard(), carl.heard()) == ([], ["<ann> hello"], ["<ann> hello"])


def test_joins_leaves_names_actions_and_new_names_are_known_on_every_server() -> None:
    stream, (a, b), (ann, bob) = people("ann", "bob")
    assert a.room.names() == b.room.names() == ("ann", "bob")
    b.room.say(bob, "waves", "action")
    b.room.rename(bob, "Robert")
    stream.pump()
    assert ann.heard() == ["* bob waves", "bob is now known as Robert."]
    assert bob.heard() == ["bob is now known as Robert."]
    assert a.room.names() == b.room.names() == ("ann", "Robert")
    b.room.leave(bob)
    stream.pump()
    assert ann.heard() == ["Robert has left the channel."]
    assert a.room.names() == b.room.names() == ("ann",)


def test_of_two_who_want_a_name_at_the_same_time_the_first_in_the_stream_gets_it() -> None:
    stream, (a, b) = cluster()
    one, other = a.guest("ann"), b.guest("Ann")
    stream.pump()
    assert (one.joined, other.joined) == (1, 0)
    assert other.refusals == ["Sorry, 'Ann' is taken. Try something else."]
    other.name = "bob"
    b.room.join(other)
    stream.pump()
    a.room.rename(one, "BOB")
    stream.pump()
    assert one.refusals == ["Sorry, 'BOB' is taken. Try something else."]
    assert a.room.names() == b.room.names() == ("ann", "bob")


def test_a_private_message_reaches_one_member_and_its_sender_only() -> None:
    stream, (a, _, _), (ann, bob, carl) = people("ann", "bob", "carl")
    found = a.room.find("BOB")
    assert found is not None
    a.room.send_private(ann, found, "psst")
    stream.pump()
    assert ann.heard() == bob.heard() == ["<ann -> bob> psst"]
    assert carl.heard() == []


def test_a_private_message_to_one_who_has_just_left_is_refused() -> None:
    stream, (a, b), (ann, bob) = people("ann", "bob")
    found = a.room.find("bob")
    assert found is not None
    b.room.leave(bob)
    stream.pump(b)
    a.room.send_private(ann, found, "psst")
    stream.pump()
    assert ann.heard() == ["bob has left the channel.", "There is nobody here called bob."]


def test_what_a_member_said_before_it_left_is_told_before_it_leaves() -> None:
    stream, (a, _), (ann, bob) = people("ann", "bob")
    a.room.say(ann, "good-bye")
    a.room.leave(ann)
    stream.pump()
    assert bob.heard() == ["<ann> good-bye", "ann has left the channel."]
    assert ann.heard() == []


def test_a_member_that_leaves_before_its_join_has_come_back_leaves_on_every_server() -> None:
    stream, (a, b), (_, bob) = people("ann", "bob")
    carl = a.guest("carl")
    a.room.leave(carl)
    stream.pump()
    assert carl.joined == 0
    assert bob.heard() == ["carl has joined the channel.", "carl has left the channel."]
    assert a.room.names() == b.room.names() == ("ann", "bob")


def test_a_server_that_begins_knows_the_people_and_the_last_lines() -> None:
    stream, (a, b), (ann, bob) = people("ann", "bob")
    for number in range(30):
        a.room.say(ann, str(number))
    stream.pump()
    late = FakeNode(stream)
    stream.pump()
    assert late.room.names() == ("ann", "bob")
    assert [event.text for event in late.room.history] == [str(number) for number in range(10, 30)]
    assert list(late.room.history) == list(b.room.history)
    bob.heard()


def test_a_server_that_begins_knows_a_member_by_its_new_name_though_it_has_said_something_before() -> None:
    stream, (a,), (ann,) = people("ann")
    a.room.say(ann, "hello")
    a.room.rename(ann, "Anna")
    stream.pump()
    b = FakeNode(stream)
    stream.pump()
    assert b.room.names() == ("Anna",)
    assert (b.room.find("anna") is not None, b.room.find("ann")) == (True, None)


def test_the_names_of_a_server_that_died_are_free_after_its_lease() -> None:
    stream, (a, b), (_, bob) = people("ann", "bob")
    lose(stream, a, b)
    assert bob.heard() == ["ann has left the channel."]
    again = b.guest("ann")
    stream.pump(b)
    assert again.joined == 1


def test_before_the_lease_ends_a_name_is_only_free_for_a_member_with_its_key() -> None:
    stream, (a, b) = cluster()
    ann, bob = a.guest("ann", "secret"), b.guest("bob")
    stream.pump()
    ann.heard(), bob.heard()
    a.is_connected = False
    for key in ("", "guess"):
        with pytest.raises(ValueError, match="taken"):
            b.room.free_name("ann", Guest("", key))
    assert b.room.free_name(" ann", Guest("", "secret")) == "ann"
    again = b.guest("ann", "secret")
    stream.pump(b)
    assert (again.joined, b.room.names(), bob.heard()) == (1, ("ann", "bob"), [])
    b.room.say(bob, "welcome back")
    lose(stream, a, b)
    assert (again.heard(), bob.heard()) == (["<bob> welcome back"], [])
    a.is_connected = True
    stream.pump()
    a.room.leave(ann)
    stream.pump()
    assert (ann.is_replaced, ann.heard()) == (True, [])
    assert a.room.names() == b.room.names() == ("ann", "bob")


def test_a_member_that_has_come_back_elsewhere_keeps_its_name_when_the_old_server_joins_again() -> None:
    stream, (a, b) = cluster()
    ann = a.guest("ann", "secret")
    stream.pump()
    lose(stream, a, b)
    again = b.guest("ann", "secret")
    stream.pump(b)
    a.is_connected = True
    stream.pump()
    assert (again.is_replaced, again.name, ann.name) == (False, "ann", "ann2")


def test_a_member_comes_back_at_its_own_server_while_that_still_has_the_lost_connection() -> None:
    stream, (a, b) = cluster()
    ann = a.guest("ann", "secret")
    stream.pump()
    again = a.guest("ANN", "secret")
    stream.pump()
    assert (ann.is_replaced, again.joined, again.name) == (True, 1, "ann")
    a.room.leave(ann)
    a.room.leave(again)
    stream.pump()
    assert a.room.names() == b.room.names() == ()


def test_a_server_that_begins_does_not_wait_for_one_that_died() -> None:
    stream, (a, b), _ = people("ann", "bob")
    a.is_connected = False
    late = FakeNode(stream)
    stream.pump(b, late)
    assert late.guest("carl").joined == 0
    stream.alive.discard(a.server)
    lose(stream, a, b, late)
    stream.pump(b, late)
    assert late.room.names() == b.room.names() == ("bob", "carl")


def test_a_server_that_was_cut_off_for_long_joins_again_and_its_lines_are_neither_lost_nor_doubled() -> None:
    stream, (a, b), (ann, bob) = people("ann", "bob")
    a.room.say(ann, "in flight")
    a.end_turn()
    lose(stream, a, b)
    a.room.say(ann, "kept")
    b.room.say(bob, "meanwhile")
    stream.pump(b)
    assert bob.heard() == ["ann has left the channel."]
    a.is_connected = True
    stream.pump()
    assert bob.heard() == ["ann has joined the channel.", "<ann> in flight", "<ann> kept"]
    assert ann.heard() == ["<bob> meanwhile"]
    assert ann.joined == 1
    assert a.room.names() == b.room.names() == ("bob", "ann")
    late = FakeNode(stream)
    stream.pump()
    assert [event.text for event in late.room.history] == [event.text for event in b.room.history]


def test_a_member_with_a_new_name_joins_again_with_that_name() -> None:
    stream, (a, b), (ann, bob) = people("ann", "bob")
    a.room.rename(ann, "Anna")
    stream.pump()
    lose(stream, a, b)
    bob.heard()
    a.is_connected = True
    stream.pump()
    assert (bob.heard(), ann.name) == (["Anna has joined the channel."], "Anna")


def test_a_member_that_waits_receives_a_line_that_comes_in_the_same_turn_as_its_joining() -> None:
    stream, (a, b), (ann, bob) = people("ann", "bob")
    lose(stream, a, b)
    a.is_connected = True
    while not a.queue or b'"join"' not in a.queue[0][0]:
        a.step()
    stream.pump(b)
    b.room.say(bob, "hello")
    stream.pump(b)
    stream.payloads.append(a.queue.pop()[0])
    a.read(9)
    assert (ann.heard(), a.room.names()) == (["<bob> hello"], ("bob", "ann"))


def test_a_member_whose_name_was_taken_meanwhile_gets_another_one_and_its_lines_are_told() -> None:
    stream, (a, b), (ann, bob) = people("ann", "bob")
    lose(stream, a, b)
    b.guest("Ann")
    stream.pump(b)
    a.room.say(ann, "kept")
    a.is_connected = True
    bob.heard()
    stream.pump()
    assert bob.heard() == ["ann2 has joined the channel.", "<ann2> kept"]
    assert ann.name == "ann2"
    assert "ann is now known as ann2." in ann.heard()
    assert a.room.names() == b.room.names() == ("bob", "Ann", "ann2")


def test_a_server_that_is_cut_off_says_so_once_keeps_a_thousand_lines_and_refuses_more() -> None:
    stream, (a, _), (ann, bob) = people("ann", "bob")
    a.is_connected = False
    a.participant.on_cut_off()
    a.end_turn()
    assert (ann.heard(), a.room.rooms.cluster) == ([NOTICE], "cut off")
    for number in range(MAX_KEPT + 2):
        a.room.say(ann, str(number))
    assert ann.heard() == [NOT_TAKEN] * 2
    stranger = a.guest("carl")
    assert stranger.refusals == [NOT_NOW]
    a.is_connected = True
    a.participant.on_back()
    stream.pump()
    assert bob.heard() == [f"<ann> {number}" for number in range(MAX_KEPT)]
    assert a.room.rooms.cluster == "joined"


def test_before_it_knows_that_it_is_cut_off_it_keeps_no_more_lines_either() -> None:
    stream, (a, _), (ann, bob) = people("ann", "bob")
    a.is_connected = False
    a.room.say(ann, "0")
    a.end_turn()
    a.clock.advance(2 * PATIENCE)
    for number in range(1, MAX_KEPT + 1):
        a.room.say(ann, str(number))
    assert ann.heard() == [NOT_TAKEN]
    a.is_connected = True
    stream.pump()
    assert bob.heard() == [f"<ann> {number}" for number in range(MAX_KEPT)]


def test_a_message_that_is_none_of_ours_is_ignored() -> None:
    stream, (a, _), (ann, bob) = people("ann", "bob")
    stream.payloads += [b"[", b"\xff", b'{"server": "x"}', b'{"server": "x", "gone": true}', b"{}"]
    a.room.say(ann, "hello")
    stream.pump()
    assert bob.heard() == ["<ann> hello"]


def test_in_a_new_stream_all_join_again_and_a_line_in_flight_is_told_once() -> None:
    stream, (a, b), (ann, bob) = people("ann", "bob")
    a.room.say(ann, "in flight")
    a.end_turn()
    stored, a.queue = a.queue, []
    stream.payloads.clear()
    for node in (a, b):
        node.participant.on_new_stream(node.place)
        node.place = 0
    a.queue[:0] = stored  # it is sent until it is stored, so it can come in the new stream too
    stream.pump()
    assert bob.heard() == [
        "ann has left the channel.",
        "ann has joined the channel.",
        "<ann> in flight",
    ]
    assert "bob has joined the channel." in ann.heard()
    assert sorted(a.room.names()) == sorted(b.room.names()) == ["ann", "bob"]


def test_the_numbers_of_events_are_the_same_on_every_server_and_a_notice_has_none() -> None:
    stream, (a, b), (ann, bob) = people("ann", "bob")
    a.room.announce("a notice")
    a.room.say(ann, "1")
    b.room.say(bob, "2")
    stream.pump()
    numbers = [[event.seq for event in node.room.since(0)] for node in (a, b)]
    assert numbers[0] == numbers[1] == sorted(set(numbers[0]))


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 6)), max_size=60), st.integers(1, 2))
def test_whatever_is_slow_or_lost_all_servers_agree_and_every_line_is_told_once(
    steps: list[tuple[int, int]], copies: int
) -> None:
    stream, nodes, guests = people("ann", "bob", "carl", copies=copies)
    said = []
    for number, (index, what) in enumerate(steps):
        node, guest = nodes[index], guests[index]
        if what <= 1:
            said.append(str(number))
            node.room.say(guest, said[-1])
        elif what == 2:
            node.is_connected = False
        elif what == 3:
            node.is_connected = True
        elif what == 4 and not node.is_connected and node.server in stream.alive:
            others = [other for other in nodes if other.is_connected]
            lose(stream, node, *others)
        else:
            node.step()
    for node in nodes:
        node.is_connected = True
        stream.alive.add(node.server)
    stream.pump()
    histories = [[event.text for event in node.room.recent if event.kind == "said"] for node in nodes]
    assert all(sorted(history) == sorted(said) for history in histories)
    assert histories[0] == histories[1] == histories[2]
    assert sorted(nodes[0].room.names()) == sorted(nodes[1].room.names()) == sorted(nodes[2].room.names())
