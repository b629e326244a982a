import sys
import time

from core import Factory, LineReceiver, Reactor

PORT = int(sys.argv[1])
TIMEOUT = 0.5


class Echo(LineReceiver):
    lines = 0

    def connection_made(self):
        time.sleep(TIMEOUT)
        self.give_up(0)

    def line_received(self, line):
        self.lines += 1
        self.send_line(line)
        time.sleep(TIMEOUT)
        self.give_up(self.lines)

    def give_up(self, lines):
        if self.lines == lines:
            self.send_line(b"bye")
            self.transport.lose_connection()


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Echo))
reactor.run()
