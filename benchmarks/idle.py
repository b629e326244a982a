"""The memory of idle sessions: the growth of the server's process with ten thousand connections."""

import resource
import socket
from dataclasses import dataclass, replace

from benchmarks.load import connect
from benchmarks.servers import ENGINES, Engine, serving

SPARE = 100  # file descriptors for everything else
BUNCH = 32  # connections to open before one is answered, so that the listen queue does not overflow
ASKED = b"are you still there?"


@dataclass(frozen=True)
class Idle:
    """Bytes of memory for each session: `silent` after the accept, `answered` after its first answer."""

    name: str
    sessions: int
    silent: float
    answered: float


def with_and_without_sessions(engines: list[Engine]) -> list[Engine]:
    """Add our engine a second time, without a session registry."""
    bare = replace(ENGINES[0], name="ours, no registry", flags=("--no-sessions",))
    return [row for engine in engines for row in ([engine, bare] if engine is ENGINES[0] else [engine])]


def affordable(sessions: int) -> int:
    """Raise the limit on file descriptors. Returns `sessions`, or fewer if the limit is too low."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return sessions if hard == resource.RLIM_INFINITY else min(sessions, hard - SPARE)


def idle(engine: Engine, sessions: int, core: int | None) -> Idle:
    """Connect `sessions` clients, read the memory, have each client answered, and read the memory again."""
    with serving(engine, "echo", core) as server:
        answer_once(server.port)
        empty = server.resident_bytes()
        clients: list[socket.socket] = []
        for number in range(sessions):
            clients.append(connect(server.port))
            if number % BUNCH == 0 or number == sessions - 1:
                answer_once(
                    server.port
                )  # connections are accepted in order, so all earlier ones have been accepted too
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
    """Send a request and read the answer. Raises TimeoutError or ConnectionError if there is none."""
    client.settimeout(5)
    client.sendall(ASKED)
    if client.recv(len(ASKED), socket.MSG_WAITALL) != ASKED:
        raise ConnectionError("a session was not answered")
