"""IRCClient with peers that others wrote: ngircd, and the server side of Twisted's IRC protocol."""

from collections.abc import Iterator

import pytest
from twisted.internet.testing import StringTransport as TwistedTransport
from twisted.words.protocols import irc as twisted_irc

from core.protocols.irc import IRCClient
from core.protocols.protocol import ClientFactory
from core.reactor import Reactor
from core.testing import StringTransport
from tests.conftest import turn_until
from tests.core.protocols.test_irc import Recorder
from tests.ngircd import Ngircd, ngircd


@pytest.fixture(scope="module")
def server() -> Iterator[Ngircd]:
    with ngircd() as running:
        yield running


class Member(Recorder):
    """Registers, and records what it hears."""

    perform_login = True


def member(reactor: Reactor, port: int, nickname: str) -> Member:
    """A client that has signed on."""
    client = Member()
    client.nickname, client.clock = nickname, reactor
    factory = ClientFactory()
    factory.build_protocol = lambda address: client  # type: ignore[method-assign]
    reactor.connect_tcp("127.0.0.1", port, factory)
    turn_until(reactor, lambda: any(call[0] == "received_motd" for call in client.calls))
    return client


def until_heard(reactor: Reactor, client: Member, *call: object) -> None:
    """Turn the reactor until the client has heard `call`, and forget what it heard before."""
    turn_until(reactor, lambda: call in client.calls)
    del client.calls[: client.calls.index(call) + 1]


def test_clients_of_ngircd_hear_one_another(reactor: Reactor, server: Ngircd) -> None:
    ann = member(reactor, server.port, "ann")
    assert next(call[:2] for call in ann.calls if call[0] == "my_info") == ("my_info", "irc.example")
    assert ("received_motd", ["irc.example message of the day", "Welcome"]) in ann.calls
    assert ann.supported.get_feature("NICKLEN") == "20"
    ann.join("class")
    until_heard(reactor, ann, "joined", "#class")
    bob = member(reactor, server.port, "bob")
    bob.join("#class")
    until_heard(reactor, bob, "joined", "#class")
    until_heard(reactor, ann, "user_joined", "bob", "#class")

    bob.say("class", "Grüße 🦊\n:-)")
    until_heard(reactor, ann, "privmsg", "bob!~bob@127.0.0.1", "#class", "Grüße 🦊")
    until_heard(reactor, ann, "privmsg", "bob!~bob@127.0.0.1", "#class", ":-)")
    bob.describe("#class", "waves")
    until_heard(reactor, ann, "action", "bob!~bob@127.0.0.1", "#class", "waves")
    bob.notice("ann", "psst")
    until_heard(reactor, ann, "noticed", "bob!~bob@127.0.0.1", "ann", "psst")
    ann.topic("class", "On reactors")
    until_heard(reactor, bob, "topic_updated", "ann", "#class", "On reactors")
    ann.mode("class", True, "ov", user="bob")
    ann.mode("class", True, "l", limit=20)
    until_heard(reactor, bob, "mode_changed", "ann!~ann@127.0.0.1", "#class", True, "o", ("bob",))
    until_heard(reactor, bob, "mode_changed", "ann!~ann@127.0.0.1", "#class", True, "l", ("20",))
    bob.set_nick("rob")
    until_heard(reactor, ann, "user_renamed", "bob", "rob")
    until_heard(reactor, bob, "nick_changed", "rob")
    assert bob.nickname == "rob"

    ann.ping("rob", "are you there")
    turn_until(reactor, lambda: any(call[:2] == ("pong", "rob!~bob@127.0.0.1") for call in ann.calls))
    ann.kick("class", "rob", "enough of it")
    until_heard(reactor, bob, "kicked_from", "#class", "ann", "enough of it")
    bob.join("class")
    until_heard(reactor, ann, "user_joined", "rob", "#class")
    bob.leave("class", "so long")
    until_heard(reactor, ann, "user_left", "rob", "#class")
    bob.join("class")
    until_heard(reactor, ann, "user_joined", "rob", "#class")
    bob.quit("good night")
    turn_until(reactor, lambda: any(call[:2] == ("user_quit", "rob") for call in ann.calls))
    ann.quit()


def test_a_nickname_in_use_is_altered(reactor: Reactor, server: Ngircd) -> None:
    first, second = member(reactor, server.port, "ann"), member(reactor, server.port, "ann")
    assert (first.nickname, second.nickname) == ("ann", "ann_")
    first.quit()
    second.quit()


def test_a_long_text_comes_whole_through_ngircd(reactor: Reactor, server: Ngircd) -> None:
    ann, bob = member(reactor, server.port, "ann"), member(reactor, server.port, "bob")
    text = " ".join(f"Wörter{number}🦊" for number in range(80))
    ann.msg("bob", text)
    ann.msg("bob", "end")
    turn_until(reactor, lambda: any(call[-1] == "end" for call in bob.calls))
    said = [str(call[-1]) for call in bob.calls if call[0] == "privmsg"]
    assert len(said) > 3
    assert " ".join(said[:-1]) == text
    ann.quit()
    bob.quit()


def test_the_server_side_of_twisted_understands_the_client() -> None:
    class Server(twisted_irc.IRC):
        def handleCommand(self, command: str, prefix: str, params: list[str]) -> None:
            commands.append((command, params))

    commands: list[tuple[str, list[str]]] = []
    server = Server()
    server.makeConnection(TwistedTransport())
    client, transport = IRCClient(), StringTransport()
    client.nickname, client.realname = "ann", "Ann A"
    client.make_connection(transport)
    client.join("class", "key")
    client.say("class", "Grüße, all")
    client.describe("#class", "waves")
    client.topic("class", "On reactors")
    client.kick("class", "bob", "enough of it")
    client.quit("good night")
    server.dataReceived(transport.take())
    assert commands == [
        ("NICK", ["ann"]),
        ("USER", ["ann", "foo", "bar", "Ann A"]),
        ("JOIN", ["#class", "key"]),
        ("PRIVMSG", ["#class", "Grüße, all"]),
        ("PRIVMSG", ["#class", "\x01ACTION waves\x01"]),
        ("TOPIC", ["#class", "On reactors"]),
        ("KICK", ["#class", "bob", "enough of it"]),
        ("QUIT", ["good night"]),
    ]


def test_the_client_understands_the_server_side_of_twisted() -> None:
    server, wire = twisted_irc.IRC(), TwistedTransport()
    server.makeConnection(wire)
    server.hostname = "irc.example"
    server.sendMessage("001", "ann", ":Welcome", prefix="irc.example")
    server.join("ann!a@h", "#class")
    server.topic("ann", "#class", "On reactors")
    server.join("bob!b@h", "#class")
    server.privmsg("bob!b@h", "#class", "hello, all")
    server.privmsg("bob!b@h", "#class", "a\r\nb")
    server.notice("bob!b@h", "ann", "psst")
    server.part("bob!b@h", "#class", "so long")
    server.sendCommand("PRIVMSG", ["ann", ":with tags"], "bob!b@h", {"time": "10:00", "x": "a b"})
    client = Recorder()
    client.make_connection(StringTransport())
    client.data_received(wire.value())
    assert client.calls == [
        ("signed_on",),
        ("joined", "#class"),
        ("topic_updated", "irc.example", "#class", "On reactors"),
        ("user_joined", "bob", "#class"),
        ("privmsg", "bob!b@h", "#class", "hello, all"),
        ("privmsg", "bob!b@h", "#class", "a\r\nb"),
        ("noticed", "bob!b@h", "ann", "psst"),
        ("user_left", "bob", "#class"),
        ("privmsg", "bob!b@h", "ann", "with tags"),
    ]
