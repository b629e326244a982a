"""Text 2, the simple GET request of the web client."""

from core import Reactor
from core.web import Agent, Headers


async def main(reactor: Reactor, url: bytes) -> None:
    await Agent(reactor).request(b"GET", url, Headers({"User-Agent": ["Web Client Listing"]}), None)
    print("Response received")
