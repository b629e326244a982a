"""Echo: every byte comes back (RFC 862), and the greeting counts who is there.

The lesson: a protocol is one connection, the factory outlives them all; so the count is the factory's. And
a second one: whoever does not read what comes back must not be read from, or the server would keep it all.
"""

from argparse import ArgumentParser, Namespace

from core.interfaces import ReactorCore
from core.protocols.protocol import Factory, Protocol
from servers.hosting.runner import Service, run


class EchoProtocol(Protocol):
    """Sends back what it gets."""

    factory: "EchoFactory"

    def connection_made(self) -> None:
        """Count this one, greet, and make what is read depend on what is taken."""
        self.factory.connections += 1
        self.transport.register_producer(self.transport, streaming=True)
        if self.factory.greets:
            count = self.factory.connections
            self.transport.write(f"Welcome! There are currently {count} open connections.\r\n".encode())

    def data_received(self, data: bytes) -> None:
        """Give it back."""
        self.transport.write(data)

    def connection_lost(self, reason: Exception) -> None:
        """Count it no more."""
        self.factory.connections -= 1


class EchoFactory(Factory):
    """Counts its connections."""

    protocol = EchoProtocol

    def __init__(self, greets: bool = True) -> None:
        self.greets = greets
        self.connections = 0


def add_arguments(parser: ArgumentParser) -> None:
    """The flags of this server."""
    parser.add_argument("--no-greeting", action="store_true", help="the bare echo: strict RFC 862")


def make(options: Namespace, reactor: ReactorCore) -> Factory:
    """The factory that `options` ask for."""
    return EchoFactory(greets=not options.no_greeting)


SERVICE = Service("echo", 8001, add_arguments=add_arguments, stream=make)

if __name__ == "__main__":
    run(SERVICE)
