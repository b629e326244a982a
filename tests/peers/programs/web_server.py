"""A web server written as a Twisted programmer would write it. It prints where it listens."""

from twisted.internet import reactor
from twisted.web.resource import EncodingResourceWrapper, NoResource, Resource
from twisted.web.server import NOT_DONE_YET, GzipEncoderFactory, Request, Site
from twisted.web.static import Data
from twisted.web.util import Redirect


class Echo(Resource):
    isLeaf = True

    def render_POST(self, request: Request) -> object:
        request.setHeader(b"X-Type", request.getHeader(b"Content-Type") or b"none")
        return request.content.read()


class Pieces(Resource):
    """A page that is written later, and whose length is not known."""

    isLeaf = True

    def render_GET(self, request: Request) -> object:
        for number in range(3):
            reactor.callLater(number / 100, request.write, b"piece %d\n" % number)
        reactor.callLater(0.03, request.finish)
        return NOT_DONE_YET


class Cut(Resource):
    """A page whose connection ends too early."""

    isLeaf = True

    def render_GET(self, request: Request) -> object:
        request.setHeader(b"Content-Length", b"100")
        request.write(b"only this")
        reactor.callLater(0.01, request.transport.loseConnection)
        return NOT_DONE_YET


class Cookie(Resource):
    isLeaf = True

    def render_GET(self, request: Request) -> object:
        visits = int(request.getCookie(b"visits") or b"0") + 1
        request.addCookie(b"visits", b"%d" % visits)
        return b"%d" % visits


root = Resource()
root.putChild(b"hello", Data(b"hello", "text/plain"))
root.putChild(b"large", Data(bytes(range(256)) * 20_000, "application/octet-stream"))
root.putChild(
    b"packed", EncodingResourceWrapper(Data(b"pack me" * 1000, "text/plain"), [GzipEncoderFactory()])
)
root.putChild(b"moved", Redirect(b"/hello"))
root.putChild(b"echo", Echo())
root.putChild(b"pieces", Pieces())
root.putChild(b"cut", Cut())
root.putChild(b"cookie", Cookie())
root.putChild(b"none", NoResource())
port = reactor.listenTCP(0, Site(root), interface="127.0.0.1")
print(f"web listening on tcp:127.0.0.1:{port.getHost().port}", flush=True)
print("stop with Ctrl-C", flush=True)
reactor.run()
