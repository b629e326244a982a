"""An echo server in twelve lines, on `core` alone."""

from core import Factory, Protocol, Reactor


class Echo(Protocol):
    def connection_made(self) -> None:
        self.transport.write(b"Say something.\r\n")

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


class EchoFactory(Factory):
    protocol = Echo


reactor = Reactor()
print("listening on", reactor.listen_tcp(8001, EchoFactory()).host, flush=True)
reactor.run()
