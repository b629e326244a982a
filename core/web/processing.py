"""Makes an answer of what a page returns or raises."""

import logging
from collections.abc import Coroutine
from http import HTTPStatus
from typing import Protocol as Shape

from core.deferred import Deferred
from core.errors import CancelledError
from core.formats.text import decode
from core.interfaces import Transport
from core.mistakes import name_of
from core.web import answers
from core.web.contracts import AnswerState
from core.web.headers import Headers
from core.web.rendering import NOT_DONE_YET, UnsupportedMethod

log = logging.getLogger(__name__)


class Answerable(Shape):
    """The part of a Request that is needed to answer it."""

    uri: bytes
    code: int
    state: AnswerState
    response_headers: Headers

    @property
    def transport(self) -> Transport: ...

    def set_response_code(self, code: int) -> None: ...

    def write(self, data: bytes) -> None: ...

    def finish(self) -> None: ...

    def unregister_producer(self) -> None: ...


class Processing:
    """The rendering of one request."""

    def __init__(self, request: Answerable) -> None:
        self._request = request
        self._waits_for: Deferred[None] | None = None

    def rendered(self, result: object) -> None:
        """A page returned `result`: send it, or wait for it. TypeError for what is no RenderResult."""
        request = self._request
        if result is NOT_DONE_YET or request.state is AnswerState.LOST:
            return
        if isinstance(result, Coroutine):
            result = Deferred.from_coroutine(result)
        if isinstance(result, Deferred):
            self._waits_for = result.add_callback(self.rendered)
            self._waits_for.add_errback(self.failed)
        elif isinstance(result, bytes):
            if request.state is AnswerState.UNSENT and request.code not in answers.WITHOUT_BODY:
                request.response_headers.set_raw_headers(b"Content-Length", [b"%d" % len(result)])
            request.write(result)
            request.finish()
        else:
            raise TypeError(
                f"the page for {decode(request.uri)} returned {name_of(result)}. "
                "Return bytes (encode text), or NOT_DONE_YET if the answer comes later."
            )

    def failed(self, error: Exception) -> None:
        """Log `error`, and answer 500. UnsupportedMethod is not logged, and is answered with 405."""
        request = self._request
        if request.state is AnswerState.UNSENT and isinstance(error, UnsupportedMethod):
            request.response_headers.set_raw_headers(b"Allow", [b", ".join(error.allowed_methods)])
            self.send_error(HTTPStatus.METHOD_NOT_ALLOWED, "This page does not have this method.")
        elif not (request.state is AnswerState.LOST and isinstance(error, CancelledError)):
            log.error("the page for %s failed", decode(request.uri), exc_info=error)
            if request.state is AnswerState.UNSENT:
                request.response_headers = Headers()
                self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR, "This page has failed.")
            elif request.state is AnswerState.STARTED:
                request.transport.abort_connection()  # half an answer must not look complete

    def send_error(self, code: HTTPStatus, detail: str) -> None:
        """Answer with this code and a page that says `detail`, which is HTML."""
        request = self._request
        request.unregister_producer()
        request.set_response_code(code)
        request.response_headers.set_raw_headers(b"Content-Type", [b"text/html; charset=utf-8"])
        self.rendered(answers.page(code, code.phrase, detail))

    def cancel(self) -> None:
        """The client has gone: cancel the Deferred that the page has returned."""
        if self._waits_for is not None:
            self._waits_for.cancel()
