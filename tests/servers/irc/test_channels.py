"""Masks, names in lower case, and the rules of a channel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.chat.room import MAX_ROOMS
from servers.irc.channels import full_mask, lower, matches
from tests.servers.irc.network import Network


@pytest.mark.parametrize(
    ("mask", "text", "result"),
    [
        ("ann!*@*", "ann!a@host", True),
        ("ANN!*@*", "ann!a@host", True),
        ("a?n!*@*", "ann!a@host", True),
        ("a?!*@*", "ann!a@host", False),
        ("*!*@10.0.*", "ann!a@10.0.0.1", True),
        ("*!*@10.0.*", "ann!a@110.0.0.1", False),
        ("[a-z]!*@*", "b!a@host", False),
        ("[a-z]!*@*", "[a-z]!a@host", True),
        ("a.n!*@*", "ann!a@host", False),
    ],
)
def test_a_mask_has_only_two_wildcards(mask: str, text: str, result: bool) -> None:
    assert matches(mask, text) is result


@given(st.text(max_size=20))
def test_every_text_is_a_mask_that_matches_itself(text: str) -> None:
    assert matches(text.replace("*", "").replace("?", ""), text.replace("*", "").replace("?", ""))
    assert full_mask(full_mask(text)) == full_mask(text)


def test_names_differ_in_case_only_if_they_have_letters_that_are_not_ascii() -> None:
    assert lower("#CLASS[]") == "#class[]"
    assert lower("#CLÄSS") == "#clÄss"


ANN = ":ann!ann@127.0.0.1"
ZOE = ":zoë!chat@irc.reactor-school"


def test_lines_of_one_turn_come_in_one_write_without_ones_own() -> None:
    network = Network()
    ann, bob, carl = network.people("ann", "bob", "carl")
    for each in (ann, bob, carl):
        each.hears()
    written: list[bytes] = []
    carl.transport.write = written.append  # type: ignore[method-assign, assignment]
    with network.one_turn():
        ann.says("PRIVMSG #class :one", "PRIVMSG #class :two")
        bob.says("PRIVMSG #class :three")
    bobs = ":bob!bob@127.0.0.1 PRIVMSG #class :three"
    assert written == [f"{ANN} PRIVMSG #class :one\r\n{ANN} PRIVMSG #class :two\r\n{bobs}\r\n".encode()]
    assert ann.hears() == [bobs]
    assert bob.hears() == [f"{ANN} PRIVMSG #class :one", f"{ANN} PRIVMSG #class :two"]


def test_a_line_to_one_user_comes_after_the_lines_of_the_channel_that_were_sent_before() -> None:
    network = Network()
    ann, bob = network.people("ann", "bob")
    bob.hears()
    with network.one_turn():
        ann.says("PRIVMSG #class :one", "PRIVMSG bob :two", "PRIVMSG #class :three", "NICK anna")
        bob.says("PING four")
    assert bob.hears() == [
        f"{ANN} PRIVMSG #class :one",
        f"{ANN} PRIVMSG bob :two",
        f"{ANN} PRIVMSG #class :three",
        f"{ANN} NICK anna",
        ":irc.reactor-school PONG irc.reactor-school :four",
    ]


def test_a_new_member_receives_nothing_that_was_said_before_and_one_who_leaves_all_of_it() -> None:
    network = Network()
    ann, bob = network.people("ann", "bob")
    carl = network.person("carl")
    bob.hears()
    with network.one_turn():
        ann.says("PRIVMSG #class :one")
        carl.says("JOIN #class")
        bob.says("PART #class")
        ann.says("PRIVMSG #class :two")
    joined = ":carl!carl@127.0.0.1 JOIN #class"
    parted = ":bob!bob@127.0.0.1 PART #class"
    assert bob.hears() == [f"{ANN} PRIVMSG #class :one", joined, parted]
    heard = carl.hears()
    assert [heard[0], *heard[3:]] == [joined, parted, f"{ANN} PRIVMSG #class :two"]


def test_a_member_who_asks_for_times_in_the_same_turn_gets_each_line_once() -> None:
    network = Network()
    ann, bob = network.people("ann", "bob")
    bob.hears()
    with network.one_turn():
        ann.says("PRIVMSG #class :one")
        bob.says("CAP REQ server-time")
        ann.says("PRIVMSG #class :two")
    assert bob.hears() == [
        f"{ANN} PRIVMSG #class :one",
        ":irc.reactor-school CAP bob ACK :server-time",
        f"@time {ANN} PRIVMSG #class :two",
    ]


# --- channels that are rooms


def test_a_channel_is_the_room_of_the_line_chat_with_the_same_name() -> None:
    network = Network()
    zoe, ann = network.chatter("zoë"), network.person("ann", "#chat", "#Other")
    zoe.hears()
    assert zoe.says("/join other").hears() == [
        "You are in the room Other now.",
        "Participants in Other: ann, zoë",
    ]
    assert ann.hears() == [f"{ZOE} JOIN #Other", f"{ZOE} PART #chat"]
    zoe.says("hello", "/me waves")
    assert ann.hears() == [f"{ZOE} PRIVMSG #Other :hello", f"{ZOE} PRIVMSG #Other :\x01ACTION waves\x01"]
    ann.says("PRIVMSG #other :hi", "PRIVMSG #chat :not here", "PART #other")
    assert zoe.hears() == ["<ann> hi", "ann has left the channel."]


def test_a_user_of_irc_enters_a_room_that_a_member_of_the_line_chat_has_made() -> None:
    network = Network()
    zoe, ann = network.chatter("zoë"), network.person("ann")
    zoe.says("/join other").hears()
    assert ann.says("LIST").hears()[1:-1] == [":irc.reactor-school 322 ann #other 1 :"]
    assert ann.says("JOIN #other").hears() == [
        f"{ANN} JOIN #other",
        ":irc.reactor-school 353 ann = #other :zoë ann",
        ":irc.reactor-school 366 ann #other :End of NAMES list",
    ]
    assert zoe.hears() == ["ann has joined the channel."]


def test_a_new_name_is_told_once_in_each_room() -> None:
    network = Network()
    zoe, zed, ann = network.chatter("zoë"), network.chatter("zed"), network.person("ann", "#chat", "#a")
    bob = network.person("bob", "#chat", "#a")
    zed.says("/join a")
    for each in (zoe, zed, ann, bob):
        each.hears()
    ann.says("NICK anna")
    assert (zoe.hears(), zed.hears()) == (["ann is now known as anna."],) * 2
    assert ann.hears() == bob.hears() == [f"{ANN} NICK anna"]
    ann.says("QUIT")
    assert (zoe.hears(), zed.hears()) == (["anna has left the channel."],) * 2


def test_a_room_that_all_have_left_and_another_one_of_its_name_share_nothing() -> None:
    network = Network()
    zoe, ann = network.chatter("zoë"), network.person("ann", "#a")
    ann.says("MODE #a +k word", "TOPIC #a :old", "PRIVMSG #a :hello", "PART #a").hears()
    assert zoe.says("/join a", "/history").hears()[1:] == [
        "You're the only one here, 'zoë'",
        "Nothing has been said yet.",
    ]
    assert ann.says("JOIN #a").numbers() == ["JOIN", "353", "366"]


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("+i", "only invited users may"),
        ("+k word", "the key is missing or wrong"),
        ("+l 1", "it is full"),
        ("+b zoë", "you are banned"),
    ],
)
def test_the_modes_of_a_channel_hold_for_the_line_chat_too(mode: str, reason: str) -> None:
    network = Network()
    zoe, ann = network.chatter("zoë"), network.person("ann", "#a", "#chat")
    ann.says(f"MODE #a {mode}", f"MODE #chat {mode}")
    zoe.hears()
    assert zoe.says("/join a").hears() == [f"You cannot enter the room a: {reason}."]
    assert "Welcome to the chat, zed." in network.chatter("").says("zed").hears()


def test_a_secret_channel_is_listed_for_its_own_members_only() -> None:
    network = Network()
    zoe, zed, ann = network.chatter("zoë"), network.chatter("zed"), network.person("ann", "#a")
    zed.says("/join a").hears()
    ann.says("MODE #a +s")
    assert zoe.says("/rooms").hears()[-1] == "Rooms: chat (1). You are in chat."
    assert zed.says("/rooms").hears() == ["Rooms: chat (1), a (2). You are in a."]


def test_a_channel_whose_name_is_no_name_of_a_room_is_of_irc_alone() -> None:
    network = Network()
    zoe, ann = network.chatter("zoë"), network.person("ann", "&here", "#a.b", "#ünï", "#")
    assert zoe.says("/rooms").hears()[-1] == "Rooms: chat (1). You are in chat."
    assert len(ann.says("LIST").hears()) == 7


def test_a_channel_that_would_be_a_room_too_many_is_refused() -> None:
    network = Network()
    for number in range(1, MAX_ROOMS):
        network.room.rooms.find_or_make(f"r{number}")
    ann = network.person("ann")
    assert ann.says("JOIN #one-more").hears() == [
        f":irc.reactor-school 437 ann #one-more :There are {MAX_ROOMS} rooms already. "
        "Enter one of them: /rooms lists them."
    ]
