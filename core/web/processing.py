"""Sends the result of a page as the answer, and an error page for an exception."""

import logging
from collections.abc import Coroutine
from http import HTTPStatus
from typing import Protocol as Shape

from core.deferred import Deferred
from core.errors import CancelledError
from core.formats.text import decode
from core.interfaces import Transport
from core.mistakes.hints import log_failure
from core.mistakes.table import Mistake, name_of
from core.web import answers
from core.web.contracts import AnswerState
from core.web.headers import Headers
from core.web.rendering import NOT_DONE_YET, UnsupportedMethod

log = logging.getLogger(__name__)


class Answerable(Shape):
    """The part of a Request that is needed to answer it."""

    method: bytes
    uri: bytes
    code: int
    state: AnswerState
    response_headers: Headers
    waits_for: Deferred[None] | None

    @property
    def transport(self) -> Transport: ...

    def rendered_by(self) -> str: ...

    def set_response_code(self, code: int) -> None: ...

    def write(self, data: bytes) -> None: ...

    def finish(self) -> None: ...

    def processing_failed(self, error: Exception) -> None: ...


def send_result(result: object, request: Answerable) -> None:
    """A page returned `result`: send it, or wait for it. TypeError for what is no RenderResult."""
    if result is NOT_DONE_YET or request.state is AnswerState.LOST:
        return
    if isinstance(result, bytes):
        if request.state is AnswerState.UNSENT and (result or request.method != b"HEAD"):
            request.response_headers.put(b"Content-Length", b"%d" % len(result))
        request.write(result)
        request.finish()
        return
    if isinstance(result, Coroutine):
        result = Deferred.from_coroutine(result)
    if not isinstance(result, Deferred):
        facts = {"place": request.rendered_by(), "path": decode(request.uri), "got": name_of(result)}
        raise TypeError(Mistake.PAGE_RESULT.sentence(**facts))
    request.waits_for = result.add_callback(send_result, request)
    request.waits_for.add_errback(request.processing_failed)


def report_failure(error: Exception, request: Answerable) -> None:
    """Log `error`, and answer 500. UnsupportedMethod is not logged, and is answered with 405."""
    if request.state is AnswerState.UNSENT and isinstance(error, UnsupportedMethod):
        request.response_headers.set_raw_headers(b"Allow", [b", ".join(error.allowed_methods)])
        send_error(request, HTTPStatus.METHOD_NOT_ALLOWED, "This page does not have this method.")
    elif not (request.state is AnswerState.LOST and isinstance(error, CancelledError)):
        log_failure(log, error, "the page for %s failed", decode(request.uri))
        if request.state is AnswerState.UNSENT:
            request.response_headers = Headers()
            send_error(request, HTTPStatus.INTERNAL_SERVER_ERROR, "This page has failed.")
        elif request.state is AnswerState.STARTED:
            request.transport.abort_connection()  # half an answer must not look complete


def send_error(request: Answerable, code: HTTPStatus, detail: str) -> None:
    """Answer with this code and a page that says `detail`, which is HTML."""
    request.set_response_code(code)
    request.response_headers.put(b"Content-Type", b"text/html; charset=utf-8")
    send_result(answers.page(code, code.phrase, detail), request)
