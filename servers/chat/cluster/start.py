"""Joins a chat server to a cluster before it listens, and parts it from the cluster when the server stops."""

import logging
from collections.abc import Sequence

from core import cli
from core.deferred import Deferred
from core.errors import in_words
from core.formats.nats import NatsServer
from core.protocols.nats import NatsClient, NatsState
from core.reactor import Reactor
from core.transports.certificates import client_context
from servers.chat.cluster.link import NatsLink
from servers.chat.cluster.participant import Participant
from servers.chat.room import ChatRoom

attempts = logging.getLogger("core.protocols.nats")

START_WITHIN = 12.0
"""Seconds that the cluster has to answer."""

REMEDIES = {
    "Authorization Violation": "Write the user and password into its URL, nats://USER:PASSWORD@HOST:PORT, "
    "or the token, nats://TOKEN@HOST:PORT",
    "certificate": "Name the file of the authority to trust in the environment variable SSL_CERT_FILE",
    "without JetStream": "End it, on Debian with `sudo systemctl stop nats-server`, "
    "and start it with `nats-server -js`",
    "has no TLS": "Write nats:// instead of tls://",
    "": "Start its NATS servers with `nats-server -js`",
}
"""The remedies, by a part of the reason."""


def join_cluster(reactor: Reactor, servers: Sequence[NatsServer], name: str) -> ChatRoom:
    """The room `name` of the cluster. Runs turns of the reactor, which is not running yet, until it is there.

    Exits 1 with one line if the cluster does not answer.
    """
    participant = Participant(reactor, reactor.call_at_turn_end)
    client = NatsClient(reactor, servers, client_context())
    link = NatsLink(client, reactor, participant, name)
    wait_for(link.start(), client, reactor, servers)
    reactor.add_system_event_trigger("before", "shutdown", link.stop)
    return participant.room


def check_cluster(reactor: Reactor, servers: Sequence[NatsServer], name: str) -> None:
    """Make what the room `name` needs in the cluster.

    Exits 1 with one line if the cluster does not answer.
    """
    client = NatsClient(reactor, servers, client_context())
    link = NatsLink(client, reactor, Participant(reactor, reactor.call_at_turn_end), name)
    wait_for(link.open(), client, reactor, servers)
    client.close()
    reactor.clear()


def wait_for(
    started: Deferred[None], client: NatsClient, reactor: Reactor, servers: Sequence[NatsServer]
) -> None:
    """Run turns of the reactor until there is a result. Exits 1 with one line if it is a failure."""
    results: list[Exception | None] = []
    attempts.setLevel(logging.ERROR)  # the reason of a failure is in one line, at the end
    started.add_timeout(START_WITHIN, reactor).add_both(results.append)
    while not results:
        reactor.turn()
    if results[0] is not None:
        where, why = ", ".join(map(str, servers)), reason_of(results[0], client)
        remedy = next(remedy for part, remedy in REMEDIES.items() if part in why)
        cli.fail(f"cannot join the cluster at {where}: {why}. {remedy}.")
    attempts.setLevel(logging.NOTSET)


def reason_of(error: Exception, client: NatsClient) -> str:
    """Why the cluster cannot be joined."""
    if not isinstance(error, TimeoutError):
        return in_words(error).rstrip(".")
    if client.state is NatsState.CONNECTED and not client.info.options.get("jetstream"):
        return f"{client.server} runs without JetStream"
    return (
        f"JetStream has not answered for {START_WITHIN:g} seconds, perhaps because too few of its servers run"
    )
