import sys

from core import Factory, LineReceiver, Reactor

PORT = int(sys.argv[1])


class Greeter(LineReceiver):
    name = b""

    def line_received(self, line):
        command, text = line.upper(), line[5:]
        if command.startswith(b"QUIT"):
            self.send_line(b"221 bye")
            self.transport.lose_connection()
        elif command.startswith(b"HELO") and self.name:
            self.send_line(b"503 you are " + self.name)
        elif command.startswith(b"HELO"):
            self.name = text
            self.send_line(b"250 hello " + self.name)
        elif command.startswith(b"SAY") and self.name:
            self.send_line(b"250 " + self.name + b" says " + line[4:])
        elif command.startswith(b"SAY"):
            self.send_line(b"503 first HELO")
        else:
            self.send_line(b"500 what?")


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Greeter))
reactor.run()
