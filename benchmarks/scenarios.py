"""The measurements: which server runs, and which load it gets."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedReader

from benchmarks.load import Connections, Load, OneSpeaker, Requests, SecureRequests, connect
from benchmarks.peers import QUOTE

CONNECTIONS = 100
LINE = b"x" * 62 + b"\r\n"
MEMBERS = 200
SAID = b"so what does the readable socket do\r\n"


@dataclass(frozen=True)
class Scenario:
    """`kind` names the server, `load(port)` creates the load, `request` is the unit that is counted."""

    kind: str
    title: str
    load: Callable[[int], Load]
    request: str = "request"
    is_in_c: bool = True  # load.c has this load, too


def echo(port: int, size: int) -> Load:
    return Requests([connect(port) for _ in range(CONNECTIONS)], b"x" * size, size)


def lines(port: int) -> Load:
    return Requests([connect(port) for _ in range(CONNECTIONS)], LINE, len(LINE), in_flight=16)


def secure(port: int) -> Load:
    return SecureRequests([connect(port) for _ in range(CONNECTIONS)], b"x" * 64)


def churn(port: int) -> Load:
    return Connections(port, len(QUOTE), in_flight=32)


def web(port: int, path: bytes, connections: int = CONNECTIONS, fields: bytes = b"") -> Load:
    """GET requests for `path`. In the path and in the fields, {} is the number of the connection."""
    sockets = [connect(port) for _ in range(connections)]
    head = b"GET %b HTTP/1.1\r\nHost: localhost\r\n%b\r\n" % (path, fields)
    requests = [head.replace(b"{}", b"%04d" % number) for number in range(connections)]
    return Requests(sockets, requests, answer_size(port, requests[0]))


def answer_size(port: int, request: bytes) -> int:
    """The number of bytes of the answer to an HTTP request."""
    with connect(port) as sock, sock.makefile("rb") as file:
        sock.sendall(request)
        lines = list(iter(file.readline, b"\r\n"))
    (length,) = [int(line.split()[1]) for line in lines if line.lower().startswith(b"content-length:")]
    return sum(map(len, lines)) + 2 + length


def udp(port: int) -> Load:
    return Requests([connect(port, socket.SOCK_DGRAM) for _ in range(64)], b"x" * 64, 64)


def one_talking(port: int) -> Load:
    members, size = full_room(port)
    return OneSpeaker(members[0], members[1:], SAID, size)


def all_talking(port: int) -> Load:
    """Each member sends its next line when it has received as many lines as there are other members."""
    members, size = full_room(port)
    return Requests(members, SAID, size * (MEMBERS - 1), worth=MEMBERS - 1)


def full_room(port: int) -> tuple[list[socket.socket], int]:
    """Members who have all joined the chat, and the length in bytes of a line that they receive."""
    names = [b"u%03d" % number for number in range(MEMBERS)]
    members = [connect(port) for _ in names]
    readers = [member.makefile("rb") for member in members]
    for name, member, reader in zip(names, members, readers, strict=True):
        member.sendall(name + b"\r\n")
        read_to(reader, b"Welcome to the chat, " + name + b".\r\n")
    for reader in readers[:-1]:
        read_to(reader, names[-1] + b" has joined the channel.\r\n")
    read_to(readers[-1], b", " + names[-1] + b"\r\n")  # the last member receives all the names
    members[0].sendall(SAID)
    sizes = {len(read_to(reader, SAID)) for reader in readers[1:]}
    return members, sizes.pop()


def read_to(reader: BufferedReader, ending: bytes) -> bytes:
    """Read up to the next line that ends with `ending`, and return it."""
    for line in reader:
        if line.endswith(ending):
            return line
    raise ConnectionError("the server closed a connection")


SCENARIOS = [
    Scenario("echo", "echo, 64 B, 100 connections, one in flight on each", lambda port: echo(port, 64)),
    Scenario("echo", "echo, 1 KiB, 100 connections, one in flight on each", lambda port: echo(port, 1024)),
    Scenario("lines", "lines of 64 B, 100 connections, 16 in flight on each", lines),
    Scenario("tls", "TLS echo, 64 B, 100 connections, one in flight on each", secure, is_in_c=False),
    Scenario(
        "web",
        "hello, 100 kept-alive connections, one request in flight on each",
        lambda port: web(port, b"/"),
    ),
    Scenario(
        "web",
        "hello, 300 kept-alive connections with a path each",
        lambda port: web(port, b"/{}", 300),
        is_in_c=False,
    ),
    Scenario(
        "web",
        "hello, 300 kept-alive connections with a header each: ours remembers none of them",
        lambda port: web(port, b"/", 300, b"X-Number: {}\r\n"),
        is_in_c=False,
    ),
    Scenario(
        "web", "a file of 1 KiB, 100 kept-alive connections", lambda port: web(port, b"/files/file.txt")
    ),
    Scenario("churn", "connect, read a quote, close; 32 in flight", churn),
    Scenario("udp", "UDP echo, 64 B, 64 outstanding on 64 sockets", udp),
    Scenario("chat", "chat, 200 in the room, one talking", one_talking, "line delivered"),
    Scenario("chat", "chat, 200 in the room, all talking", all_talking, "line delivered"),
]
