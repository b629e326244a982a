"""What it is like to keep the full-screen chat client open: with a long log, and while others flood.

The client runs in a terminal of its own (a pty); its server is this program, so that it is known when a line
was sent. A line, or a letter that is typed, counts as drawn when it has come out at the terminal. Memory and
processor time are the kernel's figures for the client's process.

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


def event(kind: str, **more: object) -> bytes:
    """A line from the server."""
    return json.dumps({"event": kind, "time": STAMP, "name": "", "text": "", **more}).encode() + b"\r\n"


def said(text: str, chance: random.Random) -> bytes:
    """Somebody says something, and `text` at its end."""
    words = " ".join(chance.choices(WORDS, k=chance.randrange(2, 20)))
    return event("said", name=chance.choice(NAMES), text=f"{words} {text}")


class Server:
    """Welcomes one client, and then says what it is told to."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def welcome(self) -> None:
        """Until the client is in the chat."""
        self.client, _ = self._listener.accept()
        self.client.recv(4096)
        self.client.sendall(b'{"event": "events", "v": 1}\r\n' + event("prompt", text="Name?"))
        self.client.recv(4096)
        self.client.sendall(event("welcome", name="ann", text="Welcome."))
        self.client.sendall(event("names", names=[*NAMES, "ann"], text="Participants in chat: many"))

    def flood(self, until: threading.Event) -> None:
        """FLOOD lines a second, ten at a time."""
        chance, number, began = random.Random(3), 0, time.monotonic()
        while not until.is_set():
            self.client.sendall(b"".join(said(f"{number + more}", chance) for more in range(10)))
            number += 10
            until.wait(max(0.0, began + number / FLOOD - time.monotonic()))

    def close(self) -> None:
        """The end."""
        self.client.close()
        self._listener.close()


def measure(history: int, times: int) -> None:
    """All figures, in the order of a life."""
    server = Server()
    threading.Thread(target=server.welcome, daemon=True).start()
    began = time.monotonic()
    client = Terminal("clients.chat", "--fullscreen", "--name", "ann", "--port", str(server.port))
    try:
        client.draws("ann> ")
        client.draws("Participants")
        tell("start to first prompt, in the chat", f"{time.monotonic() - began:.2f} s")
        client.read(0.5)
        tell("memory with an empty log", memory(client))
        took = client.draws("the last of them", lambda: fill(server, history))
        tell(f"{history:,} lines at once, until the last is drawn", f"{took:.2f} s")
        client.read(0.5)
        tell("memory with them", memory(client))
        talk(server, client, times)
        typing("a key, while it is quiet", client, times)
        flooded(server, client, times)
        tell("memory after that", memory(client))
    finally:
        client.end()
        server.close()


def fill(server: Server, history: int) -> None:
    """So many lines."""
    chance = random.Random(1)
    server.client.sendall(b"".join(said(str(number), chance) for number in range(history - 1)))
    server.client.sendall(event("said", name="bob", text="the last of them"))


def talk(server: Server, client: Terminal, times: int) -> None:
    """New messages, one now and then."""
    chance, waits, used = random.Random(2), [], 0.0
    for number in range(times):
        client.read(chance.uniform(0.06, 0.2))
        before, line = client.processor_time(), said(f"new-{number}-", chance)
        waits.append(client.draws(f"new-{number}-", partial(server.client.sendall, line)))
        client.read(0.02)
        used += client.processor_time() - before
    tell("a new message, processor time", f"{used / times * 1000:.1f} ms")
    tell("a new message, from sent to drawn", figures(waits))


def typing(what: str, client: Terminal, times: int) -> None:
    """Letters, one now and then, that make words which nobody says."""
    chance, waits, word = random.Random(4), [], ""
    for _ in range(times):
        client.read(chance.uniform(0.03, 0.15))
        if len(word) == 12:
            client.type("\x15")
            client.read(0.1)
            word = ""
        word += chance.choice("qxzj") if word else "Q"
        waits.append(client.draws(word, partial(client.type, word[-1])))
    tell(what, figures(waits))
    client.type("\x15")


def flooded(server: Server, client: Terminal, times: int) -> None:
    """The same while others write more than anyone can read."""
    is_over = threading.Event()
    thread = threading.Thread(target=server.flood, args=(is_over,))
    thread.start()
    try:
        client.read(1.0)
        before, began = client.processor_time(), time.monotonic()
        typing(f"a key, while {FLOOD:,} lines come in a second", client, times)
        used = (client.processor_time() - before) / (time.monotonic() - began)
        tell("processor time meanwhile", f"{used:.0%} of a core")
    finally:
        is_over.set()
        thread.join()


def figures(waits: list[float]) -> str:
    """The middle one and the worst ones."""
    waits = sorted(wait * 1000 for wait in waits)
    p99 = waits[min(len(waits) - 1, int(len(waits) * 0.99))]
    return f"{waits[len(waits) // 2]:.1f} ms, p99 {p99:.1f} ms, at most {waits[-1]:.1f} ms"


def memory(client: Terminal) -> str:
    """The memory of the client, now and at most."""
    now, most = client.memory()
    return f"{now:.0f} MiB, at most {most:.0f} MiB"


def tell(what: str, figure: str) -> None:
    """A line."""
    print(f"{what:<50}{figure}", flush=True)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.chat_client", description="what the full-screen chat client costs"
    )
    parser.add_argument("--history", type=int, default=10_000, help="lines in the log")
    parser.add_argument("--times", type=int, default=200, help="messages and keys to measure")
    options = parser.parse_args()
    measure(options.history, options.times)


if __name__ == "__main__":
    main()
