"""The cost of the full-screen chat client: with a long log, and while other users send very many lines.

The client runs in a pseudo-terminal. This program is its server, so it knows when a line was sent. A line,
or a typed letter, counts as drawn when the client has written it to the terminal.

    python -m benchmarks.chat_client
"""

import argparse
import json
import random
import socket
import threading
import time
from functools import partial

from benchmarks.terminal import Terminal

NAMES = ("bob", "carla", "dimitri", "eve", "zoë", "李雷")
WORDS = ("the", "quick", "brown", "fox", "jumps", "over", "everybody", "while", "nobody", "minds")
STAMP = "2026-11-21T10:00:00+00:00"
FLOOD = 1000
"""Lines a second."""


def event(kind: str, **more: object) -> bytes:
    """An event as the server sends it: JSON on one line."""
    return json.dumps({"event": kind, "time": STAMP, "name": "", "text": "", **more}).encode() + b"\r\n"


def said(text: str, chance: random.Random) -> bytes:
    """A random message that ends with `text`."""
    words = " ".join(chance.choices(WORDS, k=chance.randrange(2, 20)))
    return event("said", name=chance.choice(NAMES), text=f"{words} {text}")


class Server:
    """A chat server for one client. It sends the events that the benchmark asks for."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def welcome(self) -> None:
        """Accept the client, and let it join the chat."""
        self.client, _ = self._listener.accept()
        self.client.recv(4096)
        self.client.sendall(b'{"event": "events", "v": 1}\r\n' + event("prompt", text="Name?"))
        self.client.recv(4096)
        self.client.sendall(event("welcome", name="ann", text="Welcome."))
        self.client.sendall(event("names", names=[*NAMES, "ann"], text="Participants in chat: many"))

    def flood(self, until: threading.Event) -> None:
        """Send FLOOD lines a second, ten at a time, until the event `until` is set."""
        chance, number, began = random.Random(3), 0, time.monotonic()
        while not until.is_set():
            self.client.sendall(b"".join(said(f"{number + more}", chance) for more in range(10)))
            number += 10
            until.wait(max(0.0, began + number / FLOOD - time.monotonic()))

    def close(self) -> None:
        """Close the connection and the listening socket."""
        self.client.close()
        self._listener.close()


def measure(history: int, times: int) -> None:
    """Measure and print everything: start, long log, new messages, keys, flood."""
    server = Server()
    threading.Thread(target=server.welcome, daemon=True).start()
    began = time.monotonic()
    client = Terminal("clients.chat", "--fullscreen", "--name", "ann", "--port", str(server.port))
    try:
        client.seconds_until("ann> ")
        client.seconds_until("Participants")
        print_figure("start to first prompt, in the chat", f"{time.monotonic() - began:.2f} s")
        client.read_for(0.5)
        print_figure("memory with an empty log", client.memory())
        took = client.seconds_until("the last of them", lambda: fill(server, history))
        print_figure(f"{history:,} lines at once, until the last is drawn", f"{took:.2f} s")
        client.read_for(0.5)
        print_figure("memory with them", client.memory())
        talk(server, client, times)
        typing("a key, while it is quiet", client, times)
        flooded(server, client, times)
        print_figure("memory after that", client.memory())
    finally:
        client.end()
        server.close()


def fill(server: Server, history: int) -> None:
    """Send `history` lines at once."""
    chance = random.Random(1)
    server.client.sendall(b"".join(said(str(number), chance) for number in range(history - 1)))
    server.client.sendall(event("said", name="bob", text="the last of them"))


def talk(server: Server, client: Terminal, times: int) -> None:
    """Send new messages, one at a time, at random intervals."""
    chance, waits, used = random.Random(2), [], 0.0
    for number in range(times):
        client.read_for(chance.uniform(0.06, 0.2))
        before, line = client.processor_time(), said(f"new-{number}-", chance)
        waits.append(client.seconds_until(f"new-{number}-", partial(server.client.sendall, line)))
        client.read_for(0.02)
        used += client.processor_time() - before
    print_figure("a new message, processor time", f"{used / times * 1000:.1f} ms")
    print_figure("a new message, from sent to drawn", figures(waits))


def typing(label: str, client: Terminal, times: int) -> None:
    """Type letters at random intervals. They form words that occur in no message."""
    chance, waits, word = random.Random(4), [], ""
    for _ in range(times):
        client.read_for(chance.uniform(0.03, 0.15))
        if len(word) == 12:
            client.type("\x15")
            client.read_for(0.1)
            word = ""
        word += chance.choice("qxzj") if word else "Q"
        waits.append(client.seconds_until(word, partial(client.type, word[-1])))
    print_figure(label, figures(waits))
    client.type("\x15")


def flooded(server: Server, client: Terminal, times: int) -> None:
    """Type while FLOOD lines a second arrive."""
    is_over = threading.Event()
    thread = threading.Thread(target=server.flood, args=(is_over,))
    thread.start()
    try:
        client.read_for(1.0)
        before, began = client.processor_time(), time.monotonic()
        typing(f"a key, while {FLOOD:,} lines come in a second", client, times)
        used = (client.processor_time() - before) / (time.monotonic() - began)
        print_figure("processor time meanwhile", f"{used:.0%} of a core")
    finally:
        is_over.set()
        thread.join()


def figures(waits: list[float]) -> str:
    """The median, the 99th percentile and the maximum, in ms."""
    waits = sorted(wait * 1000 for wait in waits)
    p99 = waits[min(len(waits) - 1, int(len(waits) * 0.99))]
    return f"{waits[len(waits) // 2]:.1f} ms, p99 {p99:.1f} ms, at most {waits[-1]:.1f} ms"


def print_figure(label: str, figure: str) -> None:
    print(f"{label:<50}{figure}", flush=True)


def main() -> None:
    """Parse the options and measure."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.chat_client",
        description="Measures what the full-screen chat client costs.",
    )
    parser.add_argument(
        "--history", type=int, default=10_000, help="number of lines in the log (default %(default)s)"
    )
    parser.add_argument(
        "--times", type=int, default=200, help="number of messages and keys to measure (default %(default)s)"
    )
    options = parser.parse_args()
    measure(options.history, options.times)


if __name__ == "__main__":
    main()
