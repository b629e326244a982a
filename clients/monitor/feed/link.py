"""The connection to one server's feed: sends requests, dispatches messages, and reconnects when it is lost.

The protocol is written on the core like that of any other client. It needs no change to run inside a Textual
program, because its reactor runs on that program's event loop.
"""

import logging
from collections.abc import Callable
from itertools import count

from clients.monitor.feed.finder import FeedAddress, process_has_ended
from clients.monitor.sessions.cleaning import clean
from clients.monitor.sessions.model import Model
from clients.monitor.sessions.server import Server, SessionRow, Status
from core.formats import feed
from core.formats.feed_requests import Request, encode_request
from core.interfaces import AbstractConnector, Address
from core.protocols.lines import LineReceiver
from core.protocols.protocol import Protocol, ReconnectingClientFactory
from core.reactor import Reactor
from core.transports.connector import Connector

log = logging.getLogger(__name__)

OnReply = Callable[[str], object]
"""Called with the error, or with an empty text if the request was carried out."""


def ignore_reply(error: str) -> None:
    """For a request whose answer does not matter."""


class FeedProtocol(LineReceiver):
    """The client's end of the control feed."""

    factory: "Link"
    MAX_LENGTH = feed.LONGEST_LINE

    def connection_made(self) -> None:
        self.factory.on_connected(self)

    def line_received(self, line: bytes) -> None:
        """Decode one message. After a broken one the rest cannot be trusted, so the connection is aborted."""
        try:
            message = feed.decode(line)
        except ValueError as error:
            self.factory.on_refused(f"this is no control feed: {error}")
            self.transport.abort_connection()
            return
        if message is not None:
            self.factory.dispatch(message)


class Link(ReconnectingClientFactory):
    """Keeps a connection to the server at `address`, and puts what it sends into `model`."""

    protocol = FeedProtocol
    initial_delay = 0.25
    max_delay = 4.0

    def __init__(self, reactor: Reactor, address: FeedAddress, model: Model) -> None:
        super().__init__()
        self.server = Server(address.name, model.clock.seconds())
        self.was_killed = False  # the server has ended without removing its socket
        self._address = address
        self._model = model
        self._reactor = reactor
        self._connector: Connector | None = None
        self._connection: FeedProtocol | None = None
        self._numbers = count(1)
        self._pending: dict[int, OnReply] = {}
        self._watched: dict[int, tuple[SessionRow | None, OnReply]] = {}

    def start(self) -> None:
        """Connect, and reconnect whenever the connection is lost."""
        self._connector = self._address.endpoint.connect(self._reactor, self)

    def stop(self) -> None:
        """Disconnect, and stop reconnecting."""
        self.stop_trying()
        if self._connector is not None:
            self._connector.disconnect()

    @property
    def is_connected(self) -> bool:
        """Whether a request can be sent now."""
        return self._connection is not None

    @property
    def has_answered(self) -> bool:
        """Whether the server's sessions and load are here, or there is no server at the address."""
        has_failed = self.server.status in (Status.LOST, Status.GONE)
        return has_failed or (self.server.is_complete and self.server.load is not None)

    def build_protocol(self, address: Address) -> Protocol:
        """A new protocol. The delay is reset by the hello: a server that accepts may still not answer."""
        protocol = self.protocol()
        protocol.factory = self
        return protocol

    def on_connected(self, connection: FeedProtocol) -> None:
        """Subscribe. If the address has a token, send that first."""
        self._connection = connection
        if self._address.token:
            self.send(Request("token", 0, token=self._address.token), self._on_subscribed)
        self.send(Request("subscribe", 0), self._on_subscribed)

    def _on_subscribed(self, error: str) -> None:
        if error and self.is_connected:
            self.on_refused(error)

    def on_refused(self, problem: str) -> None:
        """Keep and log why the server cannot be watched."""
        self.server.problem = problem
        log.error("%s: %s", self.server.name, problem)

    # --- requests

    def send(self, request: Request, on_reply: OnReply) -> None:
        """Send `request` under a number of its own, and call `on_reply` with the answer."""
        if self._connection is None:
            on_reply("the connection is lost")
            return
        number = next(self._numbers)
        self._pending[number] = on_reply
        self._connection.send_line(encode_request(request._replace(id=number)))

    def watch(self, number: int, on_reply: OnReply) -> None:
        """Subscribe to the wire of session `number`. `on_reply` is called again after each reconnection."""
        self._watched[number] = self.server.sessions.get(number), on_reply
        self.send(Request("watch", 0, session=number), on_reply)

    def unwatch(self, number: int) -> None:
        """Unsubscribe from the wire of session `number`."""
        self._watched.pop(number, None)
        self.send(Request("unwatch", 0, session=number), ignore_reply)

    def _watch_again(self) -> None:
        """Renew the requests. A new process may reuse a number, but the SessionRow is then another one."""
        for number, (session, on_reply) in [*self._watched.items()]:
            if self.server.sessions.get(number) is session:
                self.send(Request("watch", 0, session=number), on_reply)
            else:
                del self._watched[number]
                on_reply("the session has ended")

    # --- messages

    def dispatch(self, message: feed.Message) -> None:
        """Pass `message` on. This is the only place in the monitor that tests its type."""
        match message:
            case feed.Hello():
                self.reset_delay()
                self._model.apply_hello(self.server, message)
            case feed.Snapshot():
                self._on_snapshot(message)
            case feed.Delta():
                self._model.apply_delta(self.server, message)
            case feed.SessionEvent():
                self._model.record_event(self.server, message)
            case feed.Wire():
                self._model.on_wire(self.server, message)
            case feed.Gap():
                self._model.record_gap(self.server, message)
            case feed.Reply(int(number), error):
                self._pending.pop(number, ignore_reply)(clean(error))

    def _on_snapshot(self, snapshot: feed.Snapshot) -> None:
        self._model.apply_snapshot(self.server, snapshot)
        if snapshot.last:
            self._watch_again()

    # --- losing the connection

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        self.was_killed = isinstance(reason, ConnectionRefusedError) and process_has_ended(self._address)
        self._on_lost(reason)
        self.retry(connector)

    def client_connection_lost(self, connector: AbstractConnector, reason: Exception) -> None:
        self._on_lost(reason)
        self.retry(connector)

    def _on_lost(self, reason: Exception) -> None:
        self._connection = None
        if self.server.status is not Status.GONE:
            problem = self.server.problem or clean(str(reason))
            self._model.set_status(self.server, Status.LOST, problem)
        pending, self._pending = self._pending, {}
        for on_reply in pending.values():
            on_reply("the connection was lost")
