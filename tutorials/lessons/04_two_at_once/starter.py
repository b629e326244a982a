"""Lesson 4: an echo server for many visitors at once, with nothing but sockets and a selector."""

import selectors
import socket
import sys

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE

selector = selectors.DefaultSelector()


def accept(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    connection.setblocking(False)
    selector.register(connection, READ, b"")


def serve(connection: socket.socket, unsent: bytes) -> None:
    """Called when `connection` is ready. `unsent` is the data with which it was registered."""
    # TODO: send what is unsent, and keep the rest; read only if nothing is unsent; close at the end.
    connection.send(connection.recv(65536))


def close(connection: socket.socket) -> None:
    selector.unregister(connection)
    connection.close()


with socket.create_server(("127.0.0.1", PORT)) as listener:
    selector.register(listener, READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                accept(listener)
            elif isinstance(key.fileobj, socket.socket):
                # TODO: a visitor who resets the connection ends this server, because recv raises an error.
                serve(key.fileobj, key.data)
