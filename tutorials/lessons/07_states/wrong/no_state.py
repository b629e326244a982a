import sys

from core import Factory, LineReceiver, Reactor

PORT = int(sys.argv[1])


class Greeter(LineReceiver):
    name = b"?"

    def line_received(self, line):
        command, _, text = line.partition(b" ")
        match command.upper():
            case b"QUIT":
                self.send_line(b"221 bye")
                self.transport.lose_connection()
            case b"HELO":
                self.name = text
                self.send_line(b"250 hello " + self.name)
            case b"SAY":
                self.send_line(b"250 " + self.name + b" says " + text)
            case _:
                self.send_line(b"500 what?")


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Greeter))
reactor.run()
