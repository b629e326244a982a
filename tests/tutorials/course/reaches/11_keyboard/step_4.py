import sys

from core import ClientCreator, Deferred, Protocol, StandardIO, react


class Server(Protocol):
    def __init__(self):
        self.keyboard = Keyboard(self)
        self.lost = Deferred()

    def data_received(self, data):
        self.keyboard.transport.write(data)


class Keyboard(Protocol):
    def __init__(self, server):
        self.server = server

    def data_received(self, data):
        self.server.transport.write(data.decode().replace("\n", "\r\n").encode())


async def main(reactor):
    server = await ClientCreator(reactor, Server).connect_tcp("127.0.0.1", int(sys.argv[1]))
    StandardIO(server.keyboard, reactor)
    await server.lost


react(main)
