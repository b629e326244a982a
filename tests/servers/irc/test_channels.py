"""Masks, names in lower case, and the rules of a channel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
