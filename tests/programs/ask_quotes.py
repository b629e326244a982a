"""Asks many QOTD servers at once, and gives each of them one second: `ask_quotes.py PORT …`."""

import sys

from core import ClientCreator, Deferred, DeferredList, Protocol, Reactor


class Quote(Protocol):
    def __init__(self) -> None:
        self.text = b""
        self.whole: Deferred[str] = Deferred(lambda _: self.transport.abort_connection())

    def data_received(self, data: bytes) -> None:
        self.text += data

    def connection_lost(self, reason: Exception) -> None:
        if not self.whole.called:
            self.whole.callback(self.text.decode().strip() or reason)


async def ask(reactor: Reactor, port: int) -> str:
    quote = await ClientCreator(reactor, Quote).connect_tcp("127.0.0.1", port)
    return await quote.whole


def main(reactor: Reactor, ports: list[int]) -> Deferred[None]:
    asked = [Deferred.from_coroutine(ask(reactor, port)).add_timeout(1, reactor) for port in ports]
    return DeferredList(asked, consume_errors=True).add_callback(report, ports)


def report(results: list[tuple[bool, str | Exception]], ports: list[int]) -> None:
    for port, (_, result) in zip(ports, results, strict=True):
        print(f"{port}: {result if isinstance(result, str) else repr(result)}")


if __name__ == "__main__":
    reactor = Reactor()
    asked = main(reactor, [int(port) for port in sys.argv[1:]])
    asked.add_both(lambda _: reactor.stop())
    reactor.run()
