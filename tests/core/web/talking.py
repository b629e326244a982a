"""Talks to a site without a network: requests as bytes in, answers as bytes out."""

from collections.abc import Iterator
from dataclasses import dataclass

import h11

from core.interfaces import Address
from core.testing import CLIENT, Clock, StringTransport
from core.web import HTTPChannel, Resource, Site


class Connection:
    """A connection with a site. `transport` is the server's."""

    def __init__(self, site: Resource | Site, peer: Address = CLIENT, clock: Clock | None = None) -> None:
        self.site = site if isinstance(site, Site) else Site(site)
        self.site.clock = clock
        self.transport = StringTransport(peer)
        self.channel: HTTPChannel = self.site.build_protocol(peer)
        self.channel.make_connection(self.transport)

    def send(self, data: bytes, piece: int | None = None) -> bytes:
        """Let the site receive `data`, `piece` bytes at a time. Returns what it sent."""
        for start in range(0, len(data), piece or len(data) or 1):
            self.channel.data_received(data[start : start + (piece or len(data))])
        return self.transport.take()

    def is_closing(self) -> bool:
        """Whether the site has closed the connection."""
        return self.transport.disconnecting

    def is_paused(self) -> bool:
        """Whether the site does not read now."""
        return self.transport.paused

    def get(self, path: bytes, /, **headers: str) -> "Answer":
        """The answer to a GET."""
        return self.ask(b"GET", path, b"", **headers)

    def ask(self, method: bytes, path: bytes, body: bytes = b"", /, **headers: str) -> "Answer":
        """The answer to a request. In the names of `headers`, `_` stands for `-`."""
        lines = [b"%b %b HTTP/1.1" % (method, path), b"Host: localhost"]
        lines += [f"{name.replace('_', '-')}: {value}".encode() for name, value in headers.items()]
        if body:
            lines.append(b"Content-Length: %d" % len(body))
        (answer,) = answers(self.send(b"\r\n".join([*lines, b"", body])), method)
        return answer


@dataclass
class Answer:
    """An answer, parsed by h11. `headers` has lower-case names and their last values."""

    code: int
    reason: bytes
    headers: dict[bytes, bytes]
    body: bytes
    complete: bool


def answers(data: bytes, *methods: bytes) -> list[Answer]:
    """Parse the answers to requests with these methods; to more requests, the last method counts."""
    return list(_parse(data, methods or (b"GET",)))


def _parse(data: bytes, methods: tuple[bytes, ...]) -> Iterator[Answer]:
    number = 0
    while data:
        client = h11.Connection(h11.CLIENT)
        method = methods[min(number, len(methods) - 1)]
        client.send(h11.Request(method=method, target="/", headers=[("Host", "localhost")]))
        client.send(h11.EndOfMessage())
        client.receive_data(data)
        number += 1
        answer = Answer(0, b"", {}, b"", False)
        while not isinstance(event := client.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                answer.code, answer.reason, answer.headers = (
                    event.status_code,
                    event.reason,
                    dict(event.headers),
                )
            elif isinstance(event, h11.Data):
                answer.body += event.data
            elif event is h11.NEED_DATA:
                if b"content-length" in answer.headers or b"transfer-encoding" in answer.headers:
                    yield answer
                    return
                client.receive_data(b"")  # the end of the connection is the end of the body
        answer.complete = True
        yield answer
        data = client.trailing_data[0]
