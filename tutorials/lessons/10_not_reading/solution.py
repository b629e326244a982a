"""Lesson 10: sends as many lines as it is asked for, no faster than the peer reads them."""

import sys

from core import Factory, LineReceiver, PushProducer, Reactor

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000


class Lines(PushProducer):
    """Writes the lines 1 to `last` to a protocol's transport, until it is paused, and then on."""

    def __init__(self, sender: "Sender", last: int) -> None:
        self.sender, self.last = sender, last
        self.number = 0
        self.paused = False

    def pause_producing(self) -> None:
        self.paused = True

    def resume_producing(self) -> None:
        self.paused = False
        while self.number < self.last and not self.paused:
            self.number += 1
            self.sender.transport.write(b"%01000d\n" % self.number)
        if self.number == self.last:
            self.sender.finished()


class Sender(LineReceiver):
    def line_received(self, line: bytes) -> None:
        lines = Lines(self, int(line.removeprefix(b"SEND ")))
        self.pause_producing()
        self.transport.register_producer(lines, streaming=True)
        lines.resume_producing()

    def finished(self) -> None:
        self.transport.unregister_producer()
        self.resume_producing()


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Sender))
reactor.run()
