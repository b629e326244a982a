"""Text 2, the request with a body: a producer writes it."""

from core import Deferred, Reactor, succeed
from core.web import Agent, BodyProducer, Headers
from core.web.client.producers import BodyConsumer


class Greeting(BodyProducer):
    def __init__(self, body: bytes) -> None:
        self.body = body
        self.length = len(body)

    def start_producing(self, consumer: BodyConsumer) -> Deferred[None]:
        consumer.write(self.body)
        return succeed(None)

    def pause_producing(self) -> None:
        pass

    def resume_producing(self) -> None:
        pass


async def main(reactor: Reactor, url: bytes) -> None:
    headers = Headers({"User-Agent": ["Web Client Listing"], "Content-Type": ["text/x-greeting"]})
    await Agent(reactor).request(b"POST", url, headers, Greeting(b"good morning"))
    print("Response received")
