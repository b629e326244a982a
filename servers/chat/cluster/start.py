"""Joins a chat server to a cluster before it listens, and parts it from the cluster when the server stops."""

import logging
from collections.abc import Sequence

from core import cli
from core.deferred import Deferred
from core.errors import in_words
from core.formats.nats import NatsServer
from core.protocols.nats import NatsClient
from core.reactor import Reactor
from servers.chat.cluster.link import NatsLink
from servers.chat.cluster.participant import Participant
from servers.chat.room import ChatRoom

attempts = logging.getLogger("core.protocols.nats")

START_WITHIN = 12.0
"""Seconds that the cluster has to answer."""


def join_cluster(reactor: Reactor, servers: Sequence[NatsServer], name: str) -> ChatRoom:
    """The room `name` of the cluster. Runs turns of the reactor, which is not running yet, until it is there.

    Exits 1 with one line if the cluster does not answer.
    """
    participant = Participant(reactor, reactor.call_at_turn_end)
    link = NatsLink(NatsClient(reactor, servers), reactor, participant, name)
    wait_for(link.start(), reactor, servers)
    reactor.add_system_event_trigger("before", "shutdown", link.stop)
    return participant.room


def check_cluster(reactor: Reactor, servers: Sequence[NatsServer]) -> None:
    """Connect once. Exits 1 with one line if the cluster does not answer."""
    client = NatsClient(reactor, servers)
    wait_for(client.connect(), reactor, servers)
    client.close()
    reactor.clear()


def wait_for(started: Deferred[None], reactor: Reactor, servers: Sequence[NatsServer]) -> None:
    """Run turns of the reactor until there is a result. Exits 1 with one line if it is a failure."""
    results: list[Exception | None] = []
    attempts.setLevel(logging.WARNING)  # the reason of a failure is in one line, at the end
    started.add_timeout(START_WITHIN, reactor).add_both(results.append)
    while not results:
        reactor.turn()
    attempts.setLevel(logging.NOTSET)
    if results[0] is not None:
        where = ", ".join(map(str, servers))
        why = in_words(results[0]).rstrip(".")
        cli.fail(f"cannot join the cluster at {where}: {why}. Start its NATS servers with `nats-server -js`.")
