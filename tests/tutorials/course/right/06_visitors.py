"""Lesson 6 on plain sockets: one thread accepts and counts, one for each visitor waits for its end."""

import contextlib
import socket
import sys
import threading

here: set[socket.socket] = set()


def wait(connection: socket.socket) -> None:
    """Read until the visitor has gone."""
    with connection, contextlib.suppress(OSError):
        while connection.recv(4096):
            pass
    here.discard(connection)


with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    count = 0
    while True:
        connection, _ = listener.accept()
        count += 1
        here.add(connection)
        connection.sendall(b"You are number %d. %d are here.\r\n" % (count, len(here)))
        threading.Thread(target=wait, args=(connection,), daemon=True).start()
