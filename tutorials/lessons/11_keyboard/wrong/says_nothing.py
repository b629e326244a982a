import sys

from core import ClientCreator, Deferred, LineReceiver, Protocol, StandardIO, react

PORT = int(sys.argv[1])


class Server(Protocol):
    def __init__(self):
        self.keyboard = Keyboard(self)
        self.lost = Deferred()

    def data_received(self, data):
        self.keyboard.transport.write(data)

    def connection_lost(self, reason):
        self.lost.callback(str(reason))


class Keyboard(LineReceiver):
    def __init__(self, server):
        self.server = server
        self.has_ended = False

    def line_received(self, line):
        self.server.transport.write(line + b"\r\n")

    def connection_lost(self, reason):
        self.has_ended = True


async def main(reactor):
    server = await ClientCreator(reactor, Server).connect_tcp("127.0.0.1", PORT)
    StandardIO(server.keyboard, reactor)
    reason = await server.lost
    if not server.keyboard.has_ended:
        raise SystemExit(f"the server is gone: {reason}")


react(main)
