import sys

from core import DatagramProtocol, Reactor

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 3
INTERVAL, TRIES = 0.1, 10


class Client(DatagramProtocol):
    def start_protocol(self) -> None:
        self.results: dict[int, str] = {}
        self.printed = 0
        for number in range(1, COUNT + 1):
            self.ask(number, TRIES)

    def ask(self, number: int, tries: int) -> None:
        if tries == 0:
            self.finish(number, f"{number} lost")
            return
        self.transport.write(b"Q %d" % number, ("127.0.0.1", PORT))
        reactor.call_later(INTERVAL, self.ask, number, tries - 1)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        _, number, value = data.decode().split(" ", 2)
        self.finish(int(number), f"{number} {value}")

    def finish(self, number: int, result: str) -> None:
        if number in self.results:
            return
        self.results[number] = result
        while self.printed + 1 in self.results:
            self.printed += 1
            print(self.results[self.printed])
        if self.printed == COUNT:
            reactor.stop()


reactor = Reactor()
client = Client()
reactor.listen_udp(0, client)
reactor.run()
sys.exit(any(line == f"{number} lost" for number, line in client.results.items()))
