"""Sends when the connection is ready, but forgets what `send` did not take."""

import selectors
import socket
import sys

selector = selectors.DefaultSelector()


def serve(connection, unsent):
    if unsent:
        connection.send(unsent)
        selector.modify(connection, selectors.EVENT_READ, b"")
    elif data := connection.recv(65536):
        selector.modify(connection, selectors.EVENT_WRITE, data)
    else:
        close(connection)


def close(connection):
    selector.unregister(connection)
    connection.close()


with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                connection, _ = listener.accept()
                connection.setblocking(False)
                selector.register(connection, selectors.EVENT_READ, b"")
            else:
                try:
                    serve(key.fileobj, key.data)
                except ConnectionError:
                    close(key.fileobj)
