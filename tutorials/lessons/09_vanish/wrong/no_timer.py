import sys

from core import Factory, LineReceiver, Reactor

PORT = int(sys.argv[1])


class Echo(LineReceiver):
    timeout = None

    def line_received(self, line):
        if self.timeout is not None:
            self.timeout.cancel()
        self.timeout = reactor.call_later(0.5, self.give_up)
        self.send_line(line)

    def give_up(self):
        self.send_line(b"bye")
        self.transport.lose_connection()

    def connection_lost(self, reason):
        if self.timeout is not None and self.timeout.active():
            self.timeout.cancel()


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Echo))
reactor.run()
