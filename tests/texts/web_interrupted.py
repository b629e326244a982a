"""Text 2, the server: an answer that is cancelled when the client goes."""

from core.interfaces import ReactorTime
from core.web import NOT_DONE_YET, RenderResult, Request, Resource


class DelayedResource(Resource):
    def __init__(self, reactor: ReactorTime) -> None:
        self.reactor = reactor

    def delayed_render(self, request: Request) -> None:
        request.write(b"Sorry, this took a while.")
        request.finish()

    def render_GET(self, request: Request) -> RenderResult:
        call = self.reactor.call_later(5, self.delayed_render, request)
        request.notify_finish().add_errback(lambda error: call.cancel())
        return NOT_DONE_YET
