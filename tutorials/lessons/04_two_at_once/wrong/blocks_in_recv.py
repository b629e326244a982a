import selectors
import socket
import sys

selector = selectors.DefaultSelector()
visitors = []

with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                connection, _ = listener.accept()
                selector.register(connection, selectors.EVENT_READ)
                visitors.append(connection)
        for connection in visitors:
            if data := connection.recv(65536):
                connection.sendall(data)
