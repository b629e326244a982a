"""Lesson 15 on a plain socket: it blocks, and may, for there is nothing else to do."""

import socket
import sys
import time


def ask(port: int) -> str:
    """The value of the server. Raises OSError if there is none."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET\r\n")
        line = connection.makefile("rb").readline()
    if not line.endswith(b"\n"):
        raise OSError("the connection ended before the line")
    return line.decode().strip().removeprefix("VALUE ")


for delay in (0.05, 0.1, 0.2, 0.4, 0):
    try:
        print(ask(int(sys.argv[1])))
        sys.exit(0)
    except OSError:
        time.sleep(delay)
sys.exit("no value after five tries")
