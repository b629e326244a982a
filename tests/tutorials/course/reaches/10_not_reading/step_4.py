"""Serves one visitor's request after the other's, each with `sendall`."""

import contextlib
import socket
import sys
import threading

sending = threading.Lock()


def serve(connection: socket.socket) -> None:
    """Answer the requests of one visitor."""
    with contextlib.suppress(OSError), connection, connection.makefile("rb") as requests:
        for request in requests:
            with sending:
                for number in range(1, int(request.split()[1]) + 1):
                    connection.sendall(b"%01000d\n" % number)


with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
