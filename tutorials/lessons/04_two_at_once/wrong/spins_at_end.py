import selectors
import socket
import sys

selector = selectors.DefaultSelector()


def accept(listener):
    connection, _ = listener.accept()
    connection.setblocking(False)
    selector.register(connection, selectors.EVENT_READ, b"")


def serve(connection, unsent):
    if unsent:
        unsent = unsent[connection.send(unsent) :]
        selector.modify(connection, selectors.EVENT_WRITE if unsent else selectors.EVENT_READ, unsent)
    elif data := connection.recv(65536):
        selector.modify(connection, selectors.EVENT_WRITE, data)


def close(connection):
    selector.unregister(connection)
    connection.close()


with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                accept(listener)
            else:
                try:
                    serve(key.fileobj, key.data)
                except ConnectionError:
                    close(key.fileobj)
