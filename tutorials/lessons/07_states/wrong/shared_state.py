import sys

from core import Factory, LineReceiver, Reactor

PORT = int(sys.argv[1])


class Greeter(LineReceiver):
    def line_received(self, line):
        command, _, text = line.partition(b" ")
        name = self.factory.name
        match command.upper():
            case b"QUIT":
                self.send_line(b"221 bye")
                self.transport.lose_connection()
            case b"HELO" if name:
                self.send_line(b"503 you are " + name)
            case b"HELO":
                self.factory.name = text
                self.send_line(b"250 hello " + text)
            case b"SAY" if name:
                self.send_line(b"250 " + name + b" says " + text)
            case b"SAY":
                self.send_line(b"503 first HELO")
            case _:
                self.send_line(b"500 what?")


factory = Factory.for_protocol(Greeter)
factory.name = b""
reactor = Reactor()
reactor.listen_tcp(PORT, factory)
reactor.run()
