import sys

from core import ClientFactory, LineReceiver, Reactor

PORT = int(sys.argv[1])


class Client(LineReceiver):
    def connection_made(self):
        reactor.call_soon(self.ask)

    def ask(self):
        try:
            self.send_line(input().encode())
        except EOFError:
            self.transport.lose_write_connection()
        else:
            reactor.call_later(0.05, self.ask)

    def line_received(self, line):
        print(line.decode(), flush=True)

    def connection_lost(self, reason):
        reactor.stop()


class Clients(ClientFactory):
    protocol = Client


reactor = Reactor()
reactor.stall_limit = 60.0  # no report in the log, which would depend on how busy the machine is
reactor.connect_tcp("127.0.0.1", PORT, Clients())
reactor.run()
