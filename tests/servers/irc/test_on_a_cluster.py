"""IRC servers and line chats on a cluster, on a stream in memory: one conversation."""

import pytest

from core.errors import ConnectionLost
from servers.chat.cluster.participant import NOT_NOW
from tests.servers.chat.cluster.fake_stream import FakeNode, FakeStream
from tests.servers.chat.cluster.test_participant import lose
from tests.servers.irc.network import Chatter, Network, Person

ANN, BOB = ":ann!ann@127.0.0.1", ":bob!bob@127.0.0.1"
BOB_THERE, ZOE = ":bob!chat@irc.reactor-school", ":zoë!chat@irc.reactor-school"


class Cluster:
    """Two servers, `a` and `b`, each with IRC and a line chat."""

    def __init__(self) -> None:
        self.stream = FakeStream()
        self.nodes = [FakeNode(self.stream), FakeNode(self.stream)]
        self.stream.pump()
        self.a, self.b = (Network(room=node.room) for node in self.nodes)

    def person(self, network: Network, nick: str, *channels: str) -> Person:
        """A registered user in these channels."""
        person = network.visitor().says(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        for channel in channels:
            person.says(f"JOIN {channel}")
        self.settle()
        return person

    def chatter(self, network: Network, name: str) -> Chatter:
        """A member of the line chat."""
        chatter = Chatter(network.chat).says(name)
        self.settle()
        return chatter

    def settle(self, *listeners: Person | Chatter) -> list[list[str]]:
        """Pass everything on, and return what each has heard."""
        self.stream.pump()
        return [listener.hears() for listener in listeners]


def test_all_are_in_one_conversation_and_each_line_comes_once() -> None:
    cluster = Cluster()
    ann, bob = cluster.person(cluster.a, "ann", "#chat"), cluster.person(cluster.b, "bob", "#chat")
    zoe = cluster.chatter(cluster.b, "zoë")
    cluster.settle(ann, bob, zoe)
    bob.says("PRIVMSG #chat :hello", "PRIVMSG #chat :\x01ACTION waves\x01")
    zoe.says("hi")
    assert cluster.settle(ann, bob, zoe) == [
        [
            f"{BOB_THERE} PRIVMSG #chat :hello",
            f"{BOB_THERE} PRIVMSG #chat :\x01ACTION waves\x01",
            f"{ZOE} PRIVMSG #chat :hi",
        ],
        [f"{ZOE} PRIVMSG #chat :hi"],
        ["<bob> hello", "* bob waves"],
    ]


def test_users_of_one_server_hear_a_line_when_it_has_come_back_in_its_original_form() -> None:
    cluster = Cluster()
    ann = cluster.person(cluster.a, "ann", "#chat")
    bob = cluster.person(cluster.a, "bob", "#chat")
    zoe = cluster.chatter(cluster.b, "zoë")
    cluster.settle(ann, bob, zoe)
    ann.says("NOTICE #chat :\x02bold\x02", "PRIVMSG #chat :\x01PING 1\x01")
    assert bob.hears() == [f"{ANN} PRIVMSG #chat :\x01PING 1\x01"]  # a question is not for the room
    assert cluster.settle(bob, zoe) == [[f"{ANN} NOTICE #chat :\x02bold\x02"], ["<ann> bold"]]


def test_joining_and_leaving_are_seen_on_both_servers() -> None:
    cluster = Cluster()
    ann, zoe = cluster.person(cluster.a, "ann", "#chat"), cluster.chatter(cluster.a, "zoë")
    cluster.settle(ann, zoe)
    bob = cluster.person(cluster.b, "bob", "#chat,#other")
    assert bob.hears()[-6:] == [
        f"{BOB} JOIN #chat",
        ":irc.reactor-school 353 bob = #chat :ann zoë bob",
        ":irc.reactor-school 366 bob #chat :End of NAMES list",
        f"{BOB} JOIN #other",
        ":irc.reactor-school 353 bob = #other :@bob",
        ":irc.reactor-school 366 bob #other :End of NAMES list",
    ]
    assert cluster.settle(ann, zoe) == [[f"{BOB_THERE} JOIN #chat"], ["bob has joined the channel."]]
    assert ann.says("LIST").hears()[1:-1] == [
        ":irc.reactor-school 322 ann #chat 3 :",
        ":irc.reactor-school 322 ann #other 1 :",
    ]
    ann.says("JOIN #other")
    cluster.settle(ann, zoe, bob)
    bob.says("PART #chat :bye")
    assert cluster.settle(ann, zoe, bob) == [
        [f"{BOB_THERE} PART #chat"],
        ["bob has left the channel."],
        [f"{BOB} PART #chat :bye"],
    ]
    bob.says("QUIT")
    assert cluster.settle(ann) == [[f"{BOB_THERE} PART #other"]]
    assert cluster.person(cluster.a, "bob").numbers()[0] == "001"


def test_lines_wait_for_the_answer_of_the_room_and_stay_in_order() -> None:
    cluster = Cluster()
    zoe = cluster.chatter(cluster.b, "zoë")
    ann = cluster.a.visitor().says("NICK ann", "USER ann 0 * :Ann", "JOIN #chat", "PRIVMSG #chat :hello")
    ann.says("PART #chat")
    assert (ann.hears(), cluster.a.room.names()) == ([], ("zoë",))
    zoe.hears()
    (heard,) = cluster.settle(zoe)
    assert heard == ["ann has joined the channel.", "<ann> hello", "ann has left the channel."]
    assert ann.numbers()[-5:] == ["376", "JOIN", "353", "366", "PART"] or ann.numbers() == []


def test_of_two_who_register_a_nickname_at_the_same_time_the_second_chooses_another_one() -> None:
    cluster = Cluster()
    ann = cluster.a.visitor().says("NICK ann", "USER ann 0 * :Ann")
    other = cluster.b.visitor().says("NICK Ann", "USER x 0 * :Ann")
    cluster.settle()
    assert ann.numbers()[0] == "001"
    assert other.hears() == [":irc.reactor-school 433 * Ann :Sorry, 'Ann' is taken. Try something else."]
    other.says("NICK bob")
    cluster.settle()
    assert other.numbers()[0] == "001"


def test_a_new_nickname_is_told_once_on_each_server_and_a_taken_one_is_refused() -> None:
    cluster = Cluster()
    ann, bob = (
        cluster.person(net, nick, "#chat,#a") for net, nick in ((cluster.a, "ann"), (cluster.b, "bob"))
    )
    zoe = cluster.chatter(cluster.b, "zoë")
    cluster.settle(ann, bob, zoe)
    bob.says("NICK rob")
    zoe.says("/nick ROB")
    assert cluster.settle(ann, bob, zoe) == [
        [f"{BOB_THERE} NICK rob"],
        [f"{BOB} NICK rob"],
        ["bob is now known as rob.", "Sorry, 'ROB' is taken. Try something else."],
    ]
    ann.says("NICK rob")
    assert ann.hears() == [":irc.reactor-school 433 ann rob :Nickname is already in use"]


def test_a_private_message_arrives_at_another_server_without_a_copy_for_its_sender() -> None:
    cluster = Cluster()
    ann, bob = cluster.person(cluster.a, "ann"), cluster.person(cluster.b, "bob")
    zoe = cluster.chatter(cluster.b, "zoë")
    cluster.settle(ann, bob, zoe)
    ann.says("PRIVMSG bob :psst", "PRIVMSG zoë :psst")
    assert cluster.settle(ann, bob, zoe) == [
        [],
        [":ann!chat@irc.reactor-school PRIVMSG bob :psst"],
        ["<ann -> zoë> psst"],
    ]


def test_a_user_whose_connection_is_lost_while_it_waits_leaves_no_trace() -> None:
    cluster = Cluster()
    ann = cluster.a.visitor().says("NICK ann", "USER ann 0 * :Ann")
    ann.leaves(ConnectionLost())
    bob = cluster.person(cluster.b, "bob")
    bob.says("JOIN #a").leaves(ConnectionLost())
    cluster.settle()
    for network in (cluster.a, cluster.b):
        assert (network.room.find("ann"), network.room.find("bob")) == (None, None)
        assert [room.name for room in network.room.rooms] == ["chat"]
    assert len(cluster.person(cluster.b, "ann", "#a").hears()) > 9


def test_cut_off_a_user_can_neither_register_nor_join_and_its_lines_are_kept() -> None:
    cluster = Cluster()
    ann, zoe = cluster.person(cluster.a, "ann", "#chat"), cluster.chatter(cluster.b, "zoë")
    cluster.settle(ann, zoe)
    cluster.nodes[0].is_connected = False
    cluster.nodes[0].participant.on_cut_off()
    cluster.settle()
    assert "NOTICE #chat :This server is cut off" in ann.hears()[0]
    assert ann.says("JOIN #a").hears() == [f":irc.reactor-school 437 ann #a :{NOT_NOW}"]
    assert cluster.person(cluster.a, "bob").hears() == [f":irc.reactor-school 433 * bob :{NOT_NOW}"]
    ann.says("PRIVMSG #chat :kept")
    cluster.nodes[0].is_connected = True
    cluster.nodes[0].participant.on_back()
    assert cluster.settle(zoe) == [["<ann> kept"]]


def test_after_a_long_cut_a_user_whose_name_was_taken_gets_another_one() -> None:
    cluster = Cluster()
    ann, zoe = cluster.person(cluster.a, "ann", "#chat"), cluster.chatter(cluster.b, "zoë")
    a, b = cluster.nodes
    lose(cluster.stream, a, b)
    cluster.stream.pump(b)
    other = cluster.b.visitor().says("NICK ann", "USER ann 0 * :Ann")
    cluster.stream.pump(b)
    assert other.numbers()[0] == "001"
    ann.hears(), zoe.hears()
    a.is_connected = True
    assert cluster.settle(ann, zoe) == [[f"{ANN} NICK ann2"], ["ann2 has joined the channel."]]
    ann.says("PRIVMSG #chat :hello")
    assert cluster.settle(zoe) == [["<ann2> hello"]]


@pytest.mark.parametrize("goes", ["PART #chat", "QUIT"])
def test_a_line_that_comes_back_after_its_author_has_gone_is_told(goes: str) -> None:
    cluster = Cluster()
    ann, bob = (cluster.person(cluster.a, nick, "#chat") for nick in ("ann", "bob"))
    zoe = cluster.chatter(cluster.b, "zoë")
    cluster.settle(ann, bob, zoe)
    ann.says("PRIVMSG #chat :bye", goes)
    for_bob, for_zoe = cluster.settle(bob, zoe)
    assert for_zoe == ["<ann> bye", "ann has left the channel."]
    assert [line for line in for_bob if "PRIVMSG" in line] == [f"{ANN} PRIVMSG #chat :bye"]
    assert len(for_bob) == 2
