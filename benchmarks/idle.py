"""What a session costs that says nothing: memory, measured from outside, with ten thousand of them."""

import resource
import socket
from dataclasses import dataclass, replace

from benchmarks.load import connect
from benchmarks.servers import ENGINES, Engine, serving

SPARE = 100  # descriptors for everything else
BUNCH = 32  # connections made before one is answered: no server's backlog overflows
ASKED = b"are you still there?"


@dataclass(frozen=True)
class Idle:
    """Bytes for each session: when it has only been accepted, and when it has answered once."""

    name: str
    sessions: int
    silent: float
    answered: float


def with_and_without_sessions(engines: list[Engine]) -> list[Engine]:
    """Ours twice: the second time nobody keeps track of the sessions."""
    bare = replace(ENGINES[0], name="ours, no registry", flags=("--no-sessions",))
    return [row for engine in engines for row in ([engine, bare] if engine is ENGINES[0] else [engine])]


def room_for(sessions: int) -> int:
    """As many of `sessions` as the descriptors allow, of which this raises the limit as far as it may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return sessions if hard == resource.RLIM_INFINITY else min(sessions, hard - SPARE)


def idle(engine: Engine, sessions: int, core: int | None) -> Idle:
    """Connect them all, weigh, have each answered, weigh again."""
    with serving(engine, "echo", core) as server:
        answer_once(server.port)
        empty = server.resident_bytes()
        clients: list[socket.socket] = []
        for number in range(sessions):
            clients.append(connect(server.port))
            if number % BUNCH == 0 or number == sessions - 1:
                answer_once(server.port)  # accepted in turn, so all before it were as well
        silent = server.resident_bytes()
        for client in clients:
            answer(client)
        answered = server.resident_bytes()
        for client in clients:
            client.close()
    return Idle(engine.name, sessions, (silent - empty) / sessions, (answered - empty) / sessions)


def answer_once(port: int) -> None:
    with connect(port) as client:
        answer(client)


def answer(client: socket.socket) -> None:
    """Have a client answered, or raise TimeoutError."""
    client.settimeout(5)
    client.sendall(ASKED)
    if client.recv(len(ASKED), socket.MSG_WAITALL) != ASKED:
        raise ConnectionError("a session was not answered")
