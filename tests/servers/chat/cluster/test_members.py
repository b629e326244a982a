"""The names and keys of members."""

from functools import partial

from servers.chat.cluster.members import LocalMembers, hash_of, other_name
from servers.chat.cluster.messages import NAME_ONLY
from tests.servers.chat.cluster.fake_stream import Guest


def test_a_member_of_this_server_has_one_number_until_it_has_left_its_last_room() -> None:
    local, ann = LocalMembers(), Guest("ann")
    assert [local.enter(ann, room) for room in ("", "x", "")] == [1, 1, 1]
    assert (local.leave(ann, ""), local.find(1)) == (1, ann)
    assert (local.leave(ann, "x"), local.find(1)) == (1, None)
    assert local.enter(ann, NAME_ONLY) == local.enter(ann, "x") == 2
    assert (local.leave(ann, NAME_ONLY), local.find(2)) == (2, None)
    local.enter(ann, "")
    local.stay_in(ann, "x")
    assert (local.leave(ann, "x"), local.find(3)) == (3, None)


def test_what_waits_for_a_line_of_a_member_comes_back_in_the_order_in_which_it_was_given() -> None:
    local, ann, bob, told = LocalMembers(), Guest("ann"), Guest("bob"), list[str]()
    assert [local.enter(each, "") for each in (ann, bob)] == [1, 2]
    for member, text in ((ann, "one"), (bob, "other"), (ann, "two")):
        local.expect(member, partial(told.append, text))
    for number, member in ((1, ann), (1, ann), (2, bob)):
        expected = local.pop_expected(number)
        assert expected is not None
        assert expected[0] is member
        expected[1]()
    assert told == ["one", "two", "other"]
    assert [local.pop_expected(number) for number in (1, 2)] == [None, None]


def test_another_name_has_a_number_and_is_not_too_long() -> None:
    assert [other_name(name) for name in ("ann", "ann2", "ann9", "x" * 20)] == [
        "ann2",
        "ann3",
        "ann10",
        "x" * 19 + "2",
    ]


def test_other_servers_know_a_hash_of_the_key_and_no_key_has_none() -> None:
    assert (hash_of(""), len(hash_of("secret"))) == ("", 32)
    assert hash_of("secret") == hash_of("secret") != hash_of("Secret")
