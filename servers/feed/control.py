"""The control feed: a server among the others, about the others.

The lesson: what a program knows of itself can be asked for in the same way as everything else. Nobody has
to stop it, read its log or guess; and what may be done to it from outside is written down, in one place.
"""

import hmac
import logging
import os
import socket
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
from core.transports.sockets import belongs_to_us
from core.transports.stream import StreamTransport
from servers.feed.gauge import Gauge
from servers.feed.subscription import Subscription, happening_of

log = logging.getLogger(__name__)

KICK_WITHIN = 2.0
"""Seconds that a kicked session has to take what it is owed."""


class ControlProtocol(LineReceiver):
    """One client of the feed."""

    factory: "ControlFactory"
    MAX_LENGTH = LONGEST_LINE

    def connection_made(self) -> None:
        """Only our own user is listened to, and is told nothing that was not asked for."""
        self.is_trusted = not self.factory.token
        self.subscription: Subscription | None = None
        self.factory.client_came(self)
        if isinstance(self.transport, StreamTransport) and not self.factory.may_come(self.transport.socket):
            self.transport.abort_connection()

    def connection_lost(self, reason: Exception) -> None:
        """Forget it."""
        self.factory.client_went(self)
        if self.subscription is not None:
            self.subscription.end()

    def line_received(self, line: bytes) -> None:
        """A request. It is answered before anything else that comes of it."""
        try:
            request = decode_request(line)
        except BadRequest as error:
            self.send(Reply(error.id, str(error)))
            return
        try:
            act = self._action_for(request)
            self.send(Reply(request.id))
            act()
        except ValueError as error:
            self.send(Reply(request.id, str(error)))

    def send(self, message: Message) -> None:
        """Send one line."""
        self.send_line(encode(message))

    def _action_for(self, request: Request) -> Callable[[], object]:
        """What to do about a request that can be carried out. ValueError if it cannot."""
        if request.do == "token" and hmac.compare_digest(request.token.encode(), self.factory.token.encode()):
            self.is_trusted = True
            return lambda: None
        if not self.is_trusted:
            raise ValueError("first say the token")
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
        raise ValueError(f"nothing is known of {request.do!r}")

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
            self.transport, self.send, factory.registry, factory.gauge.load, factory.reactor, interval
        )


class ControlFactory(Factory, Observer):
    """Knows the sessions, and who watches which. `announcers` say something to all sessions of a service."""

    protocol = ControlProtocol

    def __init__(
        self,
        reactor: Reactor,
        registry: SessionRegistry,
        services: Mapping[str, list[str]],
        announcers: Mapping[str, Callable[[str], object]],
        token: str = "",
    ) -> None:
        self.reactor = reactor
        self.registry = registry
        self.token = token
        self.clients: list[ControlProtocol] = []
        self._services = services
        self._announcers = announcers
        self._watchers: dict[int, list[ControlProtocol]] = {}
        self.gauge = Gauge(reactor, registry)
        registry.observers.append(self)

    def may_come(self, sock: socket.socket) -> bool:
        """Another user may not; where a token says who may, that is seen later."""
        return bool(self.token) or belongs_to_us(sock)

    def hello(self) -> Hello:
        """Who speaks."""
        listed = tuple((name, tuple(endpoints)) for name, endpoints in self._services.items())
        return Hello(VERSION, os.getpid(), self.reactor.engine, listed)

    # --- what happens

    def session_opened(self, session: Session) -> None:
        """Somebody came."""
        self.tell("opened", f"from {session.traffic.peer}", session)

    def session_changed(self, session: Session) -> None:
        """Somebody is at something else."""
        self.tell("state", f"{session.state} {session.user}".strip(), session)

    def session_closed(self, session: Session, reason: str) -> None:
        """Somebody went."""
        self._watchers.pop(session.id, None)
        for subscription in self._subscriptions():
            subscription.session_closed(session, reason)
        self.tell("closed", reason, session)

    def tell(self, what: str, text: str, session: Session | None = None) -> None:
        """Something happened: all subscribers hear of it with the next delta."""
        happening = happening_of(what, text, session)
        for subscription in self._subscriptions():
            subscription.add(happening, len(happening.text))

    def on_stall(self, text: str) -> None:
        """The reactor hangs. Called by the watchdog, in its thread, so that it can be told even now.

        The reactor writes nothing while it hangs; a client that is owed nothing has its line to itself.
        """
        log.warning("the reactor %s", text)
        line = encode(happening_of("stall", text, None)) + ControlProtocol.delimiter
        for client in list(self.clients):
            transport = client.transport
            if client.subscription and isinstance(transport, StreamTransport) and not transport.waiting:
                with suppress(OSError):
                    transport.socket.send(line)

    def _subscriptions(self) -> list[Subscription]:
        return [client.subscription for client in self.clients if client.subscription is not None]

    def client_came(self, client: ControlProtocol) -> None:
        """While there is a client the loop is measured."""
        self.clients.append(client)
        self.gauge.switch(on=True)

    def client_went(self, client: ControlProtocol) -> None:
        """Nothing is looked for on its behalf any more."""
        self.clients.remove(client)
        for number in [number for number, watchers in self._watchers.items() if client in watchers]:
            self.unwatch(client, number)
        if not self.clients:
            self.gauge.switch(on=False)

    # --- what may be done

    def session(self, number: int) -> Session:
        """The session with that number. ValueError."""
        session = self.registry.get(number)
        if session is None:
            raise ValueError(f"there is no session {number}")
        return session

    def kick(self, session: Session, reason: str) -> None:
        """Close a session, whatever it thinks of that."""
        self.tell("kicked", reason, session)
        session.kick(f"kicked: {reason}" if reason else "kicked")
        self.reactor.call_later(KICK_WITHIN, self._abort, session)

    def _abort(self, session: Session) -> None:
        if self.registry.get(session.id) is session:
            session.traffic.abort_connection()

    def announcer(self, service: str) -> Callable[[str], object]:
        """What says a text to all of `service`, or of every service that can. ValueError if none can."""
        wanted = [service] if service else list(self._announcers)
        announcers = [self._announcers[name] for name in wanted if name in self._announcers]
        if not announcers:
            listed = service or ", ".join(self._services)
            raise ValueError(f"nobody here can hear it: {listed} cannot say anything to all")
        return lambda text: [announce(text) for announce in announcers]

    def watch(self, client: ControlProtocol, session: Session) -> None:
        """Have `client` told of each read and write of `session`."""
        watchers = self._watchers.setdefault(session.id, [])
        if client not in watchers:
            watchers.append(client)
        session.traffic.tap = partial(self._on_wire, session.id)

    def unwatch(self, client: ControlProtocol, number: int) -> None:
        """No longer."""
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
