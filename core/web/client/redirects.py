"""Agents that follow redirects (RFC 9110, section 15.4)."""

from collections.abc import Iterable
from http import HTTPStatus

from core.deferred import Deferred
from core.formats.text import decode
from core.web.client.agent import AbstractAgent
from core.web.client.errors import InfiniteRedirection, PageRedirect, RedirectWithNoLocation, ResponseFailed
from core.web.client.producers import BodyProducer
from core.web.client.response import Discard, Response
from core.web.client.uri import URI, checked_uri, join
from core.web.headers import Headers, canonical

SENSITIVE = (b"Authorization", b"Cookie", b"Cookie2", b"Proxy-Authorization", b"WWW-Authenticate", b"Host")
"""The headers that are not sent to another scheme, host or port."""

OF_THE_BODY = (b"Content-Encoding", b"Content-Language", b"Content-Location", b"Content-Type")
"""The headers that describe the body, and are left out with it."""


class RedirectAgent(AbstractAgent):
    """Follows redirects, strictly: a request with a body is not sent again without asking.

    303 becomes a GET. 301, 302, 307 and 308 are followed for GET and HEAD. For another method the Deferred
    fails with ResponseFailed, whose reason is PageRedirect. The reason is InfiniteRedirection after
    `redirect_limit` redirects, and RedirectWithNoLocation if there is no Location.

    Another origin gets neither the credentials nor the headers in `sensitive_header_names`. The body of a
    redirect is thrown away.
    """

    redirect_responses: tuple[HTTPStatus, ...] = (
        *(HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND),
        *(HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT),
    )
    """The codes that keep the method."""

    see_other_responses: tuple[HTTPStatus, ...] = (HTTPStatus.SEE_OTHER,)
    """The codes that make it a GET."""

    def __init__(
        self, agent: AbstractAgent, redirect_limit: int = 20, sensitive_header_names: Iterable[bytes] = ()
    ) -> None:
        self._agent = agent
        self._redirect_limit = redirect_limit
        self._sensitive = {*SENSITIVE, *[canonical(name) for name in sensitive_header_names]}

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        body_producer: BodyProducer | None = None,
    ) -> Deferred[Response]:
        asked = self._agent.request(method, uri, headers, body_producer)
        return asked.add_callback(self._on_response, method, uri, headers, 0)

    def _on_response(
        self, response: Response, method: bytes, uri: bytes, headers: Headers | None, count: int
    ) -> Response | Deferred[Response]:
        if response.code in self.see_other_responses:
            if method not in (b"GET", b"HEAD"):
                method, headers = b"GET", _without(headers, OF_THE_BODY)
        elif response.code not in self.redirect_responses:
            return response
        elif method not in (b"GET", b"HEAD"):
            where = decode(b", ".join(response.headers.get_raw_headers(b"Location", [])))
            problem = f"the server redirects this {method.decode()} to {where}, and a body is sent only once"
            raise _failed(PageRedirect(response.code, problem, uri), response)
        location = self._location(response, uri, count)
        if URI.from_bytes(uri).origin != URI.from_bytes(location).origin:
            headers = _without(headers, self._sensitive)
        response.deliver_body(Discard())
        asked = self._agent.request(method, location, headers)
        return asked.add_callback(_set_previous, response).add_callback(
            self._on_response, method, location, headers, count + 1
        )

    def _location(self, response: Response, uri: bytes, count: int) -> bytes:
        """Where `response` sends the client. Raises ResponseFailed if it must not go there."""
        if count >= self._redirect_limit:
            problem = f"the server redirects more than {self._redirect_limit} times"
            raise _failed(InfiniteRedirection(response.code, problem, uri), response)
        locations = response.headers.get_raw_headers(b"Location")
        if not locations:
            raise _failed(RedirectWithNoLocation(response.code, "a redirect without Location", uri), response)
        try:
            location = checked_uri(join(uri, locations[0]))
            URI.from_bytes(location)
        except ValueError as error:
            raise _failed(error, response) from None
        return location


class BrowserLikeRedirectAgent(RedirectAgent):
    """Follows redirects as a browser does: 301 and 302 become a GET as 303 does, whatever the method was."""

    redirect_responses = (HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT)
    see_other_responses = (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER)


def _failed(reason: Exception, response: Response) -> ResponseFailed:
    response.deliver_body(Discard())
    return ResponseFailed([reason], response)


def _without(headers: Headers | None, names: Iterable[bytes]) -> Headers | None:
    if headers is not None:
        headers = headers.copy()
        for name in names:
            headers.remove_header(name)
    return headers


def _set_previous(response: Response, previous: Response) -> Response:
    response.set_previous_response(previous)
    return response
