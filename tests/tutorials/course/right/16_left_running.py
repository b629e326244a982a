"""Lesson 16 on plain sockets: threads write lines, unbuffered, until a signal ends the program."""

import signal
import socket
import sys
import threading
from types import FrameType


def leave(number: int, frame: FrameType | None) -> None:
    """End the program: nothing is left to be written."""
    raise SystemExit(0)


def record(connection: socket.socket) -> None:
    """Append the lines of one visitor to the file."""
    try:
        with connection, connection.makefile("rb") as lines, open(sys.argv[2], "ab", buffering=0) as file:
            for line in lines:
                if line.endswith(b"\n"):
                    file.write(line.rstrip(b"\r\n") + b"\n")
    except OSError:
        return  # the visitor has reset the connection


for each in (signal.SIGINT, signal.SIGTERM):
    signal.signal(each, leave)
try:
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
except OSError as error:
    sys.exit(f"cannot listen on port {sys.argv[1]}: {error}")
while True:
    threading.Thread(target=record, args=(listener.accept()[0],), daemon=True).start()
