"""Request: the client's question, and the answer to it.

A page answers with the bytes that its `render` returns, or with NOT_DONE_YET and later calls of `write` and
`finish`. Until `write` is called for the first time, the code and the headers can still change.
"""

import logging
from http import HTTPStatus
from io import BytesIO
from math import ceil
from tempfile import SpooledTemporaryFile
from typing import AnyStr
from urllib.parse import unquote_to_bytes

from core.deferred import Deferred
from core.formats.text import decode
from core.interfaces import Address, Bytes, PushProducer, Transport, as_bytes
from core.mistakes.table import defined_at
from core.web import answers, conditions, cookies, forms
from core.web.contracts import AnswerState, Channel, Page
from core.web.dates import datetime_to_string
from core.web.headers import Headers, value_of
from core.web.heads import RequestHead, asks_to_close
from core.web.processing import report_failure, send_error, send_result
from core.web.rendering import CACHED, Cached, ContentFile, Encoder

log = logging.getLogger(__name__)

MAX_IN_MEMORY = 100_000
"""A longer body is stored in a temporary file."""

UNSENT, STARTED, FINISHED, LOST = AnswerState


class Request:
    """A request, and the answer to it. `process` is called when the whole request is there."""

    method = b"(no method yet)"
    uri = b"(no uri yet)"
    path = b""
    clientproto = b"(no clientproto yet)"
    code: int = HTTPStatus.OK
    code_message: bytes | None = None
    default_content_type: bytes | None = b"text/html"
    last_modified: int | None = None
    keeps_alive = True
    """Whether the connection stays open for another request after this one."""

    producer: PushProducer | None = None
    waits_for: Deferred[None] | None = None
    """The Deferred that the page has returned, if it has."""

    _stores_content = True
    _page: Page["Request"] | None = None
    _encoder: Encoder | None = None
    _lost_by: Exception | None = None
    _framing = answers.NO_FRAMING

    def __init__(self, channel: Channel["Request"]) -> None:
        self.channel = channel
        self.site = channel.site
        self.request_headers = Headers()
        self.response_headers = Headers()
        self.content: ContentFile = BytesIO()
        self.args: dict[bytes, list[bytes]] = {}
        self.prepath: list[bytes] = []
        self.postpath: list[bytes] = []
        self.state = UNSENT
        self._notified: list[Deferred[None]] = []

    @property
    def transport(self) -> Transport:
        """The transport of the connection."""
        return self.channel.transport

    @property
    def sent_length(self) -> int:
        """The number of bytes of the body that were sent so far, without the framing of chunks."""
        return self._framing.sent

    @property
    def client_address(self) -> Address:
        """The address of the client."""
        return self.channel.transport.peer

    def is_secure(self) -> bool:
        """Whether the connection is encrypted."""
        return self.channel.is_secure()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {decode(self.method)} {decode(self.uri)} {self.state.value}>"

    # --- the channel calls these

    def begin(self, head: RequestHead) -> None:
        """The head is there. The body is still to come."""
        self.method, self.uri, self.path = head.method, head.uri, head.path
        self.clientproto, self.request_headers = head.version, head.headers.copy()
        self.keeps_alive = head.keeps_alive
        if head.query:
            self.args = forms.parse_arguments(head.query)
        segments = head.path[1:].split(b"/")
        self.postpath = list(map(unquote_to_bytes, segments)) if b"%" in head.path else segments

    def open_content(self) -> bool:
        """Open a file for the body that follows. False if it is a file of the page's, which has no limit."""
        content = None if self.site is None else self.site.open_content(self)
        self._stores_content = content is None
        self.content = SpooledTemporaryFile(MAX_IN_MEMORY) if content is None else content  # noqa: SIM115
        return self._stores_content

    def content_received(self) -> None:
        """The whole body is in `content`. Raises Refusal for a form that has too many arguments."""
        if not self._stores_content:
            return
        self.content.seek(0)
        if forms.is_form(self.request_headers):
            self.args.update(forms.parse_arguments(self.content.read()))
            self.content.seek(0)

    def connection_lost(self, reason: Exception) -> None:
        """The client has gone before the answer was complete: notify, and cancel the rendering."""
        if self.state in (UNSENT, STARTED):
            self.state = LOST
            self.content.close()
            if self.waits_for is not None:
                self.waits_for.cancel()
            self._notify(reason)

    # --- the page

    def process(self) -> None:
        """Find the page in the site, and let it render the answer. A subclass may override this."""
        if self.path == b"*":
            send_result(b"", self)
        elif self.site is None:
            send_error(self, HTTPStatus.NOT_FOUND, "There is no site here.")
        else:
            self.render(self.site.get_resource_for(self))

    def render(self, page: Page["Request"]) -> None:
        """Send what `page` renders."""
        self._page = page
        send_result(page.render(self), self)

    def rendered_by(self) -> str:
        """The method that renders the page, as text: its file, line and name."""
        return defined_at(getattr(self._page, "render_" + decode(self.method), type(self._page)))

    def processing_failed(self, error: Exception) -> None:
        """Log `error`, and answer 500. UnsupportedMethod is not logged, and is answered with 405."""
        self._page = self._encoder = None  # an error page is not encoded
        report_failure(error, self)

    # --- the answer

    def write(self, data: Bytes) -> None:
        """Send a piece of the body; the first call sends the head, too. TypeError for anything but bytes.

        Does nothing once the client has gone. RuntimeError after `finish`.
        """
        if not isinstance(data, bytes):
            data = as_bytes(data)
        if self.state is FINISHED:
            raise RuntimeError("write was called after finish. Call finish when everything is written.")
        if self.state is LOST:
            return
        head = b""
        if self.state is UNSENT:
            head = self._start()
            self.state = STARTED
        self._send(head, data if self._encoder is None else self._encoder.encode(data))

    def _start(self) -> bytes:
        """Decide how the body is encoded and how it ends. Returns the head."""
        headers, has_body = self.response_headers, self.code not in answers.WITHOUT_BODY
        if self._page is not None and has_body and not answers.is_encoded(self.code, headers):
            self._encoder = self._page.get_encoder(self)
        if not has_body:
            headers.remove_header(b"Content-Length")
        sends_body = has_body and self.method != b"HEAD"
        self._framing = answers.Framing(headers, sends_body, self.clientproto > b"HTTP/1.0")
        if self._framing.ends_with_connection or asks_to_close(headers.get(b"Connection")):
            self.keeps_alive = False
        if not self.keeps_alive:
            headers.set_raw_headers(b"Connection", [b"close"])
        answers.add_defaults(headers, self.default_content_type if has_body else None)
        return answers.head(self.code, self.code_message, headers.get_all_raw_headers())

    def _send(self, head: bytes, data: bytes) -> None:
        try:
            piece = self._framing.piece(data)
        except RuntimeError as error:
            self.processing_failed(error)
        else:
            if head or piece:
                self.channel.transport.write(head + piece)

    def finish(self) -> None:
        """The answer is complete. RuntimeError if the client has gone: see `notify_finish`."""
        if self.state is LOST:
            raise RuntimeError("finish was called after the client had gone. notify_finish() tells of that.")
        if self.state is FINISHED:
            log.warning("finish was called twice for %s. Call it once.", decode(self.uri))
            return
        if self.state is UNSENT:
            if self.code not in answers.WITHOUT_BODY and self.method != b"HEAD":
                self.response_headers.set_raw_headers(b"Content-Length", [b"0"])
            self.write(b"")
        if self._encoder is not None:
            self._send(b"", self._encoder.finish())
        self.unregister_producer()
        try:
            end = self._framing.end()
        except RuntimeError as error:
            self.processing_failed(error)
            return
        if end:
            self.channel.transport.write(end)
        self._complete()

    def _complete(self) -> None:
        self.state = FINISHED
        self.content.close()
        if self.site is not None:
            self.site.log(self)
        self._notify(None)
        self.channel.request_done(self)

    def notify_finish(self) -> Deferred[None]:
        """A Deferred: None when the answer is complete, or the reason when the client has gone before."""
        deferred = Deferred[None]()
        if self.state in (UNSENT, STARTED):
            self._notified.append(deferred)
        else:
            deferred.callback(self._lost_by)
        return deferred

    def _notify(self, reason: Exception | None) -> None:
        self._lost_by = reason
        notified, self._notified = self._notified, []
        for deferred in notified:
            deferred.callback(reason)

    def register_producer(self, producer: PushProducer, streaming: bool) -> None:
        """Pause and resume `producer`, which calls `write`, as the client reads; see Transport.

        ValueError if there is one already.
        """
        if self.producer is not None:
            raise ValueError("there is a producer already. Call unregister_producer first.")
        if self.state is LOST:
            producer.stop_producing()
            return
        self.producer = producer
        self.channel.register_producer(producer, streaming)

    def unregister_producer(self) -> None:
        """The producer has no more data. Does nothing if there is none."""
        if self.producer is not None:
            self.producer = None
            self.channel.unregister_producer()

    # --- headers

    def set_response_code(self, code: int, message: bytes | None = None) -> None:
        """Set the code of the answer, and its reason phrase if it is not the usual one."""
        self.code = code
        self.code_message = None if message is None else value_of(as_bytes(message))

    def set_header(self, name: str | bytes, value: str | bytes) -> None:
        """Set a header of the answer, in place of its former values."""
        self.response_headers.set_raw_headers(name, [value])

    def get_header(self, name: AnyStr) -> AnyStr | None:
        """The last value of a header of the request, or None. Text for a text name."""
        values = self.request_headers.get_raw_headers(name)
        return None if values is None else values[-1]

    def redirect(self, url: str | bytes) -> None:
        """Answer 302 with this location. The page still has to be finished."""
        self.set_response_code(HTTPStatus.FOUND)
        self.set_header(b"Location", url)

    def add_cookie(
        self,
        key: str | bytes,
        value: str | bytes,
        expires: str | bytes | None = None,
        domain: str | bytes | None = None,
        path: str | bytes | None = None,
        max_age: str | bytes | None = None,
        comment: str | bytes | None = None,
        secure: bool | None = None,
        http_only: bool = False,
        same_site: str | bytes | None = None,
    ) -> None:
        """Add a cookie to the answer (RFC 6265). `max_age` is a number of seconds, as text or bytes."""
        attributes = [
            *((b"Expires", expires), (b"Domain", domain), (b"Path", path)),
            *((b"Max-Age", max_age), (b"Comment", comment)),
        ]
        cookie = cookies.set_cookie(key, value, attributes, bool(secure), http_only, same_site)
        self.response_headers.add_raw_header(b"Set-Cookie", cookie)

    def get_cookie(self, key: bytes) -> bytes | None:
        """The value of a cookie of the request, or None."""
        return cookies.parse_cookies(self.request_headers.get_raw_headers(b"Cookie", [])).get(key)

    def get_user(self) -> bytes:
        """The user of a basic authorisation, empty without one."""
        return forms.parse_credentials(self.request_headers)[0]

    def get_password(self) -> bytes:
        """The password of a basic authorisation, empty without one."""
        return forms.parse_credentials(self.request_headers)[1]

    def set_last_modified(self, seconds: float) -> Cached | None:
        """Set Last-Modified, unless a later time was set. CACHED if the client's condition forbids a body."""
        modified = ceil(seconds)
        if self.last_modified is None or modified > self.last_modified:
            self.last_modified = modified
            self.response_headers.put(b"Last-Modified", datetime_to_string(modified))
        return self._condition(
            conditions.modified_code(self.request_headers, self.last_modified, self._reads())
        )

    def set_etag(self, tag: bytes) -> Cached | None:
        """Set the ETag. CACHED if the client's condition forbids a body: it has this version, for example."""
        self.response_headers.put(b"ETag", value_of(tag))
        return self._condition(conditions.etag_code(self.request_headers, tag, self._reads()))

    def _reads(self) -> bool:
        return self.method in (b"GET", b"HEAD")

    def _condition(self, code: int | None) -> Cached | None:
        if code is None:
            return None
        self.set_response_code(code)
        return CACHED
