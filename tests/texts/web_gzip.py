"""Text 2, the server: a page that is compressed for clients that accept it."""

from core import Address, Reactor
from core.endpoints import StreamEndpoint
from core.web import EncodingResourceWrapper, GzipEncoderFactory, Request, Resource, Site


class Simple(Resource):
    is_leaf = True

    def render_GET(self, request: Request) -> bytes:
        return b"Hello, web!"


def main(reactor: Reactor, endpoint: StreamEndpoint) -> Address:
    site = Site(EncodingResourceWrapper(Simple(), [GzipEncoderFactory()]))
    return endpoint.listen(reactor, site).host
