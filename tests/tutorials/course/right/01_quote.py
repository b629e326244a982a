"""Lesson 1 on plain sockets."""

import contextlib
import socket
import sys
import threading


def serve(connection: socket.socket) -> None:
    """Send the text and the end of the stream; read until the visitor hangs up, so that nothing is reset."""
    with connection, contextlib.suppress(OSError):
        connection.sendall(f"{sys.argv[2]}\r\n".encode())
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass


with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
