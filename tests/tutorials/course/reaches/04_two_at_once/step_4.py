"""Reads as soon as it has accepted a connection."""

import selectors
import socket
import sys

selector = selectors.DefaultSelector()


def serve(connection):
    if data := connection.recv(65536):
        connection.sendall(data)
    else:
        selector.unregister(connection)
        connection.close()


with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                connection, _ = listener.accept()
                selector.register(connection, selectors.EVENT_READ)
                serve(connection)
            else:
                serve(key.fileobj)
