"""A protocol answers for one connection; a factory makes protocols, and outlives them all.

Where to put a thing follows from that: what belongs to one conversation is an attribute of the protocol,
what several share, or what must still be known when they have gone, is one of the factory.
"""

from random import gauss
from typing import ClassVar

from core.interfaces import AbstractConnector, Address, DatagramTransport, Transport
from core.protocols.sessions import Session, SessionRegistry
from core.timers import DelayedCall


class Protocol:
    """One end of a conversation over a stream. Override what you want to hear of.

    The calls come in the order `connection_made`, any number of `data_received`, `connection_lost`.
    """

    transport: Transport
    factory: "Factory"
    session: Session | None = None

    def make_connection(self, transport: Transport) -> None:
        """Tie the protocol to its transport; called once, by whoever accepted or connected."""
        self.transport = transport
        self.connection_made()

    def connection_made(self) -> None:
        """The connection stands: greet, if it is yours to speak first."""

    def data_received(self, data: bytes) -> None:
        """Some bytes came, at least one. How they are cut into pieces means nothing."""

    def connection_lost(self, reason: Exception) -> None:
        """It is over: ConnectionDone if cleanly, otherwise what broke it."""

    def on_kick(self, reason: str) -> None:
        """Whoever watches the sessions ends this one: the moment for a last word. By default none is said."""

    def report(self, state: str, user: str = "") -> None:
        """Tell whoever watches the sessions what this one is at, and with whom."""
        if self.session is not None:
            self.session.report(state, user)


class Factory:
    """Makes a protocol for each connection, and keeps what they share."""

    protocol: ClassVar[type[Protocol]]
    """What `build_protocol` makes."""

    service = ""
    """The name by which its sessions are known."""

    sessions: SessionRegistry | None = None
    """Where its sessions are kept track of, if anywhere."""

    _users = 0

    def build_protocol(self, address: Address) -> Protocol | None:
        """A protocol for the peer at `address`, or None to turn it away."""
        protocol = self.protocol()
        protocol.factory = self
        return protocol

    def start_factory(self) -> None:
        """The first port or connector begins to use this factory: open files, make connections."""

    def stop_factory(self) -> None:
        """The last one has ended: close what `start_factory` opened."""

    def do_start(self) -> None:
        """Count one more port or connector that uses this factory."""
        self._users += 1
        if self._users == 1:
            self.start_factory()

    def do_stop(self) -> None:
        """Count one less."""
        self._users -= 1
        if self._users == 0:
            self.stop_factory()


class DatagramProtocol:
    """Answers for a UDP socket: one object for all peers, since nobody is connected."""

    transport: DatagramTransport

    def make_connection(self, transport: DatagramTransport) -> None:
        """Tie the protocol to its socket."""
        self.transport = transport
        self.start_protocol()

    def start_protocol(self) -> None:
        """The socket is bound."""

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        """One datagram came, perhaps empty, from `address`: a host and a port."""

    def connection_refused(self) -> None:
        """Nobody listens where a connected socket's datagram went."""

    def stop_protocol(self) -> None:
        """The socket is closed."""


class ClientFactory(Factory):
    """Makes a protocol for each connection that a connector makes, and hears how the attempts go."""

    def started_connecting(self, connector: AbstractConnector) -> None:
        """An attempt begins."""

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        """No connection came about. Call `connector.connect()` to try again."""

    def client_connection_lost(self, connector: AbstractConnector, reason: Exception) -> None:
        """A connection that stood is over. Call `connector.connect()` to make another."""


class ReconnectingClientFactory(ClientFactory):
    """Tries again by itself, each time a little later.

    The first retry comes after `initial_delay` seconds; each further one waits `factor` times longer, give
    or take `jitter` (a standard deviation, as a share), but never longer than `max_delay`. The jitter
    keeps a class of clients from coming back all at the same moment. A `build_protocol` of one's own
    has to call `reset_delay()`, or to leave that until the connection has proved to be worth something.
    """

    initial_delay = 1.0
    max_delay = 3600.0
    factor = 2.7182818284590451
    jitter = 0.11962656472

    def __init__(self) -> None:
        self.delay = self.initial_delay
        self._trying = True
        self._call: DelayedCall | None = None

    def build_protocol(self, address: Address) -> Protocol | None:
        """As for any factory; having got this far is a success."""
        self.reset_delay()
        return super().build_protocol(address)

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        """Try again later."""
        self.retry(connector)

    def client_connection_lost(self, connector: AbstractConnector, reason: Exception) -> None:
        """Try again later."""
        self.retry(connector)

    def retry(self, connector: AbstractConnector) -> None:
        """Have `connector` connect after the delay, unless `stop_trying()` was called."""
        if not self._trying:
            return
        self._call = connector.reactor.call_later(min(self.delay, self.max_delay), connector.connect)
        grown = self.delay * self.factor
        self.delay = min(self.max_delay, max(self.initial_delay, gauss(grown, grown * self.jitter)))

    def reset_delay(self) -> None:
        """Begin again with the shortest delay."""
        self.delay = self.initial_delay

    def stop_trying(self) -> None:
        """Make no further attempt. One that is under way goes on: `connector.stop_connecting()` ends it."""
        self._trying = False
        if self._call is not None and self._call.active():
            self._call.cancel()
