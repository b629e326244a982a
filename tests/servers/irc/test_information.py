"""The commands that ask about the server. The table in exchanges.py has their errors."""

from itertools import chain

from servers.irc.server import ISUPPORT, Settings
from tests.servers.irc.network import Network

SERVER = ":irc.reactor-school"


def test_lusers_counts_users_and_channels_and_the_most_users_so_far() -> None:
    network = Network()
    ann = network.person("ann", "#a", "#b")
    network.person("bob").says("QUIT")
    network.chatter("zoë")
    assert ann.says("LUSERS").hears() == [
        f"{SERVER} 251 ann :There are 1 users and 0 services on 1 servers",
        f"{SERVER} 254 ann 3 :channels formed",
        f"{SERVER} 255 ann :I have 1 users, 0 services and 0 servers",
        f"{SERVER} 265 ann 1 2 :Current local users: 1, Max: 2",
        f"{SERVER} 266 ann 1 2 :Current global users: 1, Max: 2",
    ]


def test_the_message_of_the_day_comes_line_by_line() -> None:
    ann = Network(Settings(rate=None, motd=("one", "", "two"))).person("ann")
    texts = [line.partition(" ann :")[2] for line in ann.says("MOTD").hears()]
    assert texts == ["- irc.reactor-school message of the day", "- one", "- ", "- two", "End of MOTD command"]


def test_all_that_the_server_supports_is_told_ten_words_in_a_line() -> None:
    lines = Network().visitor().says("NICK ann", "USER ann 0 * :Ann").hears()
    words = [line.split(" ann ")[1].partition(" :")[0].split() for line in lines if " 005 " in line]
    assert [*chain(*words)] == [*chain(*ISUPPORT)]
    assert {len(each) for each in words[:-1]} == {10}
    assert len(words[-1]) <= 10


def test_a_question_may_name_this_server_or_a_user_of_it() -> None:
    ann = Network().person("ann")
    for name in ("irc.reactor-school", "IRC.Reactor-School", "ann"):
        assert ann.says(f"TIME {name}").numbers() == ["391"]
        assert ann.says(f"PING x {name}").numbers() == ["PONG"]


def test_there_are_no_operators_of_the_server() -> None:
    ann = Network().person("ann")
    assert ann.says("OPER ann secret").hears() == [f"{SERVER} 491 ann :This server has no operators"]
    assert ann.says("DIE", "RESTART", "WALLOPS :hello").numbers() == ["481", "481", "481"]
