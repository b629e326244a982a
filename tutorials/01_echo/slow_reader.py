"""Sends as fast as the server takes it, and never reads what comes back.

An echo server that goes on reading has to keep the answers somewhere. This shows of which kind a server is:
the one that stops reading, or the one that takes whatever it is given until its memory is full.
"""

import argparse
import select
import socket
from contextlib import suppress

MIB = 1 << 20
PIECE = bytes(1 << 16)


def send_without_reading(server: socket.socket, most: int, patience: float) -> int:
    """How many bytes the server took: `most`, or fewer when it took none for `patience` seconds."""
    server.setblocking(False)
    sent = 0
    while sent < most and select.select([], [server], [], patience)[1]:
        sent += server.send(PIECE[: most - sent])
    return sent


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tutorials.01_echo.slow_reader")
    parser.add_argument("--port", type=int, default=8001, help="where the echo server is")
    parser.add_argument("--most", type=int, default=256, metavar="MIB", help="send no more than this")
    parser.add_argument("--patience", type=float, default=1.0, metavar="SECONDS", help="then it has stopped")
    options = parser.parse_args()
    with socket.create_connection(("127.0.0.1", options.port)) as server:
        sent = send_without_reading(server, options.most * MIB, options.patience)
        end = "and then no more" if sent < options.most * MIB else "and would take more"
        print(f"the server took {sent / MIB:.1f} MiB, {end}", flush=True)
        with suppress(EOFError, KeyboardInterrupt):
            input("still connected; Enter ends it ")


if __name__ == "__main__":
    main()
