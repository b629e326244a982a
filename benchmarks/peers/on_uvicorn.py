"""The web server on uvicorn, with h11 as its parser and asyncio's default loop: a bare ASGI application."""

import socket

import uvicorn
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from benchmarks.peers import FILES, HELLO, announce


async def pages(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Files below /files, and hello at any other path."""
    assert scope["type"] == "http"
    prefix, _, name = scope["path"].rpartition("/")
    body = (FILES / name).read_bytes() if prefix == "/files" else HELLO
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def serve() -> None:
    """Listen on a free port, and serve until the process is killed."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    config = uvicorn.Config(
        pages, http="h11", loop="asyncio", lifespan="off", log_level="warning", access_log=False
    )
    announce("web", listener.getsockname()[1])
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    serve()
