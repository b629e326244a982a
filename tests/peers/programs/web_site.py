"""A site on `core.web` for the tests with other programs."""

import sys
from pathlib import Path

from core import Reactor
from core.web import (
    NOT_DONE_YET,
    EncodingResourceWrapper,
    File,
    GzipEncoderFactory,
    RenderResult,
    Request,
    Resource,
    Site,
)
from core.web.rendering import ContentFile


class Hello(Resource):
    is_leaf = True

    def render_GET(self, request: Request) -> bytes:
        return b"Hello, web!\n"


class Pieces(Resource):
    def render_GET(self, request: Request) -> RenderResult:
        for number in range(3):
            request.write(b"piece %d\n" % number)
        request.finish()
        return NOT_DONE_YET


class Echo(Resource):
    def render_POST(self, request: Request) -> bytes:
        return request.content.read()

    render_PUT = render_POST


class Drain:
    """Counts the bytes of an upload."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: bytes) -> None:
        self.size += len(data)

    def read(self, size: int = -1) -> bytes:
        return b"%d" % self.size

    def seek(self, offset: int) -> int:
        return offset

    def close(self) -> None: ...


class Upload(Resource):
    def open_content(self, request: Request) -> ContentFile:
        return Drain()

    def render_PUT(self, request: Request) -> bytes:
        return request.content.read()


class Memory(Resource):
    """The largest amount of memory that the process had so far, in KiB."""

    def render_GET(self, request: Request) -> bytes:
        status = Path("/proc/self/status").read_text()
        return status.partition("VmHWM:")[2].split()[0].encode()


root = Resource()
root.put_child(b"hello", Hello())
root.put_child(b"packed", EncodingResourceWrapper(Hello(), [GzipEncoderFactory()]))
root.put_child(b"pieces", Pieces())
root.put_child(b"echo", Echo())
root.put_child(b"upload", Upload())
root.put_child(b"memory", Memory())
root.put_child(b"files", File(sys.argv[1]))

reactor = Reactor()
port = reactor.listen_tcp(0, Site(root))
print(f"web listening on {port.host}\nstop with Ctrl-C", flush=True)
reactor.run()
