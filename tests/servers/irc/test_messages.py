"""PRIVMSG, NOTICE and TAGMSG with the capabilities of today's clients, beyond the table in exchanges.py."""

from servers.irc.server import MAX_TARGETS
from tests.servers.irc.network import Network

ALL = "server-time echo-message message-tags"
ANN = ":ann!ann@127.0.0.1"


def test_a_client_with_server_time_gets_the_time_of_each_message_and_another_one_does_not() -> None:
    network = Network()
    bob, carl = network.person("bob", "#a", capabilities="server-time"), network.person("carl", "#a")
    ann = network.person("ann", "#a")
    bob.hears()
    carl.hears()
    ann.says("PRIVMSG #a :hello", "NOTICE bob :psst", "TOPIC #a :x", "NICK anna", "QUIT :bye")
    lines = [
        f"{ANN} PRIVMSG #a :hello",
        f"{ANN} TOPIC #a :x",
        f"{ANN} NICK anna",
        ":anna!ann@127.0.0.1 QUIT :bye",
    ]
    assert carl.hears() == lines
    lines.insert(1, f"{ANN} NOTICE bob :psst")
    assert bob.hears() == [f"@time {line}" for line in lines]


def test_a_message_is_encoded_once_for_each_form() -> None:
    network = Network()
    timed = [network.person(nick, "#a", capabilities="server-time") for nick in ("bob", "carl")]
    plain = [network.person(nick, "#a") for nick in ("dan", "eve")]
    received: dict[int, bytes] = {}
    for number, person in enumerate((*timed, *plain)):
        person.protocol.send_data = lambda data, at=number: received.update({at: data})  # type: ignore[method-assign, misc]
    network.person("ann", "#b").says("PRIVMSG #a :hello")
    assert received[0] is received[1]
    assert received[2] is received[3]


def test_echo_message_returns_what_was_sent_as_the_others_receive_it() -> None:
    network = Network()
    bob = network.person("bob", "#a")
    ann = network.person("ann", "#a", capabilities="echo-message")
    bob.hears()
    ann.says("PRIVMSG #a :hello", "PRIVMSG bob :psst", "NOTICE bob :note", "PRIVMSG ann :me")
    both = [f"{ANN} PRIVMSG #a :hello", f"{ANN} PRIVMSG bob :psst", f"{ANN} NOTICE bob :note"]
    assert bob.hears() == both
    assert ann.hears() == [*both, f"{ANN} PRIVMSG ann :me"]


def test_echo_message_works_for_a_member_of_the_line_chat_and_in_the_chat() -> None:
    network = Network()
    zoe = network.chatter("zoë")
    ann = network.person("ann", "#chat", capabilities="echo-message")
    zoe.hears()
    ann.says("PRIVMSG zoë :psst", "PRIVMSG #chat :hello")
    assert ann.hears() == [f"{ANN} PRIVMSG zoë :psst", f"{ANN} PRIVMSG #chat :hello"]
    assert zoe.hears() == ["<ann -> zoë> psst", "<ann> hello"]


def test_echo_message_works_for_a_message_from_outside_the_channel() -> None:
    network = Network()
    bob, ann = network.person("bob", "#a"), network.person("ann", capabilities="echo-message")
    ann.says("PRIVMSG #a :hello")
    assert ann.hears() == bob.hears() == [f"{ANN} PRIVMSG #a :hello"]


def test_tags_of_clients_are_passed_on_to_those_who_asked_for_them() -> None:
    network = Network()
    bob, carl = network.person("bob", "#a", capabilities=ALL), network.person("carl", "#a")
    ann = network.person("ann", "#a")
    bob.hears()
    carl.hears()
    ann.says("@+reply=5\\s6;secret=1;+bare PRIVMSG #a :hello", "@+typing=active TAGMSG #a,bob,carl")
    assert bob.hears() == [
        f"@time;+reply=5\\s6;+bare {ANN} PRIVMSG #a :hello",
        f"@time;+typing=active {ANN} TAGMSG #a",
        f"@time;+typing=active {ANN} TAGMSG bob",
    ]
    assert carl.hears() == [f"{ANN} PRIVMSG #a :hello"]


def test_a_tag_with_a_malformed_key_is_left_out() -> None:
    network = Network()
    bob = network.person("bob", capabilities="message-tags")
    network.person("ann").says("@+ü=1;+a_b=2;+=3 PRIVMSG bob :hello")
    assert bob.hears() == [f"{ANN} PRIVMSG bob :hello"]


def test_a_message_goes_to_a_limited_number_of_receivers() -> None:
    network = Network()
    ann = network.person("ann")
    names = [f"u{number}" for number in range(MAX_TARGETS + 2)]
    people = [network.person(name) for name in names]
    ann.says(f"PRIVMSG {','.join(names)} :hello")
    assert [len(person.hears()) for person in people] == [1] * MAX_TARGETS + [0, 0]
    assert [line.split()[3] for line in ann.hears()] == names[MAX_TARGETS:]


def test_a_receiver_may_be_written_with_its_user_name_and_host() -> None:
    network = Network()
    bob = network.person("bob")
    network.person("ann").says("PRIVMSG bob!bob@127.0.0.1 :hello")
    assert bob.hears() == [f"{ANN} PRIVMSG bob :hello"]


def test_a_message_that_is_too_long_with_its_prefix_comes_in_two_lines() -> None:
    ann, bob = Network().people("ann", "bob")
    text = "é" * 240
    ann.says(f"PRIVMSG #class :{text}", f"PRIVMSG #class :\x01ACTION {text}\x01")
    lines = bob.hears()
    assert len(lines) == 4
    assert all(len(line.encode()) <= 510 for line in lines)
    texts = [line.removeprefix(f"{ANN} PRIVMSG #class :") for line in lines]
    assert "".join(texts[:2]) == text
    assert "".join([part.removeprefix("\x01ACTION ").removesuffix("\x01") for part in texts[2:]]) == text
    assert all(part.startswith("\x01ACTION ") and part.endswith("\x01") for part in texts[2:])
