"""Several sockets with the same port, one for each worker: the kernel divides the connections among them.

With SO_REUSEPORT (socket(7), Linux 3.9) the addresses of a connection decide which socket gets it. The
process that starts the workers keeps the sockets. So a worker that has died leaves its queue to the next one.
"""

import socket
from collections.abc import Sequence
from contextlib import suppress

from core.endpoints import Endpoint, EndpointError, TCPEndpoint, UDPEndpoint
from core.interfaces import Address, UnixAddress, address_of
from core.transports.datagram import bind_udp
from core.transports.listener import BACKLOG, bind_tcp
from servers.hosting.addresses import at_each_address
from servers.hosting.handed_over import HandedOver


class SharedSockets:
    """The sockets of `count` workers. `endpoints` has the endpoint strings of each service."""

    def __init__(self, count: int) -> None:
        self.endpoints: dict[str, list[str]] = {}
        self._sockets: list[list[tuple[str, socket.socket]]] = [[] for _ in range(count)]

    def open(self, service: str, endpoints: Sequence[Endpoint]) -> None:
        """Bind a socket at each of `endpoints` for each worker. EndpointError for one that cannot be divided.

        Raises CannotListenError, also for a port in use whose owner would share it.
        """
        found = [
            str(address)
            for endpoint in endpoints
            for address in at_each_address(endpoint, lambda each: self._bind_all(service, each))
        ]
        self.endpoints[service] = found

    def _bind_all(self, service: str, endpoint: Endpoint) -> Address:
        if not isinstance(endpoint, TCPEndpoint | UDPEndpoint):
            raise EndpointError(str(endpoint), "several workers cannot share it", "tcp:127.0.0.1:8001")
        address: Address | None = None
        if endpoint.port:
            _bind(endpoint, endpoint.port, is_shared=False).close()
        for sockets in self._sockets:
            port = endpoint.port if address is None or isinstance(address, UnixAddress) else address.port
            sock = _bind(endpoint, port, is_shared=True)
            sockets.append((service, sock))
            address = address_of(sock.getsockname(), "tcp" if isinstance(endpoint, TCPEndpoint) else "udp")
        assert address is not None
        return address

    def give(self, worker: int) -> list[HandedOver]:
        """In the worker's own process: its sockets. Those of the others are closed here."""
        given = [HandedOver(sock.detach(), service) for service, sock in self._sockets[worker]]
        self.close()
        return given

    def pause(self, worker: int) -> None:
        """Let the other workers have the connections of this one. Those in its queue are lost."""
        for sock in self._streams(worker):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RD)  # Linux: no longer listening, but still bound

    def resume(self, worker: int) -> None:
        """Undo `pause`: the sockets of this worker accept connections again."""
        for sock in self._streams(worker):
            sock.listen(BACKLOG)

    def _streams(self, worker: int) -> list[socket.socket]:
        return [sock for _, sock in self._sockets[worker] if sock.type == socket.SOCK_STREAM]

    def close(self) -> None:
        """Close all sockets in this process."""
        for sockets in self._sockets:
            for _, sock in sockets:
                sock.close()


def _bind(endpoint: TCPEndpoint | UDPEndpoint, port: int, is_shared: bool) -> socket.socket:
    if isinstance(endpoint, TCPEndpoint):
        return bind_tcp(endpoint.host, port, BACKLOG, is_shared=is_shared)
    return bind_udp(endpoint.host, port, is_shared)
