"""Lesson 9 on plain sockets, with a thread and a deadline for each visitor."""

import contextlib
import socket
import sys
import threading
import time


def serve(connection: socket.socket) -> None:
    """Echo the lines of one visitor until it ends its sending, or no line for half a second."""
    kept = b""
    deadline = time.monotonic() + 0.5
    while True:
        connection.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            data = connection.recv(65536)
        except TimeoutError:
            connection.sendall(b"bye\r\n")
            return
        if not data:
            return
        whole, end, kept = (kept + data).rpartition(b"\n")
        if end:
            deadline = time.monotonic() + 0.5
            connection.settimeout(None)
            connection.sendall(whole + end)


def talk(connection: socket.socket) -> None:
    """Serve a visitor, who may reset the connection."""
    with connection, contextlib.suppress(OSError):
        serve(connection)


with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()
