"""One conversation: users of IRC in `#chat` and members of the line chat, each in its own protocol's form."""

import pytest

from core.formats.chat_events import Event
from servers.irc.users import chat_lines
from tests.servers.irc.network import Network

ZOE = ":zoë!chat@irc.reactor-school"


def test_joins_messages_actions_and_leaves_go_both_ways() -> None:
    network = Network()
    zoe, bob = network.chatter("zoë"), network.person("bob", "#chat")
    assert zoe.hears() == ["bob has joined the channel."]
    bob.says("PRIVMSG #chat :hello", "PRIVMSG #chat :\x01ACTION waves\x01", "NOTICE #chat :a notice")
    assert zoe.hears() == ["<bob> hello", "* bob waves", "<bob> a notice"]
    zoe.says("hello bob", "/me waves back")
    assert bob.hears() == [
        f"{ZOE} PRIVMSG #chat :hello bob",
        f"{ZOE} PRIVMSG #chat :\x01ACTION waves back\x01",
    ]
    bob.says("PART #chat :lunch")
    assert zoe.hears() == ["bob has left the channel."]
    bob.hears()
    zoe.says("still there?")
    assert bob.hears() == []
    bob.says("JOIN #chat", "QUIT :home")
    assert zoe.hears() == ["bob has joined the channel.", "bob has left the channel."]


def test_a_member_of_the_line_chat_joins_and_leaves_the_channel() -> None:
    network = Network()
    bob = network.person("bob", "#chat")
    zoe = network.chatter("zoë")
    assert bob.hears() == [f"{ZOE} JOIN #chat"]
    zoe.says("/quit")
    zoe.protocol.connection_lost(Exception())
    assert bob.hears() == [f"{ZOE} PART #chat"]


def test_renames_go_both_ways_and_each_user_of_irc_receives_a_rename_once() -> None:
    network = Network()
    zoe = network.chatter("zoë")
    ann, bob = network.people("ann", "bob", channel="#chat")
    ann.says("JOIN #class")
    bob.says("JOIN #class")
    for person in (ann, bob, zoe):
        person.hears()
    bob.says("NICK bobby")
    assert ann.hears() == bob.hears() == [":bob!bob@127.0.0.1 NICK bobby"]
    assert zoe.hears() == ["bob is now known as bobby."]
    zoe.says("/nick zoé")
    assert ann.hears() == bob.hears() == [f"{ZOE} NICK zoé"]


def test_private_messages_go_both_ways_also_with_a_user_who_is_not_in_the_channel() -> None:
    network = Network()
    zoe, bob = network.chatter("zoë"), network.person("bob")
    zoe.says("/msg bob psst")
    assert bob.hears() == [f"{ZOE} PRIVMSG bob :psst"]
    zoe.hears()
    bob.says("PRIVMSG ZOË :psst yourself", "PRIVMSG zoë :\x01ACTION nods\x01", "NOTICE zoë :note")
    assert zoe.hears() == ["<bob -> zoë> psst yourself", "<bob -> zoë> * bob nods", "<bob -> zoë> note"]
    assert bob.hears() == []


def test_questions_of_irc_clients_are_not_for_the_line_chat() -> None:
    network = Network()
    zoe, (ann, bob) = network.chatter("zoë"), network.people("ann", "bob", channel="#chat")
    zoe.hears()
    ann.says("PRIVMSG #chat :\x01VERSION\x01", "PRIVMSG zoë :\x01PING 5\x01", "@+typing=active TAGMSG zoë")
    assert (zoe.hears(), bob.hears()) == ([], [":ann!ann@127.0.0.1 PRIVMSG #chat :\x01VERSION\x01"])


def test_colours_of_irc_are_not_shown_in_the_line_chat() -> None:
    network = Network()
    zoe, bob = network.chatter("zoë"), network.person("bob", "#chat")
    zoe.hears()
    bob.says("PRIVMSG #chat :a \x0304,12red\x03 \x02bold\x02 \x04ff0000word\x0f", "PRIVMSG #chat :\x02\x02")
    assert zoe.hears() == ["<bob> a red bold word"]


def test_a_long_text_of_the_line_chat_comes_in_several_lines_and_none_of_it_is_lost() -> None:
    network = Network()
    zoe, bob = network.chatter("zoë"), network.person("bob", "#chat")
    text = " ".join(f"wörd{number}" for number in range(300))
    zoe.says(text, "/me " + text)
    said = bob.hears()
    assert all(len(line.encode()) <= 510 for line in said)
    start = f"{ZOE} PRIVMSG #chat :"
    messages = [line.removeprefix(start) for line in said]
    actions = [each[len("\x01ACTION ") : -1] for each in messages if each.startswith("\x01ACTION ")]
    assert " ".join(each for each in messages if not each.startswith("\x01")) == text == " ".join(actions)


def test_a_name_of_the_line_chat_is_taken_in_irc_and_the_other_way_round() -> None:
    network = Network()
    network.chatter("zoë")
    network.chatter("carl")
    carl = network.visitor().says("NICK Carl")
    assert carl.hears() == [":irc.reactor-school 433 * Carl :Nickname is already in use"]
    network.person("bob")
    assert network.chatter("zed").says("/nick BOB").hears() == ["Sorry, 'BOB' is taken. Try something else."]


def test_a_name_that_the_line_chat_has_taken_since_is_refused_when_the_registration_is_complete() -> None:
    network = Network()
    late = network.visitor().says("NICK zoe")
    network.chatter("zoe")
    assert late.says("USER zoe 0 * :Zoe").hears() == [
        ":irc.reactor-school 433 zoe zoe :Nickname is already in use"
    ]
    assert late.says("NICK zoey").numbers()[0] == "001"


@pytest.mark.parametrize("name", ["zoë", "1st", "-", "bob!", "x" * 21])
def test_a_name_that_irc_cannot_carry_is_refused_with_the_reason(name: str) -> None:
    (line,) = Network().person("bob").says(f"NICK {name}").hears()
    assert line.startswith(f":irc.reactor-school 432 bob {name} :A nickname has ")


def test_a_name_that_only_irc_has_is_shown_as_it_is_in_the_line_chat() -> None:
    network = Network()
    zoe = network.chatter("zoë")
    network.person("bob[away]", "#chat").says("PRIVMSG #chat :hello")
    assert zoe.hears() == ["bob[away] has joined the channel.", "<bob[away]> hello"]
    assert zoe.says("/names").hears() == ["Participants in chat: zoë, bob[away]"]


def test_who_whois_and_names_show_the_members_of_the_line_chat() -> None:
    network = Network()
    network.chatter("zoë")
    bob = network.person("bob", "#chat")
    assert bob.says("NAMES #chat").hears()[0] == ":irc.reactor-school 353 bob = #chat :zoë bob"
    who = "352 bob * chat irc.reactor-school irc.reactor-school zoë H :0 a member of the chat"
    assert bob.says("WHO zoë").hears()[0] == f":irc.reactor-school {who}"
    assert bob.says("WHOIS zoë").hears()[:3] == [
        ":irc.reactor-school 311 bob zoë chat irc.reactor-school * :a member of the chat",
        ":irc.reactor-school 312 bob zoë irc.reactor-school :Reactor School",
        ":irc.reactor-school 319 bob zoë :#chat",
    ]
    assert bob.says("ISON zoë").hears() == [":irc.reactor-school 303 bob :zoë"]


def test_the_channel_exists_while_a_user_is_in_the_room() -> None:
    network = Network()
    bob = network.person("bob")
    assert bob.says("LIST").numbers() == ["321", "323"]
    zoe = network.chatter("zoë")
    assert ":irc.reactor-school 322 bob #chat 1 :" in bob.says("LIST").hears()
    zoe.protocol.connection_lost(Exception())
    assert bob.says("LIST", "TOPIC #chat").numbers() == ["321", "323", "403"]


def test_the_first_user_of_irc_is_operator_only_in_an_empty_room() -> None:
    network = Network()
    bob = network.person("bob").says("JOIN #chat")
    assert ":irc.reactor-school 353 bob = #chat :@bob" in bob.hears()
    bob.says("PART #chat")
    network.chatter("zoë")
    ann = network.person("ann").says("JOIN #chat")
    assert ":irc.reactor-school 353 ann = #chat :zoë ann" in ann.hears()


@pytest.mark.parametrize("line", ["KICK #chat zoë", "MODE #chat +o zoë", "MODE #chat +v zoë"])
def test_an_operator_has_no_power_over_a_member_of_the_line_chat(line: str) -> None:
    network = Network()
    bob, zoe = network.person("bob", "#chat"), network.chatter("zoë")
    bob.hears()
    assert bob.says(line).hears() == [
        ":irc.reactor-school 482 bob #chat :zoë is in the line chat or at another server, "
        "where this channel has no operators"
    ]
    assert zoe.hears() == []


def test_a_topic_and_modes_of_a_room_that_was_empty_are_forgotten() -> None:
    network = Network()
    bob = network.person("bob", "#chat").says("TOPIC #chat :hello", "MODE #chat +k word", "PART #chat")
    bob.hears()
    assert bob.says("JOIN #chat").numbers() == ["JOIN", "353", "366"]


@pytest.mark.parametrize("first", ["irc", "chat"])
def test_all_receive_what_irc_and_the_line_chat_say_in_one_turn_in_the_same_order(first: str) -> None:
    network = Network()
    zoe, carl = network.chatter("zoë"), network.chatter("carl")
    ann, bob = network.people("ann", "bob", channel="#chat")
    for each in (ann, bob, zoe, carl):
        each.hears()
    with network.one_turn():
        for number in range(6):
            if (number % 2 == 0) == (first == "irc"):
                ann.says(f"PRIVMSG #chat :{number}")
            else:
                zoe.says(str(number))
    assert [line.rpartition(":")[2] for line in bob.hears()] == list("012345")
    assert [line[-1] for line in carl.hears()] == list("012345")


def test_an_announcement_in_the_chat_reaches_the_users_of_irc_in_the_channel() -> None:
    network = Network()
    bob = network.person("bob", "#chat")
    network.chat.announce("lunch")
    assert bob.hears() == [":irc.reactor-school NOTICE #chat :lunch"]


def test_a_text_of_the_chat_cannot_end_a_line_of_irc() -> None:
    lines = chat_lines(Event("said", 0.0, "zoë", "a\r\nQUIT :b\0"), "bob")
    assert lines.decode() == f"{ZOE} PRIVMSG #chat :a␍␊QUIT :b␀\r\n"


@pytest.mark.parametrize("kind", ["banner", "prompt", "welcome", "names", "history", "kicked"])
def test_an_event_that_is_for_one_member_of_the_line_chat_is_nothing_in_irc(kind: str) -> None:
    assert chat_lines(Event(kind, 0.0, "zoë", "text"), "bob") == b""
