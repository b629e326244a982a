"""Three come to the chat: ann who talks, deaf who never reads, and bob who counts what he is told.

They come in this order, so in every broadcast it is deaf's turn before bob's. Sooner or later the server
drops deaf in the middle of one. Then it is seen whether bob gets the rest of it.
"""

import argparse
import re
import select
import socket

LINES = 20_000
PADDING = "x" * 1000
LAST_WORDS = "that was all"
GUARD = 60.0
"""Seconds after which nothing more is waited for."""


def enter(port: int, name: str, buffer: int | None = None) -> socket.socket:
    """A socket on which `name` is in the chat. A small `buffer` is soon full, both ways."""
    sock = socket.socket()
    sock.settimeout(GUARD)
    if buffer is not None:
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, buffer)
    sock.connect(("127.0.0.1", port))
    sock.sendall(f"{name}\n".encode())
    greeting = b""
    while f"Welcome to the chat, {name}.".encode() not in greeting:
        greeting += sock.recv(4096)
    return sock


def talk(ann: socket.socket, bob: socket.socket) -> bytes:
    """Have ann say LINES numbered lines, and her last words. What bob heard."""
    heard = bytearray()
    for start in range(0, LINES, 100):
        ann.sendall("".join(f"{number} {PADDING}\n" for number in range(start, start + 100)).encode())
        while select.select([bob], [], [], 0)[0]:
            heard += bob.recv(1 << 20)
    ann.sendall(f"{LAST_WORDS}\n".encode())
    while LAST_WORDS.encode() not in heard[-100:]:
        heard += bob.recv(1 << 20)
    return bytes(heard)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tutorials.02_chat.deaf")
    parser.add_argument("--port", type=int, default=8000, help="of a chat server with --flood off")
    port = parser.parse_args().port
    with enter(port, "ann", 65536) as ann, enter(port, "deaf", 4096), enter(port, "bob") as bob:
        heard = talk(ann, bob)
    numbers = {int(number) for number in re.findall(rb"<ann> (\d+) x", heard)}
    missed = sorted(set(range(LINES)) - numbers)
    print("deaf was dropped" if b"deaf has left" in heard else "deaf is still there")
    print(f"bob missed {len(missed)} of {LINES} lines" + (f", {missed[0]} to {missed[-1]}" if missed else ""))


if __name__ == "__main__":
    main()
