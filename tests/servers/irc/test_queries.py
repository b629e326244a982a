"""WHOWAS, and what WHO and WHOIS show of several users. The table in exchanges.py has the rest."""

from tests.servers.irc.network import Network

SERVER = ":irc.reactor-school"


def test_whowas_tells_of_the_users_with_a_name_the_last_one_first() -> None:
    network = Network()
    ann = network.person("ann")
    for user_name in ("first", "second", "third"):
        network.visitor().says("NICK bob", f"USER {user_name} 0 * :Bob", "QUIT")
    told = ann.says("WHOWAS BOB").hears()
    assert [line.split()[4] for line in told if " 314 " in line] == ["third", "second", "first"]
    assert told[-1] == f"{SERVER} 369 ann BOB :End of WHOWAS list"
    limited = ann.says("WHOWAS bob 2").hears()
    assert [line.split()[4] for line in limited if " 314 " in line] == ["third", "second"]
    for number in ("0", "-1", "x", "99999"):
        assert ann.says(f"WHOWAS bob {number}").numbers().count("314") == 3


def test_whowas_tells_of_a_name_that_was_changed() -> None:
    network = Network()
    network.person("bob").says("NICK bobby")
    assert network.person("ann").says("WHOWAS bob").numbers() == ["314", "312", "369"]


def test_whowas_remembers_a_limited_number_of_users() -> None:
    network = Network()
    for number in range(110):
        network.person(f"u{number}").says("QUIT")
    ann = network.person("ann")
    assert ann.says("WHOWAS u9").numbers() == ["406", "369"]
    assert ann.says("WHOWAS u10").numbers() == ["314", "312", "369"]


def test_whois_tells_how_long_a_user_has_sent_nothing() -> None:
    network = Network()
    network.person("bob")
    network.clock.advance(42)
    ann = network.person("ann")
    (line,) = [line for line in ann.says("WHOIS bob").hears() if " 317 " in line]
    assert line.split()[4] == "42"


def test_who_finds_users_by_host_and_real_name_too() -> None:
    network = Network()
    ann, _ = network.person("ann"), network.person("bob")
    for mask in ("*smith", "127.0.*", "BOB"):
        listed = [line.split()[7] for line in ann.says(f"WHO {mask}").hears() if " 352 " in line]
        assert "bob" in listed


def test_userhost_answers_for_five_users_at_most() -> None:
    ann = Network().person("ann")
    (line,) = ann.says("USERHOST ann ann ann ann ann ann").hears()
    assert line.count("ann=+") == 5


def test_who_has_all_signs_of_a_member_for_a_client_that_asks_for_them_and_else_the_first() -> None:
    network = Network()
    ann, bob = network.person("ann", "#a", capabilities="multi-prefix"), network.person("bob", "#a")
    ann.says("MODE #a +v ann")
    for person, flags in ((ann, "H@+"), (bob, "H@")):
        person.hears()
        assert person.says("WHO #a").hears()[0].split()[7:9] == ["ann", flags]
