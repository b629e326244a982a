"""JOIN, KICK, NAMES and LIST beyond the table in exchanges.py: limits, long lists, hosts in names."""

from servers.irc.server import MAX_CHANNELS, Settings
from tests.servers.irc.network import Network


def test_a_user_can_be_in_a_limited_number_of_channels() -> None:
    ann = Network().person("ann")
    for number in range(MAX_CHANNELS):
        ann.says(f"JOIN #c{number}")
    ann.hears()
    assert ann.says("JOIN #more").numbers() == ["405"]
    assert ann.says("PART #c7", "JOIN #more").numbers() == ["PART", "JOIN", "353", "366"]


def test_only_the_allowed_channels_can_be_joined_if_there_is_a_list() -> None:
    ann = Network(Settings(rate=None, channels=frozenset({"#chat", "#class"}))).person("ann")
    assert ann.says("JOIN #CLASS").numbers() == ["JOIN", "353", "366"]
    assert ann.says("JOIN #other").hears() == [
        ":irc.reactor-school 403 ann #other :There are only #chat, #class here"
    ]


def test_a_list_of_channels_may_have_gaps_and_needs_one_name() -> None:
    ann = Network().person("ann")
    assert ann.says("JOIN ,#a,,#A,").numbers() == ["JOIN", "353", "366"]
    assert ann.says("JOIN ,").numbers() == ["461"]


def test_join_0_leaves_all_channels() -> None:
    ann = Network().person("ann", "#a", "#b")
    assert ann.says("JOIN 0").hears() == [":ann!ann@127.0.0.1 PART #a", ":ann!ann@127.0.0.1 PART #b"]
    assert ann.says("LIST").numbers() == ["321", "323"]


def test_the_names_of_a_large_channel_come_in_lines_of_at_most_512_bytes() -> None:
    network = Network()
    names = [f"u{number:018}" for number in range(60)]
    for name in names:
        network.person(name, "#class")
    lines = network.person("ann").says("NAMES #class").hears()
    assert all(len(line) <= 510 for line in lines)
    listed = [name.lstrip("@") for line in lines[:-1] for name in line.rpartition(":")[2].split()]
    assert listed == names
    assert len(lines) > 2


def test_names_have_user_names_and_hosts_for_a_client_that_asks_for_them() -> None:
    network = Network()
    ann = network.person("ann", "#a", capabilities="userhost-in-names multi-prefix")
    ann.says("MODE #a +v ann")
    ann.hears()
    assert ann.says("NAMES #a").hears()[0].endswith(" = #a :@+ann!ann@127.0.0.1")


def test_an_operator_who_kicks_several_users_stops_when_it_has_kicked_itself() -> None:
    ann, bob, carl = Network().people("ann", "bob", "carl")
    for each in (ann, bob, carl):
        each.hears()
    ann.says("KICK #class bob,ann,carl :all of you")
    assert bob.hears() == [":ann!ann@127.0.0.1 KICK #class bob :all of you"]
    assert carl.hears() == [
        ":ann!ann@127.0.0.1 KICK #class bob :all of you",
        ":ann!ann@127.0.0.1 KICK #class ann :all of you",
    ]
    assert ann.numbers() == ["KICK", "KICK", "442"]


def test_list_takes_masks() -> None:
    network = Network()
    network.person("bob", "#class", "#chess")
    listed = network.person("ann").says("LIST #CH*").hears()
    assert [line.split()[3] for line in listed] == ["Channel", "#chess", ":End"]


def test_an_invitation_is_for_one_visit() -> None:
    network = Network()
    ann, bob = network.person("ann", "#a").says("MODE #a +i"), network.person("bob")
    ann.says("INVITE bob #a")
    bob.says("JOIN #a", "PART #a")
    bob.hears()
    assert bob.says("JOIN #a").numbers() == ["473"]


def test_an_invitation_overrides_a_ban_and_the_mode_i_but_no_key() -> None:
    network = Network()
    ann, bob = network.person("ann", "#a"), network.person("bob")
    ann.says("MODE #a +ib bob", "INVITE bob #a", "MODE #a +k word")
    bob.hears()
    assert bob.says("JOIN #a").numbers() == ["475"]
    assert bob.says("JOIN #a word").numbers() == ["JOIN", "353", "366"]


def test_the_invitation_of_a_user_who_has_gone_is_forgotten() -> None:
    network = Network()
    ann, bob = network.person("ann", "#a").says("MODE #a +i"), network.person("bob")
    ann.says("INVITE bob #a")
    bob.leaves()
    channel = network.server.channels.find("#a")
    assert channel is not None
    assert channel.invited == set()


def test_an_invitation_to_an_away_user_is_answered_with_its_text() -> None:
    network = Network()
    ann = network.person("ann", "#a")
    network.person("bob").says("AWAY :lunch")
    assert ann.says("INVITE bob #a").numbers() == ["341", "301"]


def test_an_invitation_to_a_member_of_the_line_chat_is_answered_and_not_delivered() -> None:
    network = Network()
    zoe, ann = network.chatter("zoë"), network.person("ann", "#a")
    assert ann.says("INVITE zoë #a").hears() == [
        ":irc.reactor-school 401 ann zoë :zoë is in the line chat or at another server, "
        "where no invitation arrives"
    ]
    assert zoe.hears() == []
