"""A real control feed on a real Unix socket, on the reactor of the client under test."""

from pathlib import Path

from core.interfaces import IPv4Address
from core.protocols.sessions import Session, SessionRegistry, Tap
from core.reactor import Reactor
from core.transports.listener import Port
from servers.feed.control import ControlFactory


class SimulatedTraffic:
    """The byte counts of a session that has no transport."""

    def __init__(self, registry: SessionRegistry, service: str) -> None:
        self.bytes_in = self.bytes_out = self.waiting = 0
        self.active_at = 0.0
        self.tap: Tap | None = None
        self.peer = IPv4Address("tcp", "127.0.0.1", 50_000)
        self.session = registry.open(service, self)

    def lose_connection(self) -> None:
        """Close the session, as the kicked client would."""
        self.session.close("kicked")

    def abort_connection(self) -> None:
        """Close the session, as the kicked client would."""
        self.session.close("kicked")


class Feed:
    """The control feed of a server process. `said` has the announcements that it received."""

    def __init__(
        self, reactor: Reactor, path: Path, service: str = "chat", can_announce: bool = True
    ) -> None:
        self.reactor, self.path, self.service = reactor, path, service
        self.registry = SessionRegistry()
        self.said: list[str] = []
        services = {service: ["tcp:127.0.0.1:8000"]}
        announcers = {service: self.said.append} if can_announce else {}
        self.factory = ControlFactory(reactor, self.registry, services, announcers)
        self.port: Port = reactor.listen_unix(str(path), self.factory)

    def visitor(self, user: str) -> Session:
        """Open a session in the state CHAT, for the user `user`."""
        session = SimulatedTraffic(self.registry, self.service).session
        session.report("CHAT", user)
        return session

    def stop(self) -> None:
        """Stop listening, and close all connections of the feed."""
        self.port.stop_listening()
        self.hang_up()

    def hang_up(self) -> None:
        """Break all connections of the feed. The sessions stay open."""
        for client in [*self.factory.clients]:
            client.transport.abort_connection()
