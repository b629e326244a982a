"""The peers on Twisted: its epoll reactor, its Protocol and its LineReceiver."""

# Twisted declares its transports as zope interfaces, which mypy reads as classes with other signatures.
# mypy: disable-error-code="union-attr, call-arg, arg-type, misc, no-untyped-call"

import sys
import time
from pathlib import Path

from twisted.internet import epollreactor, ssl
from twisted.internet.interfaces import IListeningPort
from twisted.internet.main import installReactor
from twisted.internet.protocol import DatagramProtocol, Factory, Protocol
from twisted.protocols.basic import LineReceiver
from twisted.web.resource import Resource
from twisted.web.server import Request, Site
from twisted.web.static import File

from benchmarks.peers import CLOCK, FILES, HELLO, QUOTE, announce, certificate


class Echo(Protocol):
    def connectionMade(self) -> None:
        self.transport.setTcpNoDelay(True)  # the other engines do it by default

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class Quote(Protocol):
    def connectionMade(self) -> None:
        self.transport.write(QUOTE)
        self.transport.loseConnection()


class Lines(LineReceiver):
    def connectionMade(self) -> None:
        self.transport.setTcpNoDelay(True)

    def lineReceived(self, line: bytes) -> None:
        self.sendLine(line)


class Chat(Lines):
    def __init__(self, members: "dict[str, Chat]") -> None:
        self.members = members
        self.name = ""

    def connectionMade(self) -> None:
        super().connectionMade()
        self.sendLine(time.strftime(CLOCK).encode())
        self.sendLine(b"Choose a username:")

    def lineReceived(self, line: bytes) -> None:
        if self.name:
            self.broadcast(f"{time.strftime(CLOCK)}<{self.name}> {line.decode()}")
        else:
            self.register(line.decode())

    def register(self, name: str) -> None:
        if name in self.members:
            self.sendLine(f"Sorry, '{name}' is taken. Try something else.".encode())
            return
        self.name = name
        self.members[name] = self
        self.sendLine(f"Welcome to the chat, {name}.".encode())
        self.sendLine(f"Participants in chat: {', '.join(self.members)}".encode())
        self.broadcast(f"{name} has joined the channel.")

    def broadcast(self, message: str) -> None:
        line = message.encode()
        for member in self.members.values():
            if member is not self:
                member.sendLine(line)

    def connectionLost(self, reason: object = None) -> None:
        if self.members.pop(self.name, None):
            self.broadcast(f"{self.name} has left the channel.")


class ChatFactory(Factory):
    def __init__(self) -> None:
        self.members: dict[str, Chat] = {}

    def buildProtocol(self, addr: object) -> Chat:
        return Chat(self.members)


class Hello(Resource):
    isLeaf = True

    def render_GET(self, request: Request) -> bytes:
        request.setHeader(b"content-type", b"text/plain")
        return HELLO


class Pages(Resource):
    """Files below /files, and hello at any other path."""

    def __init__(self) -> None:
        super().__init__()
        self.putChild(b"files", File(str(FILES)))

    def getChild(self, path: bytes, request: Request) -> Resource:
        return Hello()


class QuietSite(Site):
    def log(self, request: Request) -> None:
        """Write no access log: the other engines write none."""


class UdpEcho(DatagramProtocol):
    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        self.transport.write(datagram, addr)


def listen(reactor: epollreactor.EPollReactor, kind: str, factory: Factory) -> IListeningPort:
    """Listen on a free port, with TLS for the kind `tls`."""
    if kind != "tls":
        return reactor.listenTCP(0, factory, interface="127.0.0.1")
    with certificate() as path:
        loaded = ssl.PrivateCertificate.loadPEM(Path(path).read_bytes())
    return reactor.listenSSL(0, factory, loaded.options(), interface="127.0.0.1")


def serve(kind: str) -> None:
    """Listen on a free port, and serve until the process is killed."""
    reactor = epollreactor.EPollReactor()
    installReactor(reactor)  # Twisted's TLS uses the global one
    if kind == "udp":
        port = reactor.listenUDP(0, UdpEcho(), interface="127.0.0.1")
    else:
        protocols = {"echo": Echo, "tls": Echo, "lines": Lines, "churn": Quote}
        factories = {"chat": ChatFactory, "web": lambda: QuietSite(Pages())}
        factory = factories[kind]() if kind in factories else Factory.forProtocol(protocols[kind])
        port = listen(reactor, kind, factory)
    reactor.callWhenRunning(announce, kind, port.getHost().port)
    reactor.run()


if __name__ == "__main__":
    serve(sys.argv[1])
