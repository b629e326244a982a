"""The client side must be the quicker one, so it is a bare loop: wait, read, write, note the time.

It stands on nobody's event loop, and keeps its state in lists indexed by descriptor. Sockets block here:
they are read only when there is something, and what is asked at once fits into any buffer.
"""

import os
import select
import selectors
import socket
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from time import perf_counter

AT_ONCE = 65536
RESEND = 0.1  # seconds without any answer before datagrams are taken for lost

Ready = list[tuple[int, int]]


def connect(port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    """A connection, or a datagram socket that speaks with this port only."""
    sock = socket.socket(socket.AF_INET, kind)
    sock.connect(("127.0.0.1", port))
    if kind is socket.SOCK_STREAM:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def waiting_for(sockets: Sequence[socket.socket]) -> Callable[[float], Ready]:
    """A function that waits at most so many seconds, and names the descriptors that can be read.

    It is epoll's own where there is one, with nothing around it; otherwise what `selectors` finds.
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
    """What is asked of a server, again and again. Each further `run` goes on where the last one ended."""

    answered: float = 0
    """Requests that were answered so far."""

    def __init__(self) -> None:
        self.latencies: list[float] = []

    def run(self, seconds: float) -> None:
        """Keep the server busy so long."""
        clock, turn = perf_counter, self.turn
        end = clock() + seconds
        while clock() < end:
            turn()

    @abstractmethod
    def turn(self) -> None:
        """Wait for answers, count and time them, and ask for as many again."""


class Asking(Load):
    """Each socket keeps `in_flight` requests under way: for every answer of `size` bytes, the next request.

    `worth` is how many requests an answer counts for. One request of each window is timed: what is asked
    now is answered once `in_flight` more answers have come.
    """

    def __init__(
        self, sockets: Sequence[socket.socket], request: bytes, size: int, in_flight: int = 1, worth: int = 1
    ) -> None:
        super().__init__()
        self.sockets, self.request, self.size = sockets, request, size
        self.in_flight, self.worth = in_flight, worth
        self.lossy = sockets[0].type is socket.SOCK_DGRAM
        self.wait = waiting_for(sockets)
        slots = 1 + max(sock.fileno() for sock in sockets)
        self.unfinished = [0] * slots  # bytes of an answer that is not whole yet
        self.ahead = [in_flight] * slots  # answers to come up to and with the one that is timed
        self.asked_at = [perf_counter()] * slots
        self.ask_all()

    def ask_all(self) -> None:
        for sock in self.sockets:
            sock.sendall(self.request * self.in_flight)

    def turn(self) -> None:
        ready = self.wait(RESEND if self.lossy else -1)
        if not ready:
            self.ask_all()
        read, write, clock, note = os.read, os.write, perf_counter, self.latencies.append
        unfinished, ahead, asked_at = self.unfinished, self.ahead, self.asked_at
        size, request, received = self.size, self.request, 0
        for fd, _ in ready:
            came = len(read(fd, AT_ONCE)) or closed()
            received += came
            answers, unfinished[fd] = divmod(unfinished[fd] + came, size)
            if not answers:
                continue
            ahead[fd] -= answers
            if ahead[fd] <= 0:
                now = clock()
                note(now - asked_at[fd])
                asked_at[fd] = now
                ahead[fd] = self.in_flight
            write(fd, request * answers)
        self.answered += received * self.worth / size


def closed() -> int:
    raise ConnectionError("the server closed a connection")


class OneTalking(Load):
    """One says a line, of `size` bytes as it is told, and the next when all listeners have got the last."""

    def __init__(
        self, talker: socket.socket, listeners: Sequence[socket.socket], line: bytes, size: int
    ) -> None:
        super().__init__()
        self.talker, self.listeners, self.line, self.size = talker, listeners, line, size
        self.wait = waiting_for(listeners)
        self.missing = 0
        self.say()

    def say(self) -> None:
        self.missing += self.size * len(self.listeners)
        self.said_at = perf_counter()
        self.talker.sendall(self.line)

    def turn(self) -> None:
        received = sum([len(os.read(fd, AT_ONCE)) or closed() for fd, _ in self.wait(-1)])
        self.answered += received / self.size
        self.missing -= received
        if self.missing <= 0:
            self.latencies.append(perf_counter() - self.said_at)
            self.say()


class Connecting(Load):
    """Connects, reads an answer of `size` bytes to its end, closes, and connects once more.

    The oldest connection is always read first, so nothing has to be waited for but that one, and nothing
    be registered anywhere. What was answered out of turn is noted late: the times are upper bounds.
    """

    def __init__(self, port: int, size: int, in_flight: int) -> None:
        super().__init__()
        self.address, self.size = ("127.0.0.1", port), size
        self.under_way: deque[tuple[socket.socket, float]] = deque()
        for _ in range(in_flight):
            self.connect()

    def connect(self) -> None:
        now = perf_counter()
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.connect(self.address)
        self.under_way.append((sock, now))

    def turn(self) -> None:
        sock, since = self.under_way.popleft()
        if len(sock.recv(AT_ONCE, socket.MSG_WAITALL)) != self.size:
            raise ConnectionError("an answer was cut off")
        sock.close()
        self.latencies.append(perf_counter() - since)
        self.answered += 1
        self.connect()
