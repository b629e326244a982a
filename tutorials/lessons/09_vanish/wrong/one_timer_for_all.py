import sys

from core import Factory, LineReceiver, Reactor

PORT = int(sys.argv[1])
TIMEOUT = 0.5


class Echo(LineReceiver):
    timeout = None

    def connection_made(self):
        self.start()

    def start(self):
        if Echo.timeout is not None and Echo.timeout.active():
            Echo.timeout.cancel()
        Echo.timeout = reactor.call_later(TIMEOUT, self.give_up)

    def line_received(self, line):
        self.start()
        self.send_line(line)

    def give_up(self):
        self.send_line(b"bye")
        self.transport.lose_connection()


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Echo))
reactor.run()
