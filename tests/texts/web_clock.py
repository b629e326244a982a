"""Text 2, the server: a page that is made anew for each request."""

import time

from core import Address, Reactor
from core.web import Request, Resource, Site


class ClockPage(Resource):
    is_leaf = True

    def render_GET(self, request: Request) -> bytes:
        return time.ctime().encode()


def main(reactor: Reactor, port: int = 8880) -> Address:
    return reactor.listen_tcp(port, Site(ClockPage())).host
