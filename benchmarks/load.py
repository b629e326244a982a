"""The client side: a bare loop of wait, read, write and timing, because it has to be faster than the servers.

It uses none of the event loops under test, and keeps its state in lists indexed by file descriptor. The
sockets are blocking: they are read only when they are readable, and the requests in flight fit into any
send buffer.
"""

import os
import select
import selectors
import socket
import ssl
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from time import perf_counter

AT_ONCE = 65536
RESEND = 0.1  # seconds without an answer after which datagrams count as lost

Ready = list[tuple[int, int]]


def connect(port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    """A TCP connection to `port`, or a UDP socket that is connected to it."""
    sock = socket.socket(socket.AF_INET, kind)
    sock.connect(("127.0.0.1", port))
    if kind is socket.SOCK_STREAM:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def wait_function(sockets: Sequence[socket.socket]) -> Callable[[float], Ready]:
    """A function that waits at most the given seconds and returns the readable descriptors.

    On Linux it is `epoll.poll` itself, elsewhere it uses the best selector.
    """
    if hasattr(select, "epoll"):
        epoll = select.epoll()
        for sock in sockets:
            epoll.register(sock, select.EPOLLIN)
        return epoll.poll
    selector = selectors.DefaultSelector()
    for sock in sockets:
        selector.register(sock, selectors.EVENT_READ)
    return lambda timeout: [(key.fd, mask) for key, mask in selector.select(timeout)]


class Load(ABC):
    """A load for a server. Each `run` continues where the last one ended."""

    answered: float = 0
    """Number of requests answered so far."""

    worth: float = 1
    """An answer of `size` bytes counts as so many requests."""

    size: int

    def __init__(self) -> None:
        self.latencies: list[float] = []

    def in_c(self) -> list[object]:
        """The arguments for the same load in `load.c`, if it has it. The sockets follow them."""
        raise NotImplementedError

    @abstractmethod
    def all_sockets(self) -> list[socket.socket]:
        """The open sockets, in the order in which `load.c` takes them over."""

    def close(self) -> None:
        for sock in self.all_sockets():
            sock.close()

    def run(self, seconds: float) -> None:
        """Load the server for `seconds`."""
        clock, turn = perf_counter, self.turn
        end = clock() + seconds
        while clock() < end:
            turn()

    @abstractmethod
    def turn(self) -> None:
        """Wait for answers, count and time them, and send as many new requests."""


class Requests(Load):
    """Keeps `in_flight` requests in flight on each socket. An answer of `size` bytes brings the next request.

    `request` is that of all sockets, or a list with one for each. An answer counts as `worth` requests. One
    request of each window is timed: a request that is sent now is answered when `in_flight` more answers have
    arrived.
    """

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        request: bytes | list[bytes],
        size: int,
        in_flight: int = 1,
        worth: int = 1,
    ) -> None:
        super().__init__()
        self.sockets, self.size = sockets, size
        self.in_flight, self.worth = in_flight, worth
        self.lossy = sockets[0].type is socket.SOCK_DGRAM
        self.wait = wait_function(sockets)
        slots = 1 + max(sock.fileno() for sock in sockets)
        self.requests = [b""] * slots
        for number, sock in enumerate(sockets):
            self.requests[sock.fileno()] = request if isinstance(request, bytes) else request[number]
        self.unfinished = [0] * slots  # received bytes of an incomplete answer
        self.ahead = [in_flight] * slots  # answers up to and including the timed one
        self.sent_at = [perf_counter()] * slots
        self.send_all()

    def in_c(self) -> list[object]:
        return ["requests", self.size, self.in_flight, self.requests[self.sockets[0].fileno()].decode()]

    def all_sockets(self) -> list[socket.socket]:
        return list(self.sockets)

    def send_all(self) -> None:
        for sock in self.sockets:
            sock.sendall(self.requests[sock.fileno()] * self.in_flight)

    def turn(self) -> None:
        ready = self.wait(RESEND if self.lossy else -1)
        if not ready:
            self.send_all()
        read, write, clock, record = os.read, os.write, perf_counter, self.latencies.append
        unfinished, ahead, sent_at = self.unfinished, self.ahead, self.sent_at
        size, requests, received = self.size, self.requests, 0
        for fd, _ in ready:
            length = len(read(fd, AT_ONCE)) or closed()
            received += length
            answers, unfinished[fd] = divmod(unfinished[fd] + length, size)
            if not answers:
                continue
            ahead[fd] -= answers
            if ahead[fd] <= 0:
                now = clock()
                record(now - sent_at[fd])
                sent_at[fd] = now
                ahead[fd] = self.in_flight
            write(fd, requests[fd] * answers)
        self.answered += received * self.worth / size


class SecureRequests(Load):
    """As Requests, through TLS, with one request in flight on each socket. It verifies no certificate."""

    def __init__(self, sockets: Sequence[socket.socket], request: bytes) -> None:
        super().__init__()
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        secure = [context.wrap_socket(each) for each in sockets]
        self.sockets, self.request = {each.fileno(): each for each in secure}, request
        self.wait = wait_function(secure)
        self.sent_at = dict.fromkeys(self.sockets, perf_counter())
        for each in secure:
            each.sendall(request)

    def all_sockets(self) -> list[socket.socket]:
        return list(self.sockets.values())

    def turn(self) -> None:
        size = len(self.request)
        for fd, _ in self.wait(-1):
            sock, received = self.sockets[fd], 0
            while received < size:
                received += len(sock.recv(AT_ONCE)) or closed()
            now = perf_counter()
            self.latencies.append(now - self.sent_at[fd])
            self.sent_at[fd] = now
            sock.sendall(self.request)
            self.answered += 1


def closed() -> int:
    raise ConnectionError("the server closed a connection")


class OneSpeaker(Load):
    """One client sends a line; when all listeners have received it, it sends the next.

    `size` is the length of the line as the listeners receive it, in bytes.
    """

    def __init__(
        self, talker: socket.socket, listeners: Sequence[socket.socket], line: bytes, size: int
    ) -> None:
        super().__init__()
        self.talker, self.listeners, self.line, self.size = talker, listeners, line, size
        self.wait = wait_function(listeners)
        self.missing = 0
        self.send()

    def in_c(self) -> list[object]:
        return ["speaker", self.size, self.line.decode()]

    def all_sockets(self) -> list[socket.socket]:
        return [self.talker, *self.listeners]

    def send(self) -> None:
        self.missing += self.size * len(self.listeners)
        self.sent_at = perf_counter()
        self.talker.sendall(self.line)

    def turn(self) -> None:
        received = sum([len(os.read(fd, AT_ONCE)) or closed() for fd, _ in self.wait(-1)])
        self.answered += received / self.size
        self.missing -= received
        if self.missing <= 0:
            self.latencies.append(perf_counter() - self.sent_at)
            self.send()


class Connections(Load):
    """Connects, reads an answer of `size` bytes to its end, closes, and connects again.

    It always reads the oldest connection, so it needs no epoll. An answer that arrives before an older one is
    timed too late: the latencies are upper bounds.
    """

    def __init__(self, port: int, size: int, in_flight: int) -> None:
        super().__init__()
        self.address, self.size = ("127.0.0.1", port), size
        self.pending: deque[tuple[socket.socket, float]] = deque()
        for _ in range(in_flight):
            self.connect()

    def in_c(self) -> list[object]:
        return ["connections", self.size, self.address[1]]

    def all_sockets(self) -> list[socket.socket]:
        return [sock for sock, _ in self.pending]

    def connect(self) -> None:
        now = perf_counter()
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.connect(self.address)
        self.pending.append((sock, now))

    def turn(self) -> None:
        sock, since = self.pending.popleft()
        if len(sock.recv(AT_ONCE, socket.MSG_WAITALL)) != self.size:
            raise ConnectionError("an answer was cut off")
        sock.close()
        self.latencies.append(perf_counter() - since)
        self.answered += 1
        self.connect()
