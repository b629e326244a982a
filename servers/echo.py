"""Echo: sends every byte back (RFC 862), after a greeting with the number of open connections.

The lesson: there is one protocol object for each connection, and one factory for all of them. The number of
connections belongs to the factory. The second lesson is back-pressure: while a client does not read its
echo, the server must not read from the client, or it would have to store all of it.
"""

from argparse import ArgumentParser, Namespace

from core.interfaces import ReactorCore
from core.protocols.protocol import Factory, Protocol
from servers.hosting.runner import ServerSpec, run


class EchoProtocol(Protocol):
    """Sends back the bytes that it receives."""

    factory: "EchoFactory"

    def connection_made(self) -> None:
        """Count the connection, pause reading while the client does not read, and send the greeting."""
        self.factory.connections += 1
        self.transport.register_producer(self.transport, streaming=True)
        if self.factory.greets:
            count = self.factory.connections
            self.transport.write(f"Welcome! There are currently {count} open connections.\r\n".encode())

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)

    def connection_lost(self, reason: Exception) -> None:
        self.factory.connections -= 1


class EchoFactory(Factory):
    """Counts the open connections. With `greets` each connection is sent the greeting."""

    protocol = EchoProtocol

    def __init__(self, greets: bool = True) -> None:
        self.greets = greets
        self.connections = 0


def add_arguments(parser: ArgumentParser) -> None:
    """Add the flags of this server."""
    parser.add_argument("--no-greeting", action="store_true", help="send no greeting: strict RFC 862")


def make(options: Namespace, reactor: ReactorCore) -> Factory:
    """Make the factory that `options` describe."""
    return EchoFactory(greets=not options.no_greeting)


SERVICE = ServerSpec("echo", 8001, add_arguments=add_arguments, stream=make, is_stateless=True)

if __name__ == "__main__":
    run(SERVICE)
