"""Site: the factory of a web server. It has the tree of pages, and writes the access log."""

from collections.abc import Callable

from core.interfaces import Address, ReactorTime
from core.mistakes.checks import check_no_class
from core.protocols.protocol import Factory
from core.web import access_log
from core.web.answers import Refusal
from core.web.channel import MAX_BODY, HTTPChannel
from core.web.rendering import ContentFile
from core.web.request import Request
from core.web.resources import Resource, get_child_for_request


class Site(Factory):
    """A web site: the pages below `resource`. A server:

    from core import Reactor
    from core.web import Request, Resource, Site

    class Hello(Resource):
        is_leaf = True

        def render_GET(self, request: Request) -> bytes:
            return b"Hello!"

    reactor = Reactor()
    reactor.listen_tcp(8880, Site(Hello()))
    reactor.run()
    """

    protocol = HTTPChannel

    max_body: int | None = MAX_BODY
    """The size of the largest body of a request; None: no limit. See `Resource.open_content`, too."""

    timeout: float | None = 60.0
    """Seconds for a request to come, and between two requests of a connection; None: no limit."""

    clock: ReactorTime | None = None
    """The clock for the timeout. By default it is the reactor of the connection."""

    def __init__(
        self, resource: Resource, request_factory: Callable[[HTTPChannel], Request] = Request
    ) -> None:
        check_no_class("Site", resource)
        self.resource = resource
        self.request_factory = request_factory

    def build_protocol(self, address: Address) -> HTTPChannel:
        channel = HTTPChannel()
        channel.factory = self
        channel.site = self
        channel.request_factory = self.request_factory
        channel.max_body, channel.timeout, channel.clock = self.max_body, self.timeout, self.clock
        return channel

    def get_resource_for(self, request: Request) -> Resource:
        """The page for the path of `request`."""
        request.site = self
        return get_child_for_request(self.resource, request)

    def open_content(self, request: Request) -> ContentFile | None:
        """The file for the body of `request`, if a page that was put into the tree opens one."""
        page = self.resource
        for segment in request.postpath:
            if page.is_leaf:
                break
            if (child := page.children.get(segment)) is None:
                return None
            page = child
        return page.open_content(request)

    def log(self, request: Request) -> None:
        """Write the answer to `request` into the access log."""
        if not access_log.is_enabled():
            return
        line = b" ".join((request.method, request.uri, request.clientproto))
        access_log.write(request.client_address, request.get_user(), line, request.code, request.sent_length)

    def log_refusal(self, peer: Address, refusal: Refusal) -> None:
        """Write a request that was refused into the access log."""
        access_log.write(peer, b"", b"-", refusal.code, 0)
