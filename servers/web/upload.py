"""`/upload`: counts the bytes of a file of any size, and keeps none of them."""

import logging

from core.web import Request
from servers.web.layout import Page

log = logging.getLogger(__name__)


class Counter:
    """A file that counts what is written to it."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: bytes) -> int:
        """Count `data`, and forget it."""
        self.size += len(data)
        return len(data)

    def read(self, size: int = -1) -> bytes:
        """Nothing: nothing is kept."""
        return b""

    def seek(self, offset: int) -> int:
        """Do nothing: there is only one place."""
        return 0

    def close(self) -> None:
        """Do nothing: there is no file."""


class Upload(Page):
    """A form with a progress bar. The body of a POST or PUT may have any size; its bytes are only counted."""

    title = "Upload"
    name = "upload"
    script = "upload.js"

    def open_content(self, request: Request) -> Counter | None:
        """Count the body of a POST or PUT. Any other body is handled as usual."""
        return Counter() if request.method in (b"POST", b"PUT") else None

    def render_POST(self, request: Request) -> bytes:
        assert isinstance(request.content, Counter)
        log.info("%s has uploaded %d bytes", request.client_address, request.content.size)
        request.set_header(b"Content-Type", b"text/plain; charset=utf-8")
        return b"%d bytes came, and none was kept.\n" % request.content.size

    def render_PUT(self, request: Request) -> bytes:
        """As POST: `curl -T FILE` sends a PUT."""
        return self.render_POST(request)
