"""Lesson 10 on plain sockets, with a thread for each visitor: `sendall` waits until the peer has read."""

import contextlib
import socket
import sys
import threading


def serve(connection: socket.socket) -> None:
    """Answer the requests of one visitor."""
    with contextlib.suppress(OSError), connection, connection.makefile("rb") as requests:
        for request in requests:
            for number in range(1, int(request.split()[1]) + 1):
                connection.sendall(f"{number:01000}\n".encode())


with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
