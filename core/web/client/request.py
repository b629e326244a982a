"""ClientRequest: a request that an agent sends, as bytes and as the `request` of the Response."""

from dataclasses import dataclass

import h11

from core.formats.text import decode
from core.web.client.errors import UNKNOWN_LENGTH, BadHeaders
from core.web.client.producers import BodyProducer
from core.web.client.uri import URI
from core.web.headers import Headers

EMPTY_BODY = (b"POST", b"PUT")
"""The methods whose request has Content-Length: 0 if it has no body (RFC 9110, section 8.6)."""


@dataclass(frozen=True, eq=False)
class ClientRequest:
    """A request to the server of `uri`."""

    method: bytes
    parsed_uri: URI
    headers: Headers
    body_producer: BodyProducer | None
    persistent: bool

    @property
    def uri(self) -> bytes:
        """The path with the query."""
        return self.parsed_uri.origin_form

    @property
    def absolute_uri(self) -> bytes:
        """The URI with scheme and host, as bytes."""
        return self.parsed_uri.to_bytes()

    @property
    def shown_uri(self) -> str:
        """The whole URI, for a terminal or a log."""
        return decode(self.absolute_uri)

    def event(self) -> h11.Request:
        """The request line and the headers. BadHeaders if they cannot be sent."""
        if self.headers.has_header(b"Transfer-Encoding"):
            raise BadHeaders("leave out Transfer-Encoding: the length of the body producer decides it")
        fields = self.headers.get_all_raw_headers()
        headers = [(name, value.strip(b" \t")) for name, values in fields for value in values]
        if not self.headers.has_header(b"Host"):
            headers.insert(0, (b"Host", self.parsed_uri.host_header))
        if not self.persistent and not self.headers.has_header(b"Connection"):
            headers.append((b"Connection", b"close"))
        try:
            return h11.Request(method=self.method, target=self.uri, headers=headers + self._framing())
        except h11.LocalProtocolError as error:
            raise BadHeaders(str(error)) from None

    def _framing(self) -> list[tuple[bytes, bytes]]:
        if self.body_producer is None:
            return [(b"Content-Length", b"0")] if self.method in EMPTY_BODY else []
        if self.body_producer.length is UNKNOWN_LENGTH:
            return [(b"Transfer-Encoding", b"chunked")]
        return [(b"Content-Length", b"%d" % self.body_producer.length)]
