"""Text 4, insults by topic. Here the factory has the insults; in the text each protocol creates them."""

from core import Address, Factory, LineReceiver, Reactor
from core.formats.text import decode

GREETING = ["This server insults things. Name one.", 'Say "quit" to be rid of it.']
INSULTS = {"umbrellas": "Brave until it is windy.", "alarm clocks": "Always right, never welcome."}


class InsultServer(LineReceiver):
    factory: "InsultServerFactory"

    def connection_made(self) -> None:
        self.send_lines(*self.factory.greeting)

    def line_received(self, line: bytes) -> None:
        topic = decode(line).strip().lower()
        if topic == "quit":
            self.send_lines("Goodbye, and mind the step you missed.")
            self.transport.lose_connection()
        elif topic == "help":
            self.send_lines(*INSULTS)
        else:
            self.send_lines(INSULTS.get(topic, "Not even worth an insult."))

    def send_lines(self, *lines: str) -> None:
        self.transport.write_sequence(line.encode() + self.delimiter for line in lines)


class InsultServerFactory(Factory):
    protocol = InsultServer

    def __init__(self, greeting: list[str]) -> None:
        self.greeting = greeting


def main(reactor: Reactor, port: int) -> Address:
    return reactor.listen_tcp(port, InsultServerFactory(GREETING)).host
