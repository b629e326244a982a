"""Lesson 4 with a thread for each visitor."""

import contextlib
import socket
import sys
import threading


def serve(connection: socket.socket) -> None:
    """Send everything back. `sendall` waits in this thread only."""
    with connection, contextlib.suppress(OSError):
        while data := connection.recv(4096):
            connection.sendall(data)


with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
