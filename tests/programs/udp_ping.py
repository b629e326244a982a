"""A UDP ping with statistics: `udp_ping.py PORT COUNT`."""

import sys

from core import DatagramProtocol, LoopingCall, Reactor


class Ping(DatagramProtocol):
    def __init__(self, reactor: Reactor, port: int, count: int) -> None:
        self.reactor = reactor
        self.port = port
        self.count = count
        self.sent: dict[bytes, float] = {}
        self.times: list[float] = []

    def start_protocol(self) -> None:
        self.transport.connect("127.0.0.1", self.port)
        self.sending = LoopingCall(self.send)
        self.sending.clock = self.reactor
        self.sending.start(0.05)

    def send(self) -> None:
        number = b"%d" % len(self.sent)
        self.sent[number] = self.reactor.seconds()
        self.transport.write(number)
        if len(self.sent) == self.count:
            self.sending.stop()
            self.reactor.call_later(1, self.finish)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        if data in self.sent:
            self.times.append((self.reactor.seconds() - self.sent[data]) * 1000)
        if len(self.times) == self.count:
            self.finish()

    def connection_refused(self) -> None:
        print("nothing listens there")
        self.finish()

    def finish(self) -> None:
        lost = self.count - len(self.times)
        print(f"{self.count} sent, {lost} lost")
        if self.times:
            low, high, mean = min(self.times), max(self.times), sum(self.times) / len(self.times)
            print(f"round trip {low:.1f} to {high:.1f} ms, {mean:.1f} ms on average")
        self.reactor.stop()


if __name__ == "__main__":
    reactor = Reactor()
    reactor.listen_udp(0, Ping(reactor, int(sys.argv[1]), int(sys.argv[2])))
    reactor.run()
