"""Lesson 8 on plain sockets, with a thread for each visitor, and a lock for what they share."""

import contextlib
import socket
import sys
import threading

members: dict[int, socket.socket] = {}
lock = threading.Lock()


def listen(number: int, connection: socket.socket) -> None:
    """Send the lines of visitor `number` to all others."""
    kept = b""
    while data := connection.recv(65536):
        *lines, kept = (kept + data).split(b"\n")
        for line in lines:
            with lock:
                for other, member in members.items():
                    if other != number:
                        member.sendall(b"%d: %b\r\n" % (number, line.removesuffix(b"\r")))


def serve(number: int, connection: socket.socket) -> None:
    """Serve one visitor until it goes in one way or the other."""
    with connection:
        with contextlib.suppress(OSError):
            listen(number, connection)
        with lock:
            del members[number]


with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    for number in range(1, sys.maxsize):
        connection, _ = listener.accept()
        with lock:
            members[number] = connection
        threading.Thread(target=serve, args=(number, connection), daemon=True).start()
