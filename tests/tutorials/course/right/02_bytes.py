"""Lesson 2 without LineReceiver, on plain sockets with a thread for each visitor."""

import socket
import sys
import threading


def serve(connection: socket.socket) -> None:
    """Answer each line of one visitor."""
    with connection, connection.makefile("rb") as lines:
        for line in lines:
            data = line.removesuffix(b"\n").removesuffix(b"\r")
            try:
                answer = f"{len(data.decode())} characters, {len(data)} bytes\r\n"
            except ValueError:
                answer = f"not text, {len(data)} bytes\r\n"
            connection.sendall(answer.encode())


with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
