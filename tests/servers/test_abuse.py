"""Random bytes, killed clients, a full descriptor table, a stop during a busy chat."""

import random
import resource
import selectors
import signal
import socket
import struct
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from core.cli import ENGINES
from tests.running import GUARD, Client, Server, connect, datagrams, serving

NO_LINGER = struct.pack("ii", 1, 0)
STREAMS = ["chat", "echo", "qotd", "insult"]


def abuse(server: Server, luck: random.Random) -> None:
    """Send random bytes to every service, and close the connections in every way."""
    for name in STREAMS:
        with server.connect(name) as client:
            try:
                for _ in range(luck.randrange(5)):
                    piece = luck.randbytes(luck.choice([1, 100, 20_000]))
                    client.send(piece + luck.choice([b"", b"\n", b"\r", b"\r\n/events\n"]))
            except (BrokenPipeError, ConnectionResetError):
                pass
            match luck.randrange(3):
                case 0:
                    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
                case 1:
                    client.socket.close()
    with datagrams(server, "udp_echo") as client:
        client.send(luck.randbytes(luck.randrange(2000)))


def memory(server: Server) -> int:
    """The server's resident memory in KiB."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def wait_until_alone(server: Server, descriptors: int) -> None:
    """Talk to the server until it has no more than `descriptors` open."""
    with server.connect("echo") as client:
        client.line()
        late = time.monotonic() + GUARD
        while server.descriptors() > descriptors + 1:
            assert time.monotonic() < late, "some descriptors are still there"
            client.send(b"still there?\n")
            assert client.line()


@pytest.mark.parametrize("engine", ENGINES)
def test_random_bytes_and_datagrams_raise_no_error_and_leak_nothing(engine: str) -> None:
    with serving("servers", "--port", "0", "--flood", "off", "--reactor", engine) as server:
        luck = random.Random(26)
        with server.connect("echo") as client:
            client.line()  # uvloop opens some of its own descriptors only once it runs
            before = server.descriptors() - 1
        for _ in range(20):
            abuse(server, luck)
        wait_until_alone(server, before)
        used = memory(server)
        for _ in range(60):
            abuse(server, luck)
        wait_until_alone(server, before)
        assert memory(server) < used + 4096
        assert server.stop() == 0
        assert "ERROR" not in server.stderr()


def enter(server: Server, name: str) -> Client:
    """A client that has joined the chat."""
    client = server.connect()
    client.send(name.encode() + b"\n")
    client.until("Welcome to the chat")
    client.line()
    return client


def test_a_killed_client_leaves_the_chat_and_the_others_go_on() -> None:
    with serving("servers.chat", "--port", "0") as server, server.connect() as ann:
        ann.send(b"ann\n")
        ann.until("only one")
        command = ["nc", "127.0.0.1", str(server.port())]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as bob:
            assert bob.stdin is not None
            bob.stdin.write(b"bob\n")
            bob.stdin.flush()
            assert ann.line() == "bob has joined the channel."
            bob.send_signal(signal.SIGKILL)
            assert ann.line() == "bob has left the channel."


def test_lines_sent_before_the_end_are_delivered_although_the_sender_is_slowed_down() -> None:
    with serving("servers.chat", "--port", "0", "--flood", "2,50") as server, enter(server, "ann") as ann:
        text = b"bob\n" + b"".join(b"%d\n" % number for number in range(20))
        subprocess.run(
            ["nc", "-N", "127.0.0.1", str(server.port())],
            input=text,
            timeout=GUARD,
            stdout=subprocess.DEVNULL,
        )
        ann.until("bob has joined")
        assert [ann.line().partition("<bob> ")[2] for _ in range(20)] == [str(number) for number in range(20)]
        assert ann.line() == "bob has left the channel."


def test_telnet_talks_to_the_chat() -> None:
    with serving("servers.chat", "--port", "0") as server, server.connect() as ann:
        ann.send(b"ann\n")
        ann.until("only one")
        command = ["telnet", "127.0.0.1", str(server.port())]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as bob:
            assert bob.stdin is not None
            assert bob.stdout is not None
            while b"Choose a username:" not in bob.stdout.readline():
                pass
            for line, heard in (
                (b"bob\n", "bob has joined the channel."),
                (b"hello\n", "<bob> hello"),
                (b"/quit\n", "bob has left the channel."),
            ):
                bob.stdin.write(line)
                bob.stdin.flush()
                assert ann.line().endswith(heard)
            bob.kill()  # with a pipe for a keyboard it does not always end by itself


def test_a_member_that_does_not_read_is_aborted_and_delays_no_other_member() -> None:
    with (
        serving("servers.chat", "--port", "0", "--flood", "off") as server,
        enter(server, "deaf"),
        enter(server, "ann") as ann,
        enter(server, "bob") as bob,
    ):
        heard = ""
        while "deaf has left the channel." not in heard:
            ann.send(b"x" * 16000 + b"\n")
            heard = bob.line()
        ann.send(b"the end\n")
        assert bob.until("the end")


def test_with_a_full_descriptor_table_a_server_serves_open_connections_and_later_the_waiting_ones() -> None:
    with serving("servers.echo", "--port", "0", "--no-greeting") as server:
        limit = server.descriptors() + 4
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (limit, limit))
        clients = [server.connect() for _ in range(8)]
        for number in range(4):
            clients[number].send(b"hello\n")
            assert clients[number].line() == "hello"
        for client in clients[:4]:
            client.close()
        for client in clients[4:]:
            client.send(b"hello\n")
            assert client.line() == "hello"
            client.close()


class Talker(Client):
    """Says numbered lines, at most AHEAD more than the next talker has received."""

    AHEAD = 8

    def __init__(self, port: int, name: str) -> None:
        super().__init__(socket.create_connection(("127.0.0.1", port), GUARD))
        self.name = name
        self.said = self.confirmed = 0
        self.heard: set[tuple[str, int]] = set()
        self.counts = Counter[str]()
        self.pending = b""
        self.send(name.encode() + b"\n")
        self.until("Welcome to the chat")

    def talk(self) -> None:
        """Say as many lines as allowed. An error means that the server has stopped."""
        while self.said < self.confirmed + self.AHEAD:
            try:
                self.send(b"%d\n" % self.said)
            except OSError:
                return
            self.said += 1

    def listen(self) -> bool:
        """Record the received lines. False at the end of the stream."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        *lines, self.pending = (self.pending + data).split(b"\n")
        for line in lines:
            _, said, rest = line.decode().partition(")<")
            if said:
                name, _, number = rest.partition("> ")
                self.heard.add((name, int(number)))
                self.counts[name] += 1
        return bool(data)


def converse(talkers: list[Talker], stop: Callable[[], None]) -> None:
    """Let all talk, call `stop()` after 500 lines, and go on until all connections have ended."""
    selector = selectors.DefaultSelector()
    for number, talker in enumerate(talkers):
        selector.register(talker.socket, selectors.EVENT_READ, number)
        talker.talk()
    while selector.get_map():
        was_short = len(talkers[0].heard) < 500
        ready = selector.select(GUARD)
        assert ready
        for key, _ in ready:
            talker, before = talkers[key.data], talkers[key.data - 1]
            if not talker.listen():
                selector.unregister(talker.socket)
            before.confirmed = talker.counts[before.name]
            before.talk()
        if was_short and len(talkers[0].heard) >= 500:
            stop()
    selector.close()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_stop_during_a_busy_chat_loses_no_accepted_line(engine: str) -> None:
    with serving("servers.chat", "--port", "0", "--flood", "off", "--reactor", engine) as server:
        talkers = [Talker(server.port(), f"n{number}") for number in range(6)]
        converse(talkers, lambda: server.process.send_signal(signal.SIGTERM))
        accepted = set[tuple[str, int]]().union(*(talker.heard for talker in talkers))
        for talker in talkers:
            assert talker.heard == {line for line in accepted if line[0] != talker.name}
            said = {number for name, number in accepted if name == talker.name}
            assert said == set(range(len(said)))  # the first so many, without a gap
            talker.close()
        assert len(accepted) > 500
        assert server.process.wait(GUARD) == 0


def test_a_line_without_an_end_closes_the_connection() -> None:
    for name in ("chat", "insult"):
        with serving(f"servers.{name}", "--port", "0") as server, connect(server.port()) as client:
            client.send(b"x" * 20_000)
            assert client.rest().endswith((b"Good-bye.\r\n", b"that is a novel.\r\n"))
