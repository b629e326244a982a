"""One question after the other, on a plain socket."""

import socket
import sys
import time

PORT, COUNT = int(sys.argv[1]), int(sys.argv[2])


def ask(sock: socket.socket, number: int) -> str | None:
    """The answer to a question, None if there is none."""
    for _ in range(10):
        sock.send(b"Q %d" % number)
        deadline = time.monotonic() + 0.1
        while (left := deadline - time.monotonic()) > 0:
            sock.settimeout(left)
            try:
                _, of, value = sock.recv(2048).decode().split(maxsplit=2)
            except TimeoutError:
                break
            if int(of) == number:
                return value
    return None


with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    client.connect(("127.0.0.1", PORT))
    values = []
    for number in range(1, COUNT + 1):
        values.append(ask(client, number))
        print(number, "lost" if values[-1] is None else values[-1])
sys.exit(1 if None in values else 0)
