"""NatsClient and JetStream with a real nats-server, and nats-py as the peer at the other end."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from typing import TypeVar

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import KeyNotFoundError

from core.deferred import Deferred, gather_results
from core.formats.nats import Message, NatsServer, parse_servers
from core.protocols.jetstream import JetStream, OrderedConsumer, StreamMessage, WrongRevisionError
from core.protocols.nats import NatsClient, NatsState, NoRespondersError, NoServersError
from core.reactor import Reactor
from core.transports.certificates import client_context
from servers.hosting.nats_cluster import NatsCluster, NatsNode
from tests.certificates import Certificates
from tests.conftest import turn_until
from tests.running import GUARD

T = TypeVar("T")


@pytest.fixture(scope="module")
def server() -> Iterator[NatsNode]:
    with NatsCluster(1) as cluster:
        yield cluster.nodes[0]


class Peer:
    """A client of nats-py, on an asyncio loop in a thread of its own."""

    def __init__(self, url: str) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.client: Client = self.run(nats.connect(url))

    def run(self, coroutine: Coroutine[object, object, T]) -> T:
        """The result of a coroutine on that loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(GUARD)

    def close(self) -> None:
        self.run(self.client.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture(scope="module")
def peer(server: NatsNode) -> Iterator[Peer]:
    peer = Peer(server.url)
    yield peer
    peer.close()


@pytest.fixture
def client(reactor: Reactor, server: NatsNode) -> Iterator[NatsClient]:
    """A client that the server has accepted."""
    client = connect(reactor, parse_servers(server.url))
    yield client
    client.close()


def connect(reactor: Reactor, servers: list[NatsServer]) -> NatsClient:
    client = NatsClient(reactor, servers)
    result(reactor, client.connect())
    return client


def result(reactor: Reactor, deferred: Deferred[T]) -> T:
    """The result, or the error raised, once it is there."""
    results: list[T | Exception] = []
    deferred.add_both(results.append)
    turn_until(reactor, lambda: results)
    if isinstance(results[0], Exception):
        raise results[0]
    return results[0]


def test_messages_and_requests_pass_between_our_client_and_nats_py(
    reactor: Reactor, client: NatsClient, peer: Peer
) -> None:
    got: list[Message] = []
    client.subscribe("to.us.*", got.append)
    client.subscribe("upper", lambda message: client.publish(message.reply, message.payload.upper()))
    with pytest.raises(NoRespondersError):
        result(reactor, client.request("nobody"))  # the subscriptions came before this

    async def talk() -> str:
        replying = await peer.client.subscribe("lower", cb=answer)
        await peer.client.publish("to.us.a", b"Gr\xc3\xbc\xc3\x9fe\r\n", headers={"Name": "v w", "N2": "x"})
        await peer.client.publish("to.us.b", b"x" * 300_000)
        await peer.client.flush()
        return replying.subject

    async def answer(message: Msg) -> None:
        await message.respond(message.data.lower() + str(message.headers).encode())

    assert peer.run(talk()) == "lower"
    answered = result(reactor, client.request("lower", b"QUIET ", (("A", "b"),)))
    assert answered.payload == b"quiet {'A': 'b'}"
    turn_until(reactor, lambda: len(got) == 2)
    assert (got[0].subject, got[0].payload) == ("to.us.a", b"Gr\xc3\xbc\xc3\x9fe\r\n")
    assert (got[0].header("Name"), got[0].header("N2")) == ("v w", "x")
    assert got[1].payload == b"x" * 300_000
    asking = asyncio.run_coroutine_threadsafe(peer.client.request("upper", b"loud", GUARD), peer.loop)
    asking.add_done_callback(lambda _: reactor.call_from_thread(int))  # wakes it
    turn_until(reactor, asking.done)
    assert asking.result().data == b"LOUD"


def test_streams_and_buckets_are_the_same_for_our_client_and_nats_py(
    reactor: Reactor, client: NatsClient, peer: Peer
) -> None:
    js, theirs = JetStream(client), peer.client.jetstream()
    number = id(reactor)
    name, subject = f"S{number}", f"s{number}.a"
    result(reactor, js.create_stream(name, [subject]))
    first = result(reactor, js.publish(subject, b"1", "id-1"))
    again = result(reactor, js.publish(subject, b"1", "id-1"))
    assert ((first.sequence, first.duplicate), (again.sequence, again.duplicate)) == ((1, False), (1, True))
    assert peer.run(theirs.publish(subject, b"2", headers={"Nats-Msg-Id": "id-1"})).duplicate
    assert peer.run(theirs.publish(subject, b"2")).seq == 2
    got: list[StreamMessage] = []
    consumer = OrderedConsumer(js, name, got.append)
    assert result(reactor, consumer.start()) == 2
    result(reactor, gather_results([js.publish(subject, b"%d" % n, f"n{n}") for n in range(3, 600)]))
    turn_until(reactor, lambda: len(got) == 599)
    assert [(each.sequence, each.message.payload) for each in got] == [(n, b"%d" % n) for n in range(1, 600)]
    consumer.stop()

    bucket = f"B{number}"
    names = result(reactor, js.create_bucket(bucket, time_to_live=0.5))
    revision = result(reactor, names.create("ann", b"one"))
    other = peer.run(theirs.key_value(bucket))
    assert peer.run(other.get("ann")).value == b"one"
    assert peer.run(other.update("ann", b"two", revision)) == revision + 1
    with pytest.raises(WrongRevisionError):
        result(reactor, names.update("ann", b"three", revision))
    with pytest.raises(WrongRevisionError):
        result(reactor, names.create("ann", b"three"))
    result(reactor, names.delete("ann", revision + 1))
    with pytest.raises(KeyNotFoundError):
        peer.run(other.get("ann"))
    last = result(reactor, names.create("ann", b"four"))
    entry = result(reactor, names.get("ann"))
    assert entry is not None
    assert (entry.value, entry.revision) == (b"four", last)
    results: list[object] = [entry]
    while results[-1] is not None:  # until it expires
        results.append(result(reactor, names.get("ann")))
    assert result(reactor, names.create("ann", b"five")) == last + 1


def test_after_a_crash_of_the_server_everything_is_delivered_once(reactor: Reactor) -> None:
    with NatsCluster(1) as cluster:
        client = connect(reactor, parse_servers(cluster.urls))
        js, got = JetStream(client), list[StreamMessage]()
        result(reactor, js.create_stream("ROOM", ["room"]))
        consumer = OrderedConsumer(js, "ROOM", got.append)
        consumer.start()
        publishing = [js.publish("room", b"%d" % number, f"id-{number}") for number in range(100)]
        turn_until(reactor, lambda: len(got) > 20)
        cluster.nodes[0].kill()
        publishing += [js.publish("room", b"%d" % number, f"id-{number}") for number in range(100, 200)]
        turn_until(reactor, lambda: client.state is not NatsState.CONNECTED)
        cluster.nodes[0].start()
        result(reactor, gather_results(publishing))
        turn_until(reactor, lambda: len(got) >= 200)
        assert [message.sequence for message in got] == list(range(1, 201))
        assert {int(message.message.payload) for message in got} == set(range(200))
        consumer.stop()
        client.close()


def test_tls_begins_after_info_and_the_password_is_checked(
    reactor: Reactor, certificates: Certificates
) -> None:
    tls = ["--tls", "--tlscert", str(certificates.server), "--tlskey", str(certificates.key)]
    with NatsCluster(1, [*tls, "--user", "ann", "--pass", "s3cret"]) as cluster:
        place = f"localhost:{cluster.nodes[0].port}"
        context = client_context(str(certificates.ca))
        client = NatsClient(reactor, parse_servers(f"tls://ann:s3cret@{place}"), context)
        result(reactor, client.connect())
        got: list[Message] = []
        client.subscribe("a", got.append)
        client.publish("a", b"encrypted")
        turn_until(reactor, lambda: got)
        assert got[0].payload == b"encrypted"
        client.close()
        wrong = NatsClient(reactor, parse_servers(f"nats://ann:wrong@{place}"), context)
        with pytest.raises(NoServersError, match="Authorization Violation"):
            result(reactor, wrong.connect())
        unknown = NatsClient(reactor, parse_servers(f"tls://ann:s3cret@{place}"), client_context())
        with pytest.raises(NoServersError, match="certificate"):
            result(reactor, unknown.connect())
