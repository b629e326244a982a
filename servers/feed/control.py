"""The control feed: a server that reports on the other servers of its process, and can kick and announce.

The lesson: a program can report its own state over a protocol, like any other data. No debugger and no log
file is needed, and the list of requests says exactly which actions a client can cause from outside.
"""

import hmac
import logging
import os
import socket
import struct
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

from core.formats.feed import (
    LONGEST_LINE,
    VERSION,
    Hello,
    Message,
    Reply,
    Wire,
    encode,
)
from core.formats.feed_requests import BadRequest, Request, decode_request
from core.formats.text import visible
from core.protocols.lines import LineReceiver
from core.protocols.protocol import Factory
from core.protocols.sessions import Observer, Session, SessionRegistry
from core.reactor import Reactor
from core.transports.stream import StreamTransport
from servers.feed.load_sampler import LoadSampler
from servers.feed.subscription import Subscription, session_event

log = logging.getLogger(__name__)

KICK_WITHIN = 2.0
"""Seconds that a kicked session has to receive pending data, before its connection is aborted."""


class ControlProtocol(LineReceiver):
    """One client of the feed."""

    factory: "ControlFactory"
    MAX_LENGTH = LONGEST_LINE

    def connection_made(self) -> None:
        """Accept connections of our own user only. Nothing is sent until the client asks for it."""
        self.is_trusted = not self.factory.token
        self.subscription: Subscription | None = None
        self.factory.client_connected(self)
        if isinstance(self.transport, StreamTransport) and not self.factory.is_allowed(self.transport.socket):
            self.transport.abort_connection()

    def connection_lost(self, reason: Exception) -> None:
        self.factory.client_disconnected(self)
        if self.subscription is not None:
            self.subscription.end()

    def line_received(self, line: bytes) -> None:
        """Answer a request, then carry it out. The reply precedes all messages that the action causes."""
        try:
            request = decode_request(line)
        except BadRequest as error:
            self.send(Reply(error.id, str(error)))
            return
        try:
            action = self._action_for(request)
            self.send(Reply(request.id))
            action()
        except ValueError as error:
            self.send(Reply(request.id, str(error)))

    def send(self, message: Message) -> None:
        """Send `message` in one line."""
        self.send_line(encode(message))

    def _action_for(self, request: Request) -> Callable[[], object]:
        """The function that carries out `request`. ValueError if the request is impossible."""
        if request.do == "token" and hmac.compare_digest(request.token.encode(), self.factory.token.encode()):
            self.is_trusted = True
            return lambda: None
        if not self.is_trusted:
            raise ValueError("first send the token")
        match request.do:
            case "subscribe":
                return self._subscribe(request)
            case "announce":
                return partial(self.factory.announcer(request.service), visible(request.text))
            case "kick":
                return partial(self.factory.kick, self.factory.session(request.session), request.reason)
            case "watch":
                return partial(self.factory.watch, self, self.factory.session(request.session))
            case "unwatch":
                return partial(self.factory.unwatch, self, self.factory.session(request.session).id)
        raise ValueError(f"there is no request {request.do!r}")

    def _subscribe(self, request: Request) -> Callable[[], object]:
        if request.v != VERSION:
            raise ValueError(f"this is version {VERSION} of the feed, not {request.v}")
        if self.subscription is not None:
            raise ValueError("subscribed already")
        return partial(self._start_subscription, request.interval)

    def _start_subscription(self, interval: float) -> None:
        self.send(self.factory.hello())
        factory = self.factory
        self.subscription = Subscription(
            self.transport,
            self.send,
            factory.registry,
            factory.sampler.load,
            factory.reactor,
            interval,
            factory.cluster,
        )


class ControlFactory(Factory, Observer):
    """Observes the session registry, publishes events, and carries out requests.

    `announcers` has, for each service that supports it, the function that sends a text to all its sessions.
    `cluster` tells whether the process is `joined` to a cluster, `cut off` from it, or in `none`.
    With a `token` a client must send it first; without one the client's user must be ours.
    """

    protocol = ControlProtocol

    def __init__(
        self,
        reactor: Reactor,
        registry: SessionRegistry,
        services: Mapping[str, list[str]],
        announcers: Mapping[str, Callable[[str], object]],
        token: str = "",
        cluster: Callable[[], str] = lambda: "none",
    ) -> None:
        self.reactor = reactor
        self.registry = registry
        self.token = token
        self.cluster = cluster
        self.clients: list[ControlProtocol] = []
        self._services = services
        self._announcers = announcers
        self._watchers: dict[int, list[ControlProtocol]] = {}
        self.sampler = LoadSampler(reactor, registry)
        registry.observers.append(self)

    def is_allowed(self, sock: socket.socket) -> bool:
        """Whether the peer of `sock` is our own user. With a token the token decides, so all are allowed."""
        return bool(self.token) or belongs_to_us(sock)

    def hello(self) -> Hello:
        """The first message to a subscriber: this process and its services."""
        listed = tuple((name, tuple(endpoints)) for name, endpoints in self._services.items())
        return Hello(VERSION, os.getpid(), self.reactor.engine, listed, self.cluster())

    # --- events

    def session_opened(self, session: Session) -> None:
        self.publish("opened", f"from {session.traffic.peer}", session)

    def session_changed(self, session: Session) -> None:
        self.publish("state", f"{session.state} {session.user}".strip(), session)

    def session_closed(self, session: Session, reason: str) -> None:
        self._watchers.pop(session.id, None)
        for subscription in self._subscriptions():
            subscription.session_closed(session, reason)
        self.publish("closed", reason, session)

    def publish(self, what: str, text: str, session: Session | None = None) -> None:
        """Queue an event for all subscribers. It is sent with their next delta."""
        event = session_event(what, text, session)
        for subscription in self._subscriptions():
            subscription.add(event, len(event.text))

    def on_stall(self, text: str) -> None:
        """Send a `stall` event while the reactor is blocked. The watchdog calls this, in its own thread.

        The blocked reactor writes nothing, so this thread may write to a client that has no pending data.
        """
        line = encode(session_event("stall", text, None)) + ControlProtocol.delimiter
        for client in list(self.clients):
            transport = client.transport
            if client.subscription and isinstance(transport, StreamTransport) and not transport.waiting:
                with suppress(OSError):
                    transport.socket.send(line)

    def _subscriptions(self) -> list[Subscription]:
        return [client.subscription for client in self.clients if client.subscription is not None]

    def client_connected(self, client: ControlProtocol) -> None:
        """Add `client`. The reactor is measured while there is a client."""
        self.clients.append(client)
        self.sampler.switch(on=True)

    def client_disconnected(self, client: ControlProtocol) -> None:
        """Remove `client`, and end everything that it watches."""
        self.clients.remove(client)
        for number in [number for number, watchers in self._watchers.items() if client in watchers]:
            self.unwatch(client, number)
        if not self.clients:
            self.sampler.switch(on=False)

    # --- requests

    def session(self, number: int) -> Session:
        """The open session with this number. ValueError if there is none."""
        session = self.registry.get(number)
        if session is None:
            raise ValueError(f"there is no session {number}")
        return session

    def kick(self, session: Session, reason: str) -> None:
        """Close `session`. If pending data is not received within KICK_WITHIN seconds, abort it."""
        self.publish("kicked", reason, session)
        session.kick(f"kicked: {reason}" if reason else "kicked")
        self.reactor.call_later(KICK_WITHIN, self._abort, session)

    def _abort(self, session: Session) -> None:
        if self.registry.get(session.id) is session:
            session.traffic.abort_connection()

    def announcer(self, service: str) -> Callable[[str], object]:
        """The function that sends a text to all sessions of `service`, or of all services if this is "".

        ValueError if no such service can announce.
        """
        wanted = [service] if service else list(self._announcers)
        announcers = [self._announcers[name] for name in wanted if name in self._announcers]
        if not announcers:
            listed = service or ", ".join(self._services)
            raise ValueError(f"{listed} cannot announce")
        return lambda text: [announce(text) for announce in announcers]

    def watch(self, client: ControlProtocol, session: Session) -> None:
        """Send the bytes of each read and write of `session` to `client`."""
        watchers = self._watchers.setdefault(session.id, [])
        if client not in watchers:
            watchers.append(client)
        session.traffic.tap = partial(self._on_wire, session.id)

    def unwatch(self, client: ControlProtocol, number: int) -> None:
        """Send no more bytes of session `number` to `client`."""
        watchers = self._watchers.get(number, [])
        if client in watchers:
            watchers.remove(client)
        session = self.registry.get(number)
        if not watchers and session is not None:
            self._watchers.pop(number, None)
            session.traffic.tap = None

    def _on_wire(self, number: int, direction: str, data: bytes) -> None:
        wire = Wire(number, direction, time.time(), data)
        for client in self._watchers.get(number, []):
            if client.subscription is not None:
                client.subscription.add(wire, len(data))


def belongs_to_us(sock: socket.socket) -> bool:
    """Whether the peer process of a Unix socket has our user. True where the system cannot tell."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    credentials = struct.Struct("3i")  # of the process, its user and its group: unix(7)
    found = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, credentials.size)
    return bool(credentials.unpack(found)[1] == os.getuid())
