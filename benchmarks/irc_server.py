"""`python -m benchmarks.irc_server`: the cost of a line to a channel, compared with a line in the chat.

In the chat there are 200 members, on the IRC server 1,000 clients in 20 channels of 200. They run in turn,
each time in a new process, and the load goes to the room or to one channel: one member talks, or all do. The
figure is the processor time of the server for each line that is delivered to a member.
"""

import argparse
import platform
import socket
from collections.abc import Callable, Mapping
from statistics import median

from benchmarks.command import bind_load
from benchmarks.load import Load, OneSpeaker, Requests, connect
from benchmarks.measure import Run, measure
from benchmarks.report import table
from benchmarks.scenarios import MEMBERS, Scenario, all_talking, one_talking, read_to
from benchmarks.servers import ENGINES

CLIENTS = 1000
CHANNELS = 20
OF_A_CLIENT = 4
"""Channels that a client is in. So each of the channels has 200 members."""

SAID = b"PRIVMSG #c0 :so what does the readable socket do\r\n"
LIMIT = 1.3


def channels_of(number: int) -> list[int]:
    """The channels that the client with this number joins."""
    return [(number + each * CHANNELS // OF_A_CLIENT) % CHANNELS for each in range(OF_A_CLIENT)]


def members(port: int, capabilities: str) -> list[socket.socket]:
    """Connect CLIENTS clients. Returns the members of channel 0, when all have read everything so far."""
    sockets = [connect(port) for _ in range(CLIENTS)]
    for number, sock in enumerate(sockets):
        names = ",".join(f"#c{channel}" for channel in channels_of(number))
        request = f"CAP REQ :{capabilities}\r\nCAP END\r\n" if capabilities else ""
        register = f"{request}NICK u{number:04}\r\nUSER u 0 * :u\r\nJOIN {names}\r\n"
        sock.sendall(register.encode())
    synchronize(sockets, b"joined")  # each has joined
    synchronize(sockets, b"told")  # each has received all joins
    return [sock for number, sock in enumerate(sockets) if 0 in channels_of(number)]


def synchronize(sockets: list[socket.socket], token: bytes) -> None:
    """Read up to the answer of a PING on each of the sockets."""
    for sock in sockets:
        sock.sendall(b"PING " + token + b"\r\n")
        with sock.makefile("rb") as reader:
            read_to(reader, b" :" + token + b"\r\n")


def line_size(talker: socket.socket, listener: socket.socket) -> int:
    """The length in bytes of a line as the listener receives it."""
    talker.sendall(SAID)
    with listener.makefile("rb") as reader:
        return len(read_to(reader, SAID.partition(b" ")[2]))


def channel(port: int, capabilities: str = "") -> tuple[list[socket.socket], int]:
    """The members of a channel, with nothing left to read, and the length of a line that they receive."""
    found = members(port, capabilities)
    assert len(found) == MEMBERS
    size = line_size(found[0], found[1])
    synchronize(found, b"read")
    return found, size


def one_in_a_channel(port: int) -> Load:
    talker, *listeners = (found := channel(port))[0]
    return OneSpeaker(talker, listeners, SAID, found[1])


def one_with_times(port: int) -> Load:
    talker, *listeners = (found := channel(port, "server-time"))[0]
    return OneSpeaker(talker, listeners, SAID, found[1])


def all_in_a_channel(port: int) -> Load:
    found, size = channel(port)
    return Requests(found, SAID, size * (MEMBERS - 1), worth=MEMBERS - 1)


def in_turn(
    core: int | None, kinds: Mapping[str, tuple[str, Callable[[int], Load]]], rounds: int, seconds: float
) -> None:
    """Measure the servers in turn, and print a row for each with its cost compared with the first one's."""
    runs: dict[str, list[Run]] = {title: [] for title in kinds}
    for number in range(rounds):
        titles = list(kinds)
        first = number % len(titles)
        for title in (*titles[first:], *titles[:first]):
            kind, load = kinds[title]
            scenario = Scenario(kind, title, load)
            runs[title].append(measure(ENGINES[0], scenario, seconds, core))
    costs = {title: median(run.cpu for run in runs[title]) for title in kinds}
    base = next(iter(costs.values()))
    rows = [[title, f"{cost * 1e6:.2f}", f"{cost / base:.2f}"] for title, cost in costs.items()]
    print(table([["for each line delivered to a member", "CPU µs", "ratio"], *rows]), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.irc_server", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="runs of each server (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=0.7, help="of each run (default %(default)s)")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, {platform.system()}, medians of {options.rounds} rounds")
    print(f"{CLIENTS} IRC clients in {CHANNELS} channels of {MEMBERS}; the limit is {LIMIT} times the chat")
    core = bind_load()
    one = {
        "chat, one talking": ("chat", one_talking),
        "IRC, one talking": ("irc", one_in_a_channel),
        "IRC, one talking, with server-time": ("irc", one_with_times),
    }
    in_turn(core, one, options.rounds, options.seconds)
    everyone = {"chat, all talking": ("chat", all_talking), "IRC, all talking": ("irc", all_in_a_channel)}
    in_turn(core, everyone, options.rounds, options.seconds)


if __name__ == "__main__":
    main()
