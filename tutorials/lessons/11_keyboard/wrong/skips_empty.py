import sys

from core import ClientCreator, Deferred, LineReceiver, Protocol, Reactor, StandardIO, react

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000


class Server(Protocol):
    """The connection to the server."""

    def __init__(self) -> None:
        self.keyboard = Keyboard(self)
        self.lost: Deferred[str] = Deferred()

    def data_received(self, data: bytes) -> None:
        self.keyboard.transport.write(data)

    def connection_lost(self, reason: Exception) -> None:
        self.lost.callback(str(reason))


class Keyboard(LineReceiver):
    """Standard input and output."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.has_ended = False

    def line_received(self, line: bytes) -> None:
        if line:
            self.server.transport.write(line + b"\r\n")

    def connection_lost(self, reason: Exception) -> None:
        self.has_ended = True
        self.server.transport.lose_write_connection()


async def main(reactor: Reactor) -> None:
    try:
        server = await ClientCreator(reactor, Server).connect_tcp("127.0.0.1", PORT)
    except OSError as error:
        raise SystemExit(f"cannot connect to port {PORT}: {error}") from None
    StandardIO(server.keyboard, reactor)
    reason = await server.lost
    if not server.keyboard.has_ended:
        raise SystemExit(f"the server is gone: {reason}")


react(main)
