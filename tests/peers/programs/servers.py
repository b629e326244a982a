"""Five servers written as a Twisted programmer would write them. It prints where each one listens."""

from typing import ClassVar

from twisted.internet import reactor
from twisted.internet.protocol import DatagramProtocol, Factory, Protocol
from twisted.protocols.basic import LineReceiver

INSULTS = {b"printers": b"It smells your deadline."}


class Echo(Protocol):
    def connectionMade(self) -> None:
        self.factory.count = getattr(self.factory, "count", 0) + 1
        self.transport.registerProducer(self.transport, True)
        self.transport.write(b"Welcome! There are currently %d open connections.\r\n" % self.factory.count)

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)

    def connectionLost(self, reason: object) -> None:
        self.factory.count -= 1


class QOTD(Protocol):
    def connectionMade(self) -> None:
        self.transport.write(b"A watched pot is a busy loop.\r\n")
        self.transport.loseConnection()


class Chat(LineReceiver):
    users: ClassVar[dict[bytes, "Chat"]] = {}
    name = b""

    def connectionMade(self) -> None:
        self.sendLine(b"Choose a username:")

    def connectionLost(self, reason: object) -> None:
        if self.name:
            del self.users[self.name]
            self.broadcast(self.name + b" has left the channel.")

    def lineReceived(self, line: bytes) -> None:
        if self.name:
            self.broadcast(b"<" + self.name + b"> " + line)
        elif line in self.users:
            self.sendLine(b"Sorry, '" + line + b"' is taken. Try something else.")
        else:
            self.name, self.users[line] = line, self
            self.sendLine(b"Participants in chat: " + b", ".join(self.users))
            self.broadcast(line + b" has joined the channel.")

    def broadcast(self, line: bytes) -> None:
        for user in self.users.values():
            if user is not self:
                user.sendLine(line)


class Insult(LineReceiver):
    def connectionMade(self) -> None:
        self.sendLine(b"Enter a topic.")

    def lineReceived(self, line: bytes) -> None:
        if line == b"quit":
            self.sendLine(b"Goodbye, loser.")
            self.transport.loseConnection()
        else:
            self.sendLine(INSULTS.get(line, b"I've got nothing."))


class UDPEcho(DatagramProtocol):
    def datagramReceived(self, data: bytes, address: tuple[str, int]) -> None:
        self.transport.write(data, address)


def main() -> None:
    for name, protocol in {"echo": Echo, "qotd": QOTD, "chat": Chat, "insult": Insult}.items():
        port = reactor.listenTCP(0, Factory.forProtocol(protocol), interface="127.0.0.1")
        print(f"{name} listening on tcp:127.0.0.1:{port.getHost().port}")
    port = reactor.listenUDP(0, UDPEcho(), interface="127.0.0.1", maxPacketSize=65536)
    print(f"udp_echo listening on udp:127.0.0.1:{port.getHost().port}")
    print("stop with Ctrl-C", flush=True)
    reactor.run()


if __name__ == "__main__":
    main()
