import sys

from core import Factory, LineReceiver, Reactor

PORT = int(sys.argv[1])
TIMEOUT = 0.5


class Echo(LineReceiver):
    def connection_made(self):
        self.timeout = reactor.call_later(TIMEOUT, self.give_up)

    def line_received(self, line):
        if self.timeout.active():
            self.timeout.cancel()
        self.send_line(line)

    def give_up(self):
        self.send_line(b"bye")
        self.transport.lose_connection()

    def connection_lost(self, reason):
        if self.timeout.active():
            self.timeout.cancel()


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Echo))
reactor.run()
