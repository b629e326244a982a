"""Echo: each byte comes back. On our reactor."""

import sys

from core import Factory, Protocol, Reactor


class Echo(Protocol):
    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


reactor = Reactor()
port = reactor.listen_tcp(int(sys.argv[1]), Factory.for_protocol(Echo))
print("listening on", port.host, flush=True)
reactor.run()
