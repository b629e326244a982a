"""The problem: an echo server that waits for one client at a time."""

import socket

with socket.create_server(("127.0.0.1", 8001)) as listener:
    print("listening on", listener.getsockname(), flush=True)
    while True:
        connection, _ = listener.accept()  # waits for a client
        with connection:
            connection.sendall(b"Welcome!\r\n")
            while data := connection.recv(65536):  # waits for this client alone
                connection.sendall(data)
