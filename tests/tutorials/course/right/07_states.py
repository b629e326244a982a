"""Lesson 7 on plain sockets, with a thread for each visitor: the place in the program is the state."""

import socket
import sys
import threading
from collections.abc import Iterator

Commands = Iterator[tuple[bytes, bytes]]


def commands(connection: socket.socket) -> Commands:
    """The commands of a visitor up to QUIT, in small letters, each with its text. Answers QUIT."""
    with connection.makefile("rb") as lines:
        for line in lines:
            command, _, text = line.removesuffix(b"\n").removesuffix(b"\r").partition(b" ")
            if command.lower() == b"quit":
                connection.sendall(b"221 bye\r\n")
                return
            if line.endswith(b"\n"):
                yield command.lower(), text


def greeted(connection: socket.socket, todo: Commands) -> bytes:
    """Wait for HELO. Returns the name."""
    for command, text in todo:
        if command == b"helo":
            connection.sendall(b"250 hello %b\r\n" % text)
            return text
        connection.sendall(b"503 first HELO\r\n" if command == b"say" else b"500 what?\r\n")
    return b""


def serve(connection: socket.socket) -> None:
    """Talk with one visitor."""
    with connection:
        todo = commands(connection)
        name = greeted(connection, todo)
        answers = {b"helo": b"503 you are %b\r\n", b"say": b"250 %b says "}
        for command, text in todo:
            answer = answers[command] % name if command in answers else b"500 what?\r\n"
            connection.sendall(answer + (text + b"\r\n" if command == b"say" else b""))


with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
