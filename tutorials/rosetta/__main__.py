"""`python -m tutorials.rosetta`: measure the programs, and write the figures into the page. Linux only.

The figures are of this machine, and the ways are measured in turn. `--check` writes nothing: it says whether
the numbers of lines are those of the programs.
"""

import argparse
import ast
import re
import socket
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from statistics import median

from benchmarks.load import Connections, Load, OneSpeaker, Requests, connect
from benchmarks.servers import cpu_seconds
from tutorials.rosetta.programs import HERE, SERVERS, WAYS, path_of, programs, running
from tutorials.rosetta.words import QUOTE

PAGE = HERE / "README.md"
TABLE = re.compile(r"(\[//\]: # \(table (\w+)\)\n\n)(?:\|.*\n)*")
MIB = 1 << 20
ROUNDS, SECONDS, WARM_UP = 5, 0.4, 0.2
MEMBERS = 20
SENT = 32 * MIB
STILL = 1.0  # seconds without a byte, after which a peer is taken for standing still
LINE = b"x" * 1000 + b"\r\n"
NO_FIGURE = "–"


def lines_of(server: str, way: str) -> int:
    """The lines of a program, without its docstring and without empty lines."""
    text = path_of(server, way).read_text("utf-8")
    docstring = ast.parse(text).body[0].end_lineno or 0
    return sum(1 for line in text.splitlines()[docstring:] if line.strip())


# --- requests a second


def load_for(server: str, port: int) -> Load:
    """A load with 20 clients, each of which waits for its answer."""
    if server == "qotd":
        return Connections(port, len(QUOTE), in_flight=MEMBERS)
    if server == "udp_echo":
        return Requests([connect(port, socket.SOCK_DGRAM) for _ in range(MEMBERS)], b"x" * 64, 64)
    sockets = [connect(port) for _ in range(MEMBERS)]
    if server == "echo":
        return Requests(sockets, b"x" * 64, 64)
    if server == "insult":
        return Requests(sockets, b"thread\r\n", len(b"You are always in a race, and lose.\r\n"))
    for number, sock in enumerate(sockets):
        register(sock, b"u%02d" % number)
    return OneSpeaker(sockets[0], sockets[1:], LINE, len(b"<u00> ") + len(LINE))


def register(sock: socket.socket, name: bytes) -> None:
    """Join the chat, and read the welcome."""
    sock.sendall(name + b"\r\n")
    welcome = b"welcome " + name + b"\r\n"
    assert sock.recv(len(welcome), socket.MSG_WAITALL) == welcome


def rate(server: str, way: str) -> float:
    """The requests, or the lines delivered, in a second of the server's processor time."""
    with running(server, way) as program:
        load = load_for(server, program.port)
        load.run(WARM_UP)
        load.answered = 0
        before = cpu_seconds(program.process)
        load.run(SECONDS)
        seconds = cpu_seconds(program.process) - before
        load.close()
    worth = MEMBERS - 1 if server == "chat" else 1
    return load.answered * worth / seconds


# --- a client that does not read


def echo_without_reading(way: str) -> str:
    """One client of the echo server sends 32 MiB and reads nothing: the growth of the server in MiB."""
    with running("echo", way) as program:
        before = program.memory()
        with connect(program.port) as deaf, connect(program.port) as other:
            deaf.settimeout(STILL)
            try:
                deaf.sendall(b"x" * SENT)
            except TimeoutError:
                pass  # the server has stopped reading from it
            other.sendall(b"still there?")
            other.settimeout(STILL)
            assert other.recv(100) == b"still there?"
            return f"{(program.memory() - before) / MIB:.0f} MiB"


def chat_without_reading(way: str) -> tuple[str, str]:
    """One member reads nothing while another one says 32 MiB. Growth in MiB, and what a third one gets."""
    with running("chat", way) as program:
        talker, deaf, reader = (connect(program.port) for _ in range(3))
        for name, sock in ((b"ann", talker), (b"bob", deaf), (b"eve", reader)):
            register(sock, name)
        before, count = program.memory(), SENT // len(LINE)
        talker.settimeout(STILL)
        thread = threading.Thread(target=say, args=(talker, count))
        thread.start()
        expected = count * len(b"<ann> " + LINE)
        share = received(reader, expected) / expected
        growth = (program.memory() - before) / MIB
        thread.join()
        for sock in (talker, deaf, reader):
            sock.close()
    return f"{growth:.0f} MiB", f"{share:.0%}"


def say(talker: socket.socket, count: int) -> None:
    """Say `count` lines. It ends early if the server stops reading."""
    try:
        for _ in range(count):
            talker.sendall(LINE)
    except TimeoutError:
        pass


def received(reader: socket.socket, expected: int) -> int:
    """The bytes that come, up to `expected` or until none has come for a while."""
    reader.settimeout(2 * STILL)
    size = 0
    try:
        while size < expected and (data := reader.recv(65536)):
            size += len(data)
    except TimeoutError:
        pass
    return size


# --- a handler that sleeps


def wait_behind_a_sleeper(way: str) -> str:
    """How long another client waits for its insult while a handler sleeps for half a second."""
    with running("insult", way) as program, connect(program.port) as slow, connect(program.port) as other:
        for sock in (slow, other):
            sock.sendall(b"thread\r\n")
            sock.recv(100)
        slow.sendall(b"slow\r\n")
        time.sleep(0.05)
        began = time.perf_counter()
        other.sendall(b"thread\r\n")
        other.recv(100)
        return f"{(time.perf_counter() - began) * 1000:.0f} ms"


# --- the page


def row(title: str, cell: Callable[[str], str]) -> str:
    """A row of a table: a cell for each of the ways."""
    return f"| {title} | {' | '.join(map(cell, WAYS))} |\n"


def table(rows: list[str]) -> str:
    """The rows, below the names of the ways."""
    return row("", WAYS.__getitem__) + f"|---|{'---|' * len(WAYS)}\n" + "".join(rows)


def table_of_lines() -> str:
    """The lines of each program."""
    return table([row(each, partial(cell, each)) for each in SERVERS])


def cell(server: str, way: str) -> str:
    """The lines of a program, or a dash."""
    return str(lines_of(server, way)) if path_of(server, way).exists() else NO_FIGURE


def measured() -> str:
    """The table of all that is measured, from several rounds in which the ways take turns."""
    rates: dict[tuple[str, str], list[float]] = {program: [] for program in programs()}
    for number in range(ROUNDS):
        print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
        for program, found in rates.items():
            found.append(rate(*program))
    chats = {way: chat_without_reading(way) for way in WAYS}

    def thousands(server: str, way: str) -> str:
        return f"{median(rates[server, way]) / 1000:,.0f}" if (server, way) in rates else NO_FIGURE

    rows = [row(f"{server}: thousands of answers", partial(thousands, server)) for server in SERVERS]
    rows.append(row("echo, a client does not read: the server grows by", echo_without_reading))
    rows.append(row("chat, a member does not read: the server grows by", lambda way: chats[way][0]))
    rows.append(row("and of all that is said another one gets", lambda way: chats[way][1]))
    rows.append(row("insult, a handler sleeps for 500 ms: another client waits", wait_behind_a_sleeper))
    return table(rows)


def written(page: str, tables: dict[str, str]) -> str:
    """The page with these tables in their places."""
    return TABLE.sub(lambda found: found[1] + tables[found[2]] if found[2] in tables else found[0], page)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tutorials.rosetta", description="Measure the programs.")
    parser.add_argument("--check", action="store_true", help="only compare the numbers of lines")
    options = parser.parse_args()
    page = PAGE.read_text("utf-8")
    tables = {"lines": table_of_lines()}
    if options.check:
        return 0 if written(page, tables) == page else 1
    PAGE.write_text(written(page, tables | {"measured": measured()}), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
