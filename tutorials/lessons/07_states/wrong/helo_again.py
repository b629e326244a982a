import sys
from enum import Enum

from core import Factory, LineReceiver, Reactor

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000


class State(Enum):
    """The state of a visitor. HELO leads from NEW to NAMED. Nothing leads back."""

    NEW = "new"
    NAMED = "named"


class Greeter(LineReceiver):
    def connection_made(self):
        self.state = State.NEW
        self.name = b""

    def line_received(self, line):
        command, _, text = line.partition(b" ")
        match self.state, command.upper():
            case _, b"QUIT":
                self.send_line(b"221 bye")
                self.transport.lose_connection()
            case _, b"HELO":
                self.name = text
                self.state = State.NAMED
                self.send_line(b"250 hello " + self.name)
            case State.NEW, b"SAY":
                self.send_line(b"503 first HELO")
            case State.NAMED, b"HELO":
                self.send_line(b"503 you are " + self.name)
            case State.NAMED, b"SAY":
                self.send_line(b"250 " + self.name + b" says " + text)
            case _:
                self.send_line(b"500 what?")


reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Greeter))
reactor.run()
