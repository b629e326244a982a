"""CookieAgent: keeps the cookies of responses, and sends them with later requests (RFC 6265)."""

from email.message import Message
from http.cookiejar import CookieJar
from urllib.request import Request as UrllibRequest

from core.deferred import Deferred
from core.web.client.agent import AbstractAgent
from core.web.client.producers import BodyProducer
from core.web.client.response import Response
from core.web.client.uri import checked_uri
from core.web.headers import Headers


class CookieAgent(AbstractAgent):
    """Sends the cookies that `cookie_jar` has for a URI, and puts those of the response into it.

    A Cookie header in the request replaces those of the jar.
    """

    def __init__(self, agent: AbstractAgent, cookie_jar: CookieJar) -> None:
        self._agent = agent
        self.cookie_jar = cookie_jar

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        body_producer: BodyProducer | None = None,
    ) -> Deferred[Response]:
        page = UrllibRequest(checked_uri(uri).decode("ascii"))
        headers = Headers() if headers is None else headers.copy()
        if not headers.has_header(b"Cookie"):
            self.cookie_jar.add_cookie_header(page)
            cookies = page.get_header("Cookie")
            if cookies is not None:
                headers.add_raw_header("Cookie", cookies)
        return self._agent.request(method, uri, headers, body_producer).add_callback(self._extract, page)

    def _extract(self, response: Response, page: UrllibRequest) -> Response:
        self.cookie_jar.extract_cookies(_Answer(response), page)  # type: ignore[arg-type]  # it asks for no more
        return response


class _Answer:
    """The part of a response that the cookie jar of the standard library reads."""

    def __init__(self, response: Response) -> None:
        self._headers = Message()
        for name in ("Set-Cookie", "Set-Cookie2"):
            for value in response.headers.get_raw_headers(name, []):
                self._headers[name] = value

    def info(self) -> Message:
        return self._headers
