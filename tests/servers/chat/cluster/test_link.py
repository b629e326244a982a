"""The link of a room with a network in memory, and with a real nats-server on each engine."""

import json
from collections.abc import Iterator
from secrets import token_hex

import pytest

from core.formats.nats import Message, Operation, Signal, parse_servers
from core.protocols.jetstream import JetStream
from core.protocols.nats import NatsClient
from core.reactor import Reactor
from servers.chat.cluster.link import LEASE, RENEW_EVERY, NatsLink
from servers.chat.cluster.participant import Participant
from servers.chat.room import ChatRoom
from servers.hosting.nats_cluster import NatsCluster
from tests.conftest import turn_until
from tests.core.protocols.nats_network import Attempt, Network
from tests.servers.chat.cluster.fake_stream import Guest


@pytest.fixture(scope="module")
def nats() -> Iterator[NatsCluster]:
    with NatsCluster(1) as cluster:
        yield cluster


def begin(reactor: Reactor, urls: str, name: str) -> tuple[NatsLink, ChatRoom]:
    """A server's room, which knows all people."""
    participant = Participant(reactor, reactor.call_at_turn_end)
    link = NatsLink(NatsClient(reactor, parse_servers(urls)), reactor, participant, name)
    results: list[object] = []
    link.start().add_both(results.append)
    turn_until(reactor, lambda: bool(results))
    assert results == [None]
    return link, participant.room


def end(reactor: Reactor, *links: NatsLink) -> None:
    results: list[object] = []
    for link in links:
        link.stop().add_both(results.append)
    turn_until(reactor, lambda: len(results) == len(links))


class Recorder(Participant):
    """Records the leases that were found."""

    def __init__(self, network: Network) -> None:
        super().__init__(network, lambda call: call())
        self.leases: list[set[str]] = []

    def on_leases(self, leases: set[str]) -> None:
        self.leases.append(leases)


class Answering:
    """A link on a network in memory, whose JetStream answers while `is_up`. `sent` has the requests."""

    def __init__(self) -> None:
        self.network = Network()
        self.network.on_operation = self._on_operation
        self.sent: list[Message] = []
        self.is_up = True
        client = NatsClient(self.network, parse_servers("nats://one"))
        self.participant = Recorder(self.network)
        self.link = NatsLink(client, self.network, self.participant, "x")
        client.connect()
        self.network.last.log_in()

    def _on_operation(self, attempt: Attempt, operation: Operation) -> None:
        if isinstance(operation, Message) and self.is_up:
            self.sent.append(operation)
            answer = {"seq": 1, "state": {"subjects": {"$KV.b.me": 1, "$KV.b.other": 1}}}
            attempt.write(attempt.answer_to(operation, json.dumps(answer).encode()))

    def advance(self, seconds: float) -> None:
        """Advance the clock in small steps. The server answers every PING."""
        for _ in range(round(seconds / 0.05)):
            self.network.advance(0.05)
            if self.network.last.pair is not None:
                self.network.last.send(Signal.PONG)

    def renewals(self) -> list[str]:
        """The IDs of the leases that were stored."""
        leases = [message for message in self.sent if message.subject.startswith("$KV.chat-x-servers.")]
        return [message.header("Nats-Msg-Id") for message in leases]


def test_a_lease_is_renewed_with_a_new_id_each_time_until_another_one_is_taken() -> None:
    server = Answering()
    taken: list[None] = []
    server.link.take_lease("me").add_callback(taken.append)
    server.advance(2 * RENEW_EVERY)
    assert (taken, server.renewals()) == ([None], ["me-1", "me-2"])
    assert server.participant.leases == [{"me", "other"}] * 2
    server.link.take_lease("again")
    server.advance(2 * RENEW_EVERY)
    assert server.renewals()[2:] == ["again-1", "again-2"]
    server.link.stop()
    server.advance(0.1)
    gone, purge = server.sent[-2:]
    assert gone.subject == "chat.x"
    assert purge.subject == "$JS.API.STREAM.PURGE.KV_chat-x-servers"
    assert json.loads(purge.payload) == {"filter": "$KV.chat-x-servers.again"}


def test_a_renewal_that_is_not_answered_is_tried_again_and_its_answer_ends_a_cut() -> None:
    server = Answering()
    server.is_up = False
    taken: list[None] = []
    server.link.take_lease("me").add_callback(taken.append)
    server.participant.on_cut_off()
    server.advance(2.0)
    assert (taken, server.participant.is_cut_off) == ([], True)
    server.is_up = True
    server.advance(1.0)
    assert (taken, server.participant.is_cut_off) == ([None], False)
    server.link.stop()
    server.advance(0.1)


def join(reactor: Reactor, room: ChatRoom, name: str) -> Guest:
    guest = Guest(name)
    room.join(guest)
    turn_until(reactor, lambda: bool(guest.joined))
    return guest


def test_two_rooms_are_one_and_a_server_that_ends_says_so(reactor: Reactor, nats: NatsCluster) -> None:
    name = token_hex(4)
    (first, a), (second, b) = begin(reactor, nats.urls, name), begin(reactor, nats.urls, name)
    ann, bob = join(reactor, a, "ann"), join(reactor, b, "bob")
    turn_until(reactor, lambda: bool(ann.got))
    assert ann.heard() == ["bob has joined the channel."]
    a.say(ann, "hello")
    turn_until(reactor, lambda: bool(bob.got))
    assert bob.heard() == ["<ann> hello"]
    end(reactor, first)
    turn_until(reactor, lambda: bool(bob.got))
    assert (bob.heard(), b.names()) == (["ann has left the channel."], ("bob",))
    end(reactor, second)


def test_a_server_that_begins_reads_the_last_lines_and_need_not_wait_for_one_that_ended(
    reactor: Reactor, nats: NatsCluster
) -> None:
    name = token_hex(4)
    link, room = begin(reactor, nats.urls, name)
    ann = join(reactor, room, "ann")
    room.say(ann, "remember me")
    turn_until(reactor, lambda: len(room.history) == 1)
    end(reactor, link)
    began = reactor.seconds()
    link, room = begin(reactor, nats.urls, name)
    join(reactor, room, "ann")
    assert [event.text for event in room.history] == ["remember me"]
    assert reactor.seconds() - began < LEASE
    end(reactor, link)


def test_a_stream_of_an_earlier_version_with_one_subject_gets_those_of_the_other_rooms(
    reactor: Reactor, nats: NatsCluster
) -> None:
    name = token_hex(4)
    client = NatsClient(reactor, parse_servers(nats.urls))
    jetstream = JetStream(client)
    results: list[object] = []
    made = client.connect().add_callback(
        lambda _: jetstream.create_stream(f"chat-{name}", [f"chat.{name}"], max_msgs=100_000)
    )
    made.add_both(results.append)
    turn_until(reactor, lambda: bool(results))
    client.close()
    link, room = begin(reactor, nats.urls, name)
    ann = join(reactor, room.rooms.find_or_make("other"), "ann")
    (other,) = ann.rooms
    other.say(ann, "hello")
    turn_until(reactor, lambda: len(other.history) == 1)
    end(reactor, link)


def test_a_stream_and_a_bucket_that_are_deleted_are_made_again_and_every_line_is_told_once(
    reactor: Reactor, nats: NatsCluster
) -> None:
    name = token_hex(4)
    (first, a), (second, b) = begin(reactor, nats.urls, name), begin(reactor, nats.urls, name)
    ann, bob = join(reactor, a, "ann"), join(reactor, b, "bob")
    turn_until(reactor, lambda: "bob has joined the channel." in ann.got)
    last = a.recent[-1].seq
    deleted: list[object] = []
    for stream in (f"chat-{name}", f"KV_chat-{name}-servers"):
        first._jetstream.call(f"STREAM.DELETE.{stream}").add_callback(deleted.append)
    turn_until(reactor, lambda: len(deleted) == 2)
    a.say(ann, "one")
    b.say(bob, "two")
    for room in (a, b):
        turn_until(reactor, lambda room=room: [e.text for e in room.history if e.text in ("one", "two")][1:])  # type: ignore[misc]
    turn_until(reactor, lambda: sorted(a.names()) == sorted(b.names()) == ["ann", "bob"])
    assert (ann.got.count("<bob> two"), bob.got.count("<ann> one")) == (1, 1)
    assert list(a.history) == list(b.history)
    assert all(event.seq > last for event in a.history)
    end(reactor, first, second)
