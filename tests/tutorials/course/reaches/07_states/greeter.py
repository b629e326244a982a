"""The right answers, for programs that give them in a wrong way."""

from core import LineReceiver


class Greeter(LineReceiver):
    """The right server."""

    name = b""

    def line_received(self, line: bytes) -> None:
        self.answer(*line.partition(b" ")[::2])

    def answer(self, command: bytes, text: bytes) -> None:
        """Answer one command."""
        match command.upper():
            case b"QUIT":
                self.send_line(b"221 bye")
                self.transport.lose_connection()
            case b"HELO" if self.name:
                self.send_line(b"503 you are " + self.name)
            case b"HELO":
                self.name = text
                self.send_line(b"250 hello " + text)
            case b"SAY" if self.name:
                self.send_line(b"250 " + self.name + b" says " + text)
            case b"SAY":
                self.send_line(b"503 first HELO")
            case _:
                self.send_line(b"500 what?")
