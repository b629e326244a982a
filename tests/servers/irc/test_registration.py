"""PASS, NICK, USER and CAP: the commands before the welcome."""

import pytest

from servers.irc.registration import user_
from servers.irc.server import Settings
from tests.servers.irc.network import Network

ALL = "echo-message message-tags multi-prefix server-time userhost-in-names"


def test_the_welcome_has_what_clients_wait_for() -> None:
    network = Network(Settings(rate=None, motd=("one", "two")))
    ann = network.visitor().says("NICK ann", "USER ann 0 * :Ann Smith")
    lines = ann.hears()
    assert lines[0] == ":irc.reactor-school 001 ann :Welcome to the Reactor School, ann!ann@127.0.0.1"
    supported = " ".join(line for line in lines if " 005 " in line)
    for word in ("CASEMAPPING=ascii", "PREFIX=(ov)@+", "CHANMODES=b,k,l,imnst", "NICKLEN=20", "UTF8ONLY"):
        assert word in supported.split()
    assert lines[-4:] == [
        ":irc.reactor-school 375 ann :- irc.reactor-school message of the day",
        ":irc.reactor-school 372 ann :- one",
        ":irc.reactor-school 372 ann :- two",
        ":irc.reactor-school 376 ann :End of MOTD command",
    ]


def test_a_server_without_a_message_of_the_day_says_so() -> None:
    assert Network().visitor().says("NICK ann", "USER ann 0 * :Ann").numbers()[-1] == "422"


def test_the_password_is_asked_for_and_a_wrong_one_ends_the_connection() -> None:
    network = Network(Settings(rate=None, password="open sesame"))
    for lines in (["PASS wrong"], []):
        eve = network.visitor().says(*lines, "NICK eve", "USER eve 0 * :Eve")
        assert eve.hears() == [
            ":irc.reactor-school 464 eve :Password incorrect",
            "ERROR :Closing connection: Bad password",
        ]
        assert eve.transport.disconnecting
    ann = network.visitor().says("PASS :open sesame", "NICK ann", "USER ann 0 * :Ann")
    assert ann.numbers()[0] == "001"


def test_an_error_of_a_client_is_not_answered_also_before_it_has_registered() -> None:
    assert Network().visitor().says("ERROR :out of memory").hears() == []


def test_of_pass_and_nick_the_first_parameter_counts() -> None:
    network = Network(Settings(rate=None, password="sesame"))
    ann = network.visitor().says("PASS sesame 0210", "NICK ann 1", "USER ann 0 * :Ann")
    assert ann.hears()[0].startswith(":irc.reactor-school 001 ann ")


@pytest.mark.parametrize("name", ["a b", "a!b", "a@b", ":x", ""])
def test_a_user_name_that_breaks_a_prefix_ends_the_connection(name: str) -> None:
    eve = Network().visitor()
    user_(eve.protocol.server, eve.protocol, [name, "0", "*", "Eve"])
    assert eve.hears() == ["ERROR :Closing connection: Invalid user name"]


def test_a_long_user_name_is_cut_to_twenty_characters() -> None:
    ann = Network().visitor().says("NICK ann", f"USER {'u' * 30} 0 * :Ann")
    assert ann.hears()[0].endswith(f"ann!{'u' * 20}@127.0.0.1")


def test_capabilities_are_listed_switched_on_and_off() -> None:
    ann = Network().person("ann")
    assert ann.says("CAP LS 302").hears() == [f":irc.reactor-school CAP ann LS :{ALL}"]
    ann.says("CAP REQ :server-time multi-prefix", "CAP REQ :-server-time echo-message")
    ann.hears()
    assert ann.says("CAP LIST").hears() == [":irc.reactor-school CAP ann LIST :echo-message multi-prefix"]


def test_a_request_with_one_unknown_capability_changes_nothing() -> None:
    ann = Network().person("ann")
    assert ann.says("CAP REQ :server-time sasl").hears() == [
        ":irc.reactor-school CAP ann NAK :server-time sasl"
    ]
    assert ann.protocol.capabilities == set()


def test_registration_waits_for_cap_end() -> None:
    ann = Network().visitor().says("CAP LS", "NICK ann", "USER ann 0 * :Ann")
    assert ann.numbers() == ["CAP"]
    assert ann.says("CAP END").numbers()[0] == "001"


def test_a_capability_can_be_requested_without_a_list_before() -> None:
    ann = Network().visitor().says("CAP REQ multi-prefix", "NICK ann", "USER ann 0 * :Ann")
    assert ann.hears() == [":irc.reactor-school CAP * ACK :multi-prefix"]
    assert ann.says("CAP END").numbers()[0] == "001"


def test_nick_without_a_name_is_refused() -> None:
    assert Network().visitor().says("NICK").hears() == [":irc.reactor-school 431 * :No nickname given"]


def test_before_the_registration_a_nickname_can_be_changed_and_the_first_one_is_free() -> None:
    network = Network()
    eve = network.visitor().says("NICK eve", "NICK eva")
    network.visitor().says("NICK eve")
    assert eve.says("USER eve 0 * :Eve").hears()[0].endswith("eva!eve@127.0.0.1")
