"""Text 3, the single-use client: the greeter's listing as a coroutine, and a failure is reported."""

from core import ClientCreator, Protocol, Reactor


class Messenger(Protocol):
    def send_message(self, text: str) -> None:
        self.transport.write(f"MESSAGE {text}\n".encode())


async def main(reactor: Reactor, host: str, port: int, second: float = 1.0) -> None:
    messenger = await ClientCreator(reactor, Messenger).connect_tcp(host, port)
    messenger.send_message("Hello")
    reactor.call_later(second, messenger.send_message, "A second has passed")
    reactor.call_later(2 * second, messenger.transport.lose_connection)
