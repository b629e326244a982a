"""Text 1, a client that a ClientCreator connects: callbacks of a Deferred, and timers."""

from core import ClientCreator, Protocol, Reactor


class Greeter(Protocol):
    def send_message(self, text: str) -> None:
        self.transport.write(f"MESSAGE {text}\n".encode())


def main(reactor: Reactor, host: str, port: int, second: float = 1.0) -> None:
    def greet(greeter: Greeter) -> None:
        greeter.send_message("Hello")
        reactor.call_later(second, greeter.send_message, "A second has passed")
        reactor.call_later(2 * second, greeter.transport.lose_connection)

    ClientCreator(reactor, Greeter).connect_tcp(host, port).add_callback(greet)
