"""A client that sends as fast as the server accepts the data, and never reads the answer.

It shows how an echo server handles this: either the server stops reading when its send queue is full, or it
keeps all echoed bytes in memory.
"""

import argparse
import select
import socket
from contextlib import suppress

MIB = 1 << 20
PIECE = bytes(1 << 16)


def send_without_reading(server: socket.socket, most: int, patience: float) -> int:
    """Send at most `most` bytes; stop when the socket is not writable for `patience` seconds.

    Returns the number of bytes sent.
    """
    server.setblocking(False)
    sent = 0
    while sent < most and select.select([], [server], [], patience)[1]:
        sent += server.send(PIECE[: most - sent])
    return sent


def main() -> None:
    """Parse the options, send, print the number of bytes sent, and stay connected until Enter."""
    parser = argparse.ArgumentParser(prog="python -m tutorials.01_echo.slow_reader")
    parser.add_argument("--port", type=int, default=8001, help="port of the echo server")
    parser.add_argument("--most", type=int, default=256, metavar="MIB", help="send no more than this")
    parser.add_argument(
        "--patience",
        type=float,
        default=1.0,
        metavar="SECONDS",
        help="how long to wait for the server to read",
    )
    options = parser.parse_args()
    with socket.create_connection(("127.0.0.1", options.port)) as server:
        sent = send_without_reading(server, options.most * MIB, options.patience)
        end = "and then no more" if sent < options.most * MIB else "and would take more"
        print(f"the server took {sent / MIB:.1f} MiB, {end}", flush=True)
        with suppress(EOFError, KeyboardInterrupt):
            input("still connected; Enter ends it ")


if __name__ == "__main__":
    main()
