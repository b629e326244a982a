"""Text 2, the server: an answer that comes later. A page may be a coroutine."""

from core import Reactor, defer_later
from core.web import Request, Resource


class DelayedResource(Resource):
    is_leaf = True

    def __init__(self, reactor: Reactor, seconds: float = 5) -> None:
        self.reactor, self.seconds = reactor, seconds

    async def render_GET(self, request: Request) -> bytes:
        await defer_later(self.reactor, self.seconds)
        return b"Sorry, this took a while."
