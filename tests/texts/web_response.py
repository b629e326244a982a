"""Text 2, the response: its parts, and a protocol that prints the beginning of the body."""

from core import Deferred, Protocol, Reactor
from core.web import Agent, Headers


class BeginningPrinter(Protocol):
    def __init__(self, finished: Deferred[None]) -> None:
        self.finished = finished
        self.remaining = 10240

    def data_received(self, data: bytes) -> None:
        if self.remaining:
            shown = data[: self.remaining]
            print("Some of the body:", shown)
            self.remaining -= len(shown)

    def connection_lost(self, reason: Exception) -> None:
        print("The body ends:", reason)
        self.finished.callback(None)


async def main(reactor: Reactor, url: bytes) -> None:
    response = await Agent(reactor).request(b"GET", url, Headers({"User-Agent": ["Web Client Listing"]}))
    print("Version:", response.version)
    print("Code:", response.code)
    print("Phrase:", response.phrase)
    print("Headers:", list(response.headers.get_all_raw_headers()))
    finished = Deferred[None]()
    response.deliver_body(BeginningPrinter(finished))
    await finished
