"""A proxy passes on what each side sends to the other: `python -m tutorials.proxy LISTEN_PORT HOST PORT`."""

from core import CannotListenError, ClientFactory, Connector, Factory, Protocol, Reactor, Transport
from core.cli import Parser, fail, make_reactor, port_number, start_logging


class Side(Protocol):
    """One of the two connections. `other` is the transport of the other one."""

    other: Transport

    def data_received(self, data: bytes) -> None:
        self.other.write(data)

    def read_connection_lost(self) -> None:
        self.other.lose_write_connection()


class Near(Side):
    """The connection that a client has made. It is paused until the far side is there."""

    factory: "Proxy"

    def connection_made(self) -> None:
        self.transport.pause_producing()
        self.connector = self.factory.reactor.connect_tcp(*self.factory.target, FarFactory(self))

    def connection_lost(self, reason: Exception) -> None:
        self.connector.disconnect()


class Far(Side):
    """The connection to the target."""

    factory: "FarFactory"

    def connection_made(self) -> None:
        """Make each transport the other's producer: it is paused, resumed and at last closed."""
        near = self.factory.near.transport
        self.other, self.factory.near.other = near, self.transport
        self.transport.register_producer(near, streaming=True)
        near.register_producer(self.transport, streaming=True)
        near.resume_producing()


class FarFactory(ClientFactory):
    protocol = Far

    def __init__(self, near: Near) -> None:
        self.near = near

    def client_connection_failed(self, connector: Connector, reason: Exception) -> None:
        super().client_connection_failed(connector, reason)
        self.near.transport.lose_connection()


class Proxy(Factory):
    protocol = Near

    def __init__(self, reactor: Reactor, host: str, port: int) -> None:
        self.reactor = reactor
        self.target = host, port


def main() -> None:
    parser = Parser("tutorials.proxy", "A proxy.", "python -m tutorials.proxy 8100 127.0.0.1 8001")
    parser.add_argument("listen_port", type=port_number, metavar="LISTEN_PORT", help="port to listen on")
    parser.add_argument("host", metavar="HOST", help="address of the other server")
    parser.add_argument("port", type=port_number, metavar="PORT", help="port of the other server")
    options = parser.parse_args()
    start_logging(options.log_level)
    reactor = make_reactor(options.reactor)
    try:
        port = reactor.listen_tcp(options.listen_port, Proxy(reactor, options.host, options.port))
    except CannotListenError as error:
        fail(f"{error.strerror}. Stop the other server, or choose another LISTEN_PORT.")
    print(f"proxy listening on {port.host}, for tcp:{options.host}:{options.port}", flush=True)
    reactor.run()


if __name__ == "__main__":
    main()
