"""Three chat users in one program: ann sends lines, deaf never reads, and bob counts the lines he receives.

They join in this order, so each broadcast comes to deaf before it comes to bob. At some point the server
drops deaf, in the middle of a broadcast. The program then prints whether bob has received all lines.
"""

import argparse
import re
import select
import socket
import time

LINES = 20_000
PADDING = "x" * 1000
LAST_WORDS = "that was all"
TIMEOUT = 60.0
"""Seconds after which a socket operation gives up with TimeoutError."""


def enter(port: int, name: str, buffer: int | None = None) -> socket.socket:
    """Connect and join the chat as `name`. `buffer` is the size of the kernel's buffers, in bytes."""
    sock = socket.socket()
    sock.settimeout(TIMEOUT)
    if buffer is not None:
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, buffer)
        # Segments as on a network. For the large ones of the loopback interface the kernel buffers megabytes.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    sock.connect(("127.0.0.1", port))
    sock.sendall(f"{name}\n".encode())
    greeting = b""
    while f"Welcome to the chat, {name}.".encode() not in greeting:
        greeting += sock.recv(4096)
    return sock


def talk(ann: socket.socket, bob: socket.socket, rate: int) -> bytes:
    """Send LINES numbered lines and LAST_WORDS from `ann`. Returns everything that `bob` received.

    `rate`: lines a second, as long as deaf is connected; 0 means as fast as possible.
    """
    heard = bytearray()
    step = 1 if rate else 100
    for start in range(0, LINES, step):
        ann.sendall("".join(f"{number} {PADDING}\n" for number in range(start, start + step)).encode())
        while select.select([bob], [], [], 0)[0]:
            heard += bob.recv(1 << 20)
        if rate and b"deaf has left" not in heard:
            time.sleep(1 / rate)
    ann.sendall(f"{LAST_WORDS}\n".encode())
    while LAST_WORDS.encode() not in heard[-100:]:
        heard += bob.recv(1 << 20)
    return bytes(heard)


def main() -> None:
    """Run the three users against the chat server, and print which lines bob missed."""
    parser = argparse.ArgumentParser(prog="python -m tutorials.02_chat.deaf")
    parser.add_argument("--port", type=int, default=8000, help="port of a chat server with --flood off")
    help = "lines that ann sends in a second while deaf is there; 0: as many as possible"
    parser.add_argument("--rate", type=int, default=0, help=help)
    options = parser.parse_args()
    port = options.port
    with enter(port, "ann", 65536) as ann, enter(port, "deaf", 4096), enter(port, "bob") as bob:
        heard = talk(ann, bob, options.rate)
    numbers = {int(number) for number in re.findall(rb"<ann> (\d+) x", heard)}
    missed = sorted(set(range(LINES)) - numbers)
    print("deaf was dropped" if b"deaf has left" in heard else "deaf is still connected")
    print(f"bob missed {len(missed)} of {LINES} lines" + (f", {missed[0]} to {missed[-1]}" if missed else ""))


if __name__ == "__main__":
    main()
