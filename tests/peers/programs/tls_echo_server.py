"""Two Twisted servers: an echo over TLS, and lines in plain that change to TLS at STARTTLS."""

import sys
from pathlib import Path

from twisted.internet import reactor, ssl
from twisted.internet.protocol import Factory, Protocol
from twisted.protocols.basic import LineReceiver

OPTIONS = ssl.PrivateCertificate.loadPEM(Path(sys.argv[1]).read_bytes()).options()


class Echo(Protocol):
    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class Upgrading(LineReceiver):
    def lineReceived(self, line: bytes) -> None:
        if line == b"STARTTLS":
            self.sendLine(b"go ahead")
            self.transport.startTLS(OPTIONS, self.factory)
        else:
            self.sendLine(line.upper())


echo = reactor.listenSSL(0, Factory.forProtocol(Echo), OPTIONS, interface="127.0.0.1")
upgrade = reactor.listenTCP(0, Factory.forProtocol(Upgrading), interface="127.0.0.1")
print(f"echo listening on tls:127.0.0.1:{echo.getHost().port}")
print(f"upgrade listening on tcp:127.0.0.1:{upgrade.getHost().port}")
print("stop with Ctrl-C", flush=True)
reactor.run()
