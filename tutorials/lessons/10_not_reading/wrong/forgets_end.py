import sys

from core import Factory, LineReceiver, PushProducer, Reactor

PORT = int(sys.argv[1])


class Lines(PushProducer):
    def __init__(self, sender, last):
        self.sender, self.last = sender, last
        self.number = 0
        self.paused = False

    def pause_producing(self):
        self.paused = True

    def resume_producing(self):
        self.paused = False
        while self.number < self.last and not self.paused:
            self.number += 1
            self.sender.transport.write(b"%01000d\n" % self.number)


class Sender(LineReceiver):
    def line_received(self, line):
        lines = Lines(self, int(line.removeprefix(b"SEND ")))
        self.pause_producing()
        self.transport.register_producer(lines, streaming=True)
        lines.resume_producing()


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Sender))
reactor.run()
