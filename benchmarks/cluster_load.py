"""The members of a chat on a cluster, as a load: they say numbered lines, and record which ones they hear.

A bare loop over epoll, because it has to be faster than the servers together. When its server is lost, a
member connects to the next one, takes its name again, and asks for the lines that it missed.
"""

import heapq
import json
import select
import socket
from collections.abc import Callable
from enum import Enum
from itertools import count
from secrets import token_hex
from time import perf_counter

RETRY_AFTER = 0.3  # seconds, when the name is not free yet
UNSURE = 20.0  # seconds for which a member is not sure that its line was stored, if its server dies


class State(Enum):
    """The state of a member.

    AWAY → JOINING                 it connects
    JOINING → CATCHING_UP          it is welcome again, and asks for what it missed
    JOINING, CATCHING_UP → PRESENT it is welcome for the first time, or has got the answer
    any → AWAY                     its connection is lost
    """

    AWAY = "away"
    JOINING = "joining"
    CATCHING_UP = "catching up"
    PRESENT = "present"


class Line:
    """A line: when it was said and last heard, by how many members, and by how many it must be heard."""

    def __init__(self, said_at: float) -> None:
        self.said_at = self.last_heard = said_at
        self.heard = 0


class Load:
    """All members, on one loop. `ports` are those of the chat servers; a server that has died is removed."""

    def __init__(self, ports: list[int], members: int) -> None:
        self.ports = ports
        self.lines: list[Line] = []
        self.calls: list[tuple[float, int, Callable[[], object]]] = []
        self.epoll = select.epoll()
        self.by_descriptor: dict[int, Member] = {}
        self._serial = count()
        self.members = [Member(self, number, ports[number % len(ports)]) for number in range(members)]

    def at(self, time: float, f: Callable[[], object]) -> None:
        """Call `f` at `time`."""
        heapq.heappush(self.calls, (time, next(self._serial), f))

    def run_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Handle events until `condition` holds. Returns False if it does not within `seconds`."""
        end = perf_counter() + seconds
        while not condition():
            now = perf_counter()
            if now > end:
                return False
            while self.calls and self.calls[0][0] <= now:
                heapq.heappop(self.calls)[2]()
            due = self.calls[0][0] if self.calls else end
            for descriptor, _ in self.epoll.poll(max(0.0, min(due - perf_counter(), 0.05))):
                self.by_descriptor[descriptor].on_readable()
        return True

    def all_present(self) -> bool:
        return all(member.state is State.PRESENT for member in self.members)

    def all_heard(self) -> bool:
        """Whether each line was heard by all members but the one who said it."""
        return all(line.heard >= len(self.members) - 1 for line in self.lines)

    def join_all(self) -> None:
        """Let the members join, some at a time. Raises TimeoutError."""
        for start in range(0, len(self.members), 50):
            group = self.members[start : start + 50]
            for member in group:
                member.connect()
            if not self.run_until(lambda group=group: all(m.state is State.PRESENT for m in group), 60):  # type: ignore[misc]
                raise TimeoutError("not all members could join within a minute")

    def say(self, member: "Member") -> None:
        """Let a member say the next line."""
        self.lines.append(Line(perf_counter()))
        member.say(len(self.lines) - 1)

    def close(self) -> None:
        for member in self.members:
            member.close()
        self.epoll.close()

    def mistakes(self) -> list[str]:
        """The mistakes: a line that a member lacks, has twice, or has in another order."""
        found: list[str] = []
        order: dict[int, int] = {}
        for member in self.members:
            order.update(member.heard)
        said = [order[sequence] for sequence in sorted(order)]
        if sorted(said) != list(range(len(self.lines))):
            found.append(f"{len(said)} lines are stored, and {len(self.lines)} were said")
        for member in self.members:
            if list(member.heard) != sorted(member.heard):
                found.append(f"{member.name} heard lines in another order")
            expected = [number for number in said if number not in member.own]
            if [member.heard[sequence] for sequence in sorted(member.heard)] != expected:
                found.append(f"{member.name} heard {len(member.heard)} lines, not {len(expected)}")
            if member.doubled:
                found.append(f"{member.name} heard {member.doubled} lines twice")
        return found


class Member:
    """A member of the chat. `heard` has the numbers of the lines of others by their sequence numbers."""

    def __init__(self, load: Load, number: int, port: int) -> None:
        self.load, self.port, self.name = load, port, f"m{number:04}"
        self.state = State.AWAY
        self.heard: dict[int, int] = {}
        self.own: dict[int, tuple[float, int]] = {}  # when each was said, and the last sequence number then
        self.last = 0  # the largest sequence number
        self.doubled = 0
        self._key = token_hex(16)
        self._missed: dict[int, int] = {}
        self._stored: set[int] = set()  # own lines that the answer to `/events since` has
        self._lists = 0  # lists of names since it connected
        self._buffer = b""

    def connect(self) -> None:
        """Connect to its server, or to the next one that is there, and ask for its name."""
        if self.port not in self.load.ports:
            self.port = self.load.ports[int(self.name[1:]) % len(self.load.ports)]
        self._socket = socket.create_connection(("127.0.0.1", self.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.load.by_descriptor[self._socket.fileno()] = self
        self.load.epoll.register(self._socket, select.EPOLLIN)
        self.state, self._lists, self._buffer = State.JOINING, 0, b""
        self._send(f"/events key {self._key}\r\n{self.name}\r\n")

    def close(self) -> None:
        if self.state is not State.AWAY:
            self.load.epoll.unregister(self._socket)
            self._socket.close()
            self.state = State.AWAY

    def say(self, number: int) -> None:
        """Say a line. If the server dies, it is said again unless it is stored."""
        self.own.setdefault(number, (perf_counter(), self.last))
        self._send(f"#{number}\r\n")

    def on_readable(self) -> None:
        try:
            data = self._socket.recv(262144)
        except ConnectionResetError:
            data = b""
        if not data:
            self.close()
            self.load.at(perf_counter() + RETRY_AFTER, self.connect)
            return
        *lines, self._buffer = (self._buffer + data).split(b"\r\n")
        now = perf_counter()
        for line in lines:
            if line.startswith(b"{"):
                self._on_event(json.loads(line), now)

    def _on_event(self, event: dict[str, str | int], now: float) -> None:
        kind = event["event"]
        if kind == "said" and str(event["text"]).startswith("#"):
            self._on_line(str(event["name"]), int(event["seq"]), int(str(event["text"])[1:]), now)
        elif kind == "welcome" and self.last:
            self.state = State.CATCHING_UP
            self._send(f"/events since {self._known_before()}\r\n/names\r\n")
        elif kind == "refused" and self.state is State.JOINING:
            self.load.at(now + RETRY_AFTER, lambda: self._send(f"{self.name}\r\n"))
        elif kind == "names":
            self._lists += 1
            if self.state is State.JOINING or (self.state is State.CATCHING_UP and self._lists == 2):
                self._be_present()
        self.last = max(self.last, int(event.get("seq", 0)))

    def _on_line(self, name: str, sequence: int, number: int, now: float) -> None:
        if name == self.name:
            self._stored.add(number)
        elif self.state is State.CATCHING_UP:
            self._missed[sequence] = number
        else:
            self._hear(sequence, number, now)

    def _hear(self, sequence: int, number: int, now: float) -> None:
        if sequence in self.heard:
            self.doubled += 1
            return
        self.heard[sequence] = number
        line = self.load.lines[number]
        line.heard, line.last_heard = line.heard + 1, now

    def _known_before(self) -> int:
        """The sequence number since which it must look for its own lines, too."""
        now = perf_counter()
        unsure = [last for said_at, last in self.own.values() if now - said_at < UNSURE]
        return min([self.last, *(last for last in unsure if last)])

    def _be_present(self) -> None:
        """Put the missed lines into their order, and say the own ones again that are not stored."""
        was_away, self.state = self.state is State.CATCHING_UP, State.PRESENT
        now = perf_counter()
        for sequence in sorted(self._missed.keys() - self.heard.keys()):
            self._hear(sequence, self._missed[sequence], now)
        if was_away:
            for number, (said_at, _) in self.own.items():
                if now - said_at < UNSURE and number not in self._stored:
                    self._send(f"#{number}\r\n")
        self._missed, self._stored = {}, set()

    def _send(self, text: str) -> None:
        if self.state is not State.AWAY:
            try:
                self._socket.sendall(text.encode())
            except (BrokenPipeError, ConnectionResetError):
                pass  # the end of the stream says so, too
