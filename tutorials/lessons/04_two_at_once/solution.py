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
    if unsent:
        unsent = unsent[connection.send(unsent) :]
        selector.modify(connection, WRITE if unsent else READ, unsent)
    elif data := connection.recv(65536):
        selector.modify(connection, WRITE, data)
    else:
        close(connection)


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
                try:
                    serve(key.fileobj, key.data)
                except ConnectionError:
                    close(key.fileobj)
