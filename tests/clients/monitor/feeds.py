"""A real feed at a real socket, beside the client that is tested, on one reactor."""

from pathlib import Path

from core.interfaces import IPv4Address
from core.protocols.sessions import Session, SessionRegistry, Tap
from core.reactor import Reactor
from core.transports.listener import Port
from servers.feed.control import ControlFactory


class Made:
    """What a session's transport counts, without one."""

    def __init__(self, registry: SessionRegistry, service: str) -> None:
        self.bytes_in = self.bytes_out = self.waiting = 0
        self.active_at = 0.0
        self.tap: Tap | None = None
        self.peer = IPv4Address("tcp", "127.0.0.1", 50_000)
        self.session = registry.open(service, self)

    def lose_connection(self) -> None:
        """It ends."""
        self.session.close("kicked")

    def abort_connection(self) -> None:
        """It ends."""
        self.session.close("kicked")


class Feed:
    """A server process, as far as its feed goes."""

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
        """Somebody comes."""
        session = Made(self.registry, self.service).session
        session.report("CHAT", user)
        return session

    def stop(self) -> None:
        """No more connections, and an end to those that there are."""
        self.port.stop_listening()
        self.hang_up()

    def hang_up(self) -> None:
        """The connections break; whoever was watched is there still."""
        for client in [*self.factory.clients]:
            client.transport.abort_connection()
