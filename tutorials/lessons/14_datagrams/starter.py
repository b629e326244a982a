"""Lesson 14: asks questions over UDP, and prints the answers in order, although datagrams get lost."""

import sys

from core import DatagramProtocol, Reactor

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 3
INTERVAL, TRIES = 0.1, 10


class Client(DatagramProtocol):
    def start_protocol(self) -> None:
        for number in range(1, COUNT + 1):
            self.transport.write(b"Q %d" % number, ("127.0.0.1", PORT))

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        _, number, value = data.decode().split(" ", 2)
        # TODO: print the answers in order, each once. Ask again for those that do not come within
        # INTERVAL seconds, TRIES times at most. When all are known or lost, stop the reactor.
        print(number, value)


reactor = Reactor()
client = Client()
reactor.listen_udp(0, client)
reactor.run()
# TODO: exit with status 1 if a question was not answered.
