"""A web server in threads, for the client as a process: the test says what it answers, byte by byte."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from ssl import SSLContext

from tests.running import GUARD

Answer = Callable[[bytes], bytes | Iterator[bytes]]


def page(body: bytes, *headers: str, code: int = 200, length: int | None = None) -> bytes:
    """A response with `body`; its Content-Length may be another one."""
    size = len(body) if length is None else length
    head = [f"HTTP/1.1 {code} Phrase", *headers, f"Content-Length: {size}", "\r\n"]
    return "\r\n".join(head).encode() + body


class WebServer:
    """Answers one request for each connection, and closes it. `requests` has the received requests."""

    def __init__(self, listener: socket.socket, answer: Answer, context: SSLContext | None) -> None:
        self.url = f"http{'s' if context else ''}://127.0.0.1:{listener.getsockname()[1]}/"
        self._context = context
        self.connections = 0
        self.requests: list[bytes] = []
        self.answer = answer
        self._listener = listener

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                plain, _ = self._listener.accept()
                self.connections += 1
                plain.settimeout(GUARD)
                with plain, suppress(OSError), self._secured(plain) as connection:
                    request = _read(connection)
                    self.requests.append(request)
                    answer = self.answer(request)
                    for piece in [answer] if isinstance(answer, bytes) else answer:
                        connection.sendall(piece)
                    connection.shutdown(socket.SHUT_WR)
                    connection.recv(65536)

    def _secured(self, connection: socket.socket) -> socket.socket:
        if self._context is None:
            return connection
        return self._context.wrap_socket(connection, server_side=True)

    def header(self, name: str, index: int = -1) -> str | None:
        """The value of a header in a request."""
        lines = self.requests[index].partition(b"\r\n\r\n")[0].decode().split("\r\n")
        values = dict(line.split(": ", 1) for line in lines[1:])
        return values.get(name)

    @property
    def targets(self) -> list[str]:
        """Method and path of each request."""
        return [request.partition(b" HTTP/1.1")[0].decode() for request in self.requests]


def _read(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (line.split()[1] for line in head.split(b"\r\n") if line.startswith(b"Content-Length")), b"0"
    )
    is_chunked = b"\r\nTransfer-Encoding: chunked" in head
    while len(body) < int(length) or (is_chunked and not body.endswith(b"\r\n0\r\n\r\n")):
        body += _some(connection)
    return head + b"\r\n\r\n" + body


def _some(connection: socket.socket) -> bytes:
    """The next bytes. ConnectionError at the end of the stream."""
    data = connection.recv(65536)
    if not data:
        raise ConnectionError
    return data


@contextmanager
def web_server(answer: bytes | Answer, context: SSLContext | None = None) -> Iterator[WebServer]:
    """A server that answers `answer`, or what `answer(request)` returns. With `context` by https."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = WebServer(listener, (lambda _: answer) if isinstance(answer, bytes) else answer, context)
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@contextmanager
def held_server(body: bytes, *headers: str) -> Iterator[tuple[WebServer, threading.Event]]:
    """A server that sends half of `body`, and the rest when the event is set."""
    release = threading.Event()

    def answer(_: bytes) -> Iterator[bytes]:
        half = len(body) // 2
        yield page(body[:half], *headers, length=len(body))
        release.wait(GUARD)
        yield body[half:]

    with web_server(answer) as server:
        try:
            yield server, release
        finally:
            release.set()
