"""MODE beyond the table in exchanges.py: how letters and parameters are read and told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.irc.modes import Change, parse, words_of
from servers.irc.server import MAX_BANS, MAX_MODES
from tests.servers.irc.network import Network

letters = st.sampled_from("bkovlimnst")


@pytest.mark.parametrize(
    ("params", "changes"),
    [
        (["nt"], [("+", "n", ""), ("+", "t", "")]),
        (["+n-t"], [("+", "n", ""), ("-", "t", "")]),
        (["+o-v+l", "ann", "bob", "5"], [("+", "o", "ann"), ("-", "v", "bob"), ("+", "l", "5")]),
        (["-lk", "word"], [("-", "l", ""), ("-", "k", "word")]),
        (["b"], [("+", "b", "")]),
        (["+-+"], []),
        ([""], []),
    ],
)
def test_letters_take_their_parameters_in_order(
    params: list[str], changes: list[tuple[str, str, str]]
) -> None:
    assert list(parse(params, "bkov")) == [Change(*each) for each in changes]


@given(st.lists(st.tuples(st.sampled_from("+-"), letters, st.text("xyz", min_size=1)), max_size=MAX_MODES))
def test_changes_come_back_from_the_words_that_tell_them(found: list[tuple[str, str, str]]) -> None:
    changes = [
        Change(sign, letter, param if letter in "bkov" or (letter, sign) == ("l", "+") else "")
        for sign, letter, param in found
    ]
    assert list(parse(words_of(changes), "bkov")) == changes


def test_at_most_five_changes_with_a_parameter_are_made() -> None:
    ann = Network().person("ann", "#a")
    ann.says("MODE #a +bbbbbbbn a b c d e f g")
    assert ann.hears() == [":ann!ann@127.0.0.1 MODE #a +bbbbbn a!*@* b!*@* c!*@* d!*@* e!*@*"]


def test_a_channel_has_a_limited_number_of_bans() -> None:
    ann = Network().person("ann", "#a")
    for number in range(MAX_BANS):
        ann.says(f"MODE #a +b u{number}")
    assert len(ann.hears()) == MAX_BANS
    assert ann.says("MODE #a +b one-more").numbers() == ["478"]
    assert ann.says("MODE #a -b u7", "MODE #a +b one-more").numbers() == ["MODE", "MODE"]


@pytest.mark.parametrize(
    ("typed", "mask"),
    [
        ("bob", "bob!*@*"),
        ("bob!b", "bob!b@*"),
        ("b@host", "*!b@host"),
        ("*!*@host", "*!*@host"),
        ("bob@[x]!", "bob@[x]!*@*"),
    ],
)
def test_a_ban_is_completed_to_a_whole_mask(typed: str, mask: str) -> None:
    ann = Network().person("ann", "#a")
    assert ann.says(f"MODE #a +b {typed}").hears() == [f":ann!ann@127.0.0.1 MODE #a +b {mask}"]


def test_the_same_ban_in_another_case_is_no_second_one() -> None:
    ann = Network().person("ann", "#a").says("MODE #a +b Bob")
    ann.hears()
    assert ann.says("MODE #a +b bOB").hears() == []
    assert ann.says("MODE #a -b bOB").hears() == [":ann!ann@127.0.0.1 MODE #a -b Bob!*@*"]


@pytest.mark.parametrize("param", ["0", "-3", "x", "5x", "٣", ""])
def test_a_limit_that_is_no_number_above_zero_changes_nothing(param: str) -> None:
    assert Network().person("ann", "#a").says(f"MODE #a +l {param}").hears() == []


@pytest.mark.parametrize("key", ["a,b", ":x", ""])
def test_a_key_that_cannot_be_sent_changes_nothing(key: str) -> None:
    assert Network().person("ann", "#a").says(f"MODE #a +k {key} :").hears() == []


def test_an_operator_can_change_several_modes_and_hears_of_each_mistake() -> None:
    ann = Network().person("ann", "#a")
    assert ann.says("MODE #a +n?o-n nobody").hears() == [
        ":irc.reactor-school 472 ann ? :is unknown mode char for #a",
        ":irc.reactor-school 401 ann nobody :No such nick or channel",
        ":ann!ann@127.0.0.1 MODE #a +n-n",
    ]


def test_a_member_may_see_the_bans_and_is_refused_once_for_all_changes() -> None:
    network = Network()
    network.person("ann", "#a").says("MODE #a +b eve")
    bob = network.person("bob", "#a")
    assert bob.says("MODE #a b").numbers() == ["367", "368"]
    assert bob.says("MODE #a +nt-s").numbers() == ["482"]
