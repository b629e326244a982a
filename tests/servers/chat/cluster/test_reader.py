"""Reading a stream from its leader, with a real nats-server, on each engine."""

from collections.abc import Iterator
from secrets import token_hex

import pytest

from core.deferred import Deferred
from core.formats.nats import parse_servers
from core.protocols.jetstream import JetStream
from core.protocols.nats import NatsClient
from core.reactor import Reactor
from servers.chat.cluster.reader import WINDOW, LeaderReader
from servers.hosting.nats_cluster import NatsCluster
from tests.conftest import turn_until


@pytest.fixture(scope="module")
def nats() -> Iterator[NatsCluster]:
    with NatsCluster(1) as cluster:
        yield cluster


def test_it_passes_on_each_message_once_and_in_order_those_before_and_those_after_its_start(
    reactor: Reactor, nats: NatsCluster
) -> None:
    client = NatsClient(reactor, parse_servers(nats.urls))
    jetstream, name = JetStream(client), token_hex(4)
    stored: list[object] = []

    def publish(numbers: range) -> None:
        for number in numbers:
            jetstream.publish(name, str(number).encode()).add_callback(stored.append)

    async def begin() -> None:
        await client.connect()
        await jetstream.create_stream(name, [name])
        publish(range(1, 3 * WINDOW))

    reactor.call_later(0, lambda: Deferred.from_coroutine(begin()))
    turn_until(reactor, lambda: len(stored) == 3 * WINDOW - 1)
    got: list[tuple[int, bytes]] = []
    reader = LeaderReader(jetstream, name, lambda number, time, payload: got.append((number, payload)), 5)
    reader.start()
    publish(range(3 * WINDOW, 5 * WINDOW))
    turn_until(reactor, lambda: len(got) == 5 * WINDOW - 5)
    assert got == [(number, str(number).encode()) for number in range(5, 5 * WINDOW)]
    reader.stop()
    client.close()
