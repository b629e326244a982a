"""The connector to another server."""

from clients.chat.other_servers import EndpointConnector
from core.endpoints import TCPEndpoint
from core.protocols.protocol import ClientFactory, Factory, Protocol
from core.reactor import Reactor


class Greeter(Protocol):
    """Ends the connection as soon as it is there."""

    def connection_made(self) -> None:
        self.transport.lose_connection()


def test_it_connects_when_it_is_told_to(reactor: Reactor) -> None:
    port = reactor.listen_tcp(0, Factory.for_protocol(Greeter))
    made: list[Protocol] = []

    class Visitor(Greeter):
        def connection_made(self) -> None:
            made.append(self)
            reactor.stop()

    endpoint = TCPEndpoint("127.0.0.1", int(str(port.host).rpartition(":")[2]))
    connector = EndpointConnector(endpoint, reactor, ClientFactory.for_protocol(Visitor))
    connector.stop_connecting()
    connector.disconnect()
    assert not made
    connector.connect()
    reactor.run()
    assert len(made) == 1
