"""Lesson 3 on plain sockets, with a thread for each visitor."""

import contextlib
import socket
import sys
import threading


def serve(connection: socket.socket) -> None:
    """Answer each line of one visitor; half a line at the end has no answer."""
    with connection, contextlib.suppress(OSError), connection.makefile("rb") as lines:
        for line in lines:
            if line.endswith(b"\n"):
                connection.sendall(b"%d\n" % sum(map(int, line.split())))


with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
