"""Services that listen: they bind their port in the privileged part of the start."""

from abc import ABC, abstractmethod

from core.deferred import Deferred, succeed
from core.endpoints import StreamEndpoint
from core.interfaces import Address
from core.protocols.protocol import DatagramProtocol, Factory
from core.reactor import Reactor
from core.services.service import Service
from core.transports.datagram import DatagramPort
from core.transports.listener import BACKLOG, Port


class ListeningService(Service, ABC):
    """Listens from its start, the privileged one if there is one, until it is stopped."""

    _port: Port | DatagramPort | None = None
    volatile = (*Service.volatile, "_port")

    @abstractmethod
    def listen(self, reactor: Reactor) -> Port | DatagramPort:
        """Open the port. Raises CannotListenError."""

    @property
    def host(self) -> Address:
        """The address of the port. RuntimeError while there is none."""
        if self._port is None:
            raise RuntimeError("this service does not listen now")
        return self._port.host

    def privileged_start_service(self) -> None:
        super().privileged_start_service()
        self._listen()

    def start_service(self) -> None:
        super().start_service()
        self._listen()

    def _listen(self) -> None:
        if self._port is None:
            self._port = self.listen(self.find_reactor())

    def stop_service(self) -> Deferred[None]:
        """Stop listening; connections go on. The Deferred fires when the address is free."""
        super().stop_service()
        port, self._port = self._port, None
        return succeed(None) if port is None else port.stop_listening()


class TCPServer(ListeningService):
    """Listens on a TCP port, with the arguments of `Reactor.listen_tcp`."""

    def __init__(
        self,
        port: int,
        factory: Factory,
        interface: str = "127.0.0.1",
        reactor: Reactor | None = None,
        backlog: int = BACKLOG,
    ) -> None:
        self.port, self.factory, self.interface, self.backlog = port, factory, interface, backlog
        self.reactor = reactor

    def listen(self, reactor: Reactor) -> Port:
        return reactor.listen_tcp(self.port, self.factory, self.interface, self.backlog)


class UNIXServer(ListeningService):
    """Listens on the Unix socket at `path`."""

    def __init__(
        self, path: str, factory: Factory, reactor: Reactor | None = None, backlog: int = BACKLOG
    ) -> None:
        self.path, self.factory, self.backlog = path, factory, backlog
        self.reactor = reactor

    def listen(self, reactor: Reactor) -> Port:
        return reactor.listen_unix(self.path, self.factory, self.backlog)


class UDPServer(ListeningService):
    """Binds a UDP port for `protocol`."""

    def __init__(
        self,
        port: int,
        protocol: DatagramProtocol,
        interface: str = "127.0.0.1",
        reactor: Reactor | None = None,
    ) -> None:
        self.port, self.protocol, self.interface = port, protocol, interface
        self.reactor = reactor

    def listen(self, reactor: Reactor) -> DatagramPort:
        return reactor.listen_udp(self.port, self.protocol, self.interface)


class StreamServerEndpointService(ListeningService):
    """Listens on an endpoint, as `parse_endpoint` makes it from `tcp:8000` or `unix:/tmp/chat.sock`."""

    def __init__(self, endpoint: StreamEndpoint, factory: Factory, reactor: Reactor | None = None) -> None:
        self.endpoint, self.factory = endpoint, factory
        self.reactor = reactor

    def listen(self, reactor: Reactor) -> Port:
        return self.endpoint.listen(reactor, self.factory)
