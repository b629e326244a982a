"""One connection to one server's feed: it asks, hands on what comes, and never gives up.

The protocol is written on the core like any other client. That it lives inside a Textual program it does
not know: the reactor under it turns on that program's loop.
"""

import logging
from collections.abc import Callable
from itertools import count

from clients.monitor.feed.finder import FeedAddress, remove_stale_socket
from clients.monitor.sessions.cleaning import clean
from clients.monitor.sessions.model import Model
from clients.monitor.sessions.server import Server, SessionRow, Status
from core.formats.feed import LONGEST_LINE, Hello, Message, Reply, Snapshot, decode
from core.formats.feed_requests import Request, encode_request
from core.interfaces import AbstractConnector, Address
from core.protocols.lines import LineReceiver
from core.protocols.protocol import Protocol, ReconnectingClientFactory
from core.reactor import Reactor
from core.transports.connector import Connector

log = logging.getLogger(__name__)

Answered = Callable[[str], object]
"""Called with what was wrong with a request, or with nothing if it was carried out."""

Heard = Callable[["Link", Message], object]


class FeedProtocol(LineReceiver):
    """The client's end of the control feed."""

    factory: "Link"
    MAX_LENGTH = LONGEST_LINE

    def connection_made(self) -> None:
        """Ask for everything."""
        self.factory.on_connected(self)

    def line_received(self, line: bytes) -> None:
        """A message. What is no message ends the connection: nothing that follows could be trusted."""
        try:
            message = decode(line)
        except ValueError as error:
            log.error("%s: %s", self.factory.server.name, error)
            self.transport.abort_connection()
            return
        if message is not None:
            self.factory.on_message(message)

    def send(self, request: Request) -> None:
        """Send one request."""
        self.send_line(encode_request(request))


class Link(ReconnectingClientFactory):
    """Holds the connection to the server at `place`, and makes it again whenever it is lost."""

    protocol = FeedProtocol
    initial_delay = 0.25
    max_delay = 4.0

    def __init__(self, reactor: Reactor, place: FeedAddress, model: Model, on_heard: Heard) -> None:
        super().__init__()
        self.place = place
        self.model = model
        self.server = Server(place.name, model.clock.seconds())
        self._on_heard = on_heard
        self._speaker: FeedProtocol | None = None
        self._numbers = count(1)
        self._asked: dict[int, Answered] = {}
        self._watched: dict[int, tuple[SessionRow | None, Answered]] = {}
        self._reactor = reactor
        self._connector: Connector | None = None

    def start(self) -> None:
        """Connect, now and whenever it is needed."""
        self._connector = self.place.endpoint.connect(self._reactor, self)

    def stop(self) -> None:
        """Let it be."""
        self.stop_trying()
        if self._connector is not None:
            self._connector.disconnect()

    @property
    def is_connected(self) -> bool:
        """A request could be sent now."""
        return self._speaker is not None

    def build_protocol(self, address: Address) -> Protocol:
        """A protocol. The delay is not reset: that somebody accepts does not mean that he answers."""
        protocol = self.protocol()
        protocol.factory = self
        return protocol

    def on_connected(self, speaker: FeedProtocol) -> None:
        """Subscribe, with the token first where one is needed."""
        self._speaker = speaker
        if self.place.token:
            self.ask(Request("token", 0, token=self.place.token), self._on_refused)
        self.ask(Request("subscribe", 0), self._on_refused)

    def ask(self, request: Request, then: Answered) -> None:
        """Send `request`, under a number of its own; the answer goes to `then`."""
        if self._speaker is None:
            then("the connection is lost")
            return
        number = next(self._numbers)
        self._asked[number] = then
        self._speaker.send(request._replace(id=number))

    def watch(self, number: int, then: Answered) -> None:
        """Have the wire of session `number` told. `then` hears how that went, each time it is asked for."""
        self._watched[number] = self.server.lines.get(number), then
        self.ask(Request("watch", 0, session=number), then)

    def unwatch(self, number: int) -> None:
        """No longer."""
        self._watched.pop(number, None)
        self.ask(Request("unwatch", 0, session=number), lambda problem: None)

    def _watch_again(self) -> None:
        """After a reconnection. Another process may have a session of the same number, but not this line."""
        for number, (line, then) in [*self._watched.items()]:
            if self.server.lines.get(number) is line:
                self.ask(Request("watch", 0, session=number), then)
            else:
                del self._watched[number]
                then("the session has ended")

    def on_message(self, message: Message) -> None:
        """Record it, then let whoever cares know."""
        if isinstance(message, Reply):
            if message.re is not None and message.re in self._asked:
                self._asked.pop(message.re)(clean(message.error))
            return
        if isinstance(message, Hello):
            self.reset_delay()
        self.model.take(self.server, message)
        if isinstance(message, Snapshot) and message.last:
            self._watch_again()
        self._on_heard(self, message)

    def _on_refused(self, problem: str) -> None:
        if problem:
            self.server.trouble = problem
            log.error("%s: %s", self.server.name, problem)

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        """Nobody answers: note it and try again later."""
        if isinstance(reason, ConnectionRefusedError):
            remove_stale_socket(self.place)
        self._on_lost(reason)
        self.retry(connector)

    def client_connection_lost(self, connector: AbstractConnector, reason: Exception) -> None:
        """The same, and what was asked has no answer."""
        self._on_lost(reason)
        self.retry(connector)

    def _on_lost(self, reason: Exception) -> None:
        self._speaker = None
        if self.server.status is not Status.GONE:
            trouble = self.server.trouble or clean(str(reason))
            self.model.change(self.server, Status.LOST, trouble)
        asked, self._asked = self._asked, {}
        for then in asked.values():
            then("the connection was lost")
