"""The walkthrough of NATS: the commands, and the end of a node, have the results on the page."""

import os
import re
import select
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Self

from core.deferred import Deferred
from core.formats.nats import parse_servers
from core.protocols.jetstream import JetStream
from core.protocols.nats import NatsClient
from core.reactor import Reactor
from servers.hosting.nats_cluster import NatsCluster
from tests.conftest import turn_until
from tests.running import GUARD, ROOT, Client, connect, environment, serving, until
from tests.tutorials.lessons import broken

LESSON = ROOT / "tutorials" / "06_many_machines" / "README.md"
CONSOLES = re.findall(r"^```console\n(.*?)^```$", LESSON.read_text("utf-8"), re.MULTILINE | re.DOTALL)
NODES, ANN, BOB, ANN_READS, WRONG_COUNT, STORED, TWICE, CHAT, *OTHERS, KILLED = CONSOLES
SERVER, SECOND_SERVER, ANN_JOINS, BOB_JOINS, SUBSCRIBED, BOB_MOVES = OTHERS
LOST = re.search(r"^```text\n(nats://.*)\n```$", LESSON.read_text("utf-8"), re.MULTILINE)


class Program:
    """A program of the page. Its input is a pipe, its output goes into a file."""

    def __init__(self, name: str, *arguments: str, **changes: str) -> None:
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - __exit__ closes it
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"tutorials.06_many_machines.{name}", *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            env=environment(**changes),
        )

    def output(self) -> str:
        number = self._output.fileno()
        return os.pread(number, os.fstat(number).st_size, 0).decode()

    def lines(self) -> list[str]:
        return self.output().splitlines()

    def until_shown(self, pattern: str) -> re.Match[str]:
        """Wait until a line of the output matches `pattern`."""
        whole_line = re.compile(rf"^{pattern}$", re.MULTILINE)
        until(lambda: whole_line.search(self.output()), self.output)
        found = whole_line.search(self.output())
        assert found is not None
        return found

    def type(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def interrupt(self) -> int:
        """Type Ctrl-C. Returns the exit status."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(GUARD)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.terminate()
        self._process.wait(GUARD)
        self._output.close()


def play(client: Client, block: str, end: bytes = b"\r\n") -> None:
    """Send the lines of a block that begin with `>`, and read until each of the others has come."""
    for line in block.splitlines():
        if line.startswith(">"):
            client.send(line[2:].encode() + end)
        elif not line.startswith("$ "):
            first = line.split()[0]
            while client.until(first).split() != line.split():  # several blanks count as one
                continue


def until_heard(listener: Client, port: int, subject: bytes = b"room.probe") -> None:
    """Wait until the node at `port` knows what the listener at another node has subscribed to."""
    with connect(port) as prober:

        def is_heard() -> bool:
            prober.send(b"PUB %b 0\r\n\r\n" % subject)
            return bool(select.select([listener.socket], [], [], 0.05)[0])

        until(is_heard, str)


def test_the_page_from_the_first_line_to_the_next_leader() -> None:
    with Program("nodes", "--port", "-1") as nodes:
        leader = nodes.until_shown(r"(n\d) leads LINES")[1]
        ports = [int(port) for port in re.findall(r"^n\d nats://127\.0\.0\.1:(\d+)$", nodes.output(), re.M)]
        shown = dict(zip(map(str, ports), ("4222", "4223", "4224"), strict=True))
        printed = re.sub(r"\d{5}", lambda found: shown.get(found[0], found[0]), nodes.output())
        assert printed.replace(leader, "n3").splitlines()[-1] == NODES.splitlines()[-1]
        assert printed.splitlines()[:3] == NODES.splitlines()[1:4]
        type_the_protocol(ports)
        urls = [f"nats://127.0.0.1:{port}" for port in ports]
        with (
            Program("tiny_chat", ",".join(urls)) as ann,
            Program("tiny_chat", ",".join(urls[::-1])) as bob,
            serving("servers.chat", "--port", "0", "--cluster", ",".join(urls)) as one,
            serving("servers.chat", "--port", "0", "--cluster", ",".join(urls[::-1])) as two,
            one.connect() as ann_there,
            two.connect() as bob_there,
        ):
            for server, block in ((one, SERVER), (two, SECOND_SERVER)):
                assert server.lines[0].rpartition(":")[0] == block.splitlines()[1].rpartition(":")[0]
            play(ann_there, ANN_JOINS, b"\n")
            play(bob_there, BOB_JOINS, b"\n")
            assert ann_there.until("hello").endswith("<bob> hello, ann")
            change_the_room(ports, bob_there)
            for chat in (ann, bob):
                for line in CHAT.splitlines()[1:]:
                    chat.until_shown(re.escape(line))
            nodes.type(leader)
            nodes.until_shown(f"{leader} is killed")
            for number in range(3):
                ann.type(f"ann {number}")
                bob.type(f"bob {number}")
            ann_there.send(b"a line\n")
            bob_there.send(b"another line\n")
            nodes.until_shown(rf"(?!{leader})n\d leads LINES")
            for chat in (ann, bob):
                chat.until_shown(r"8: \w+ 2")
            assert ann_there.until("another line").endswith("<bob> another line")
            assert bob_there.until("a line").endswith("<ann> a line")
            said = [line for line in ann.lines() if re.match(r"\d+: ", line)]
            assert said == [line for line in bob.lines() if re.match(r"\d+: ", line)]
            assert [line for line in said if "ann" in line] == sorted(line for line in said if "ann" in line)
            assert {line.partition(": ")[2] for line in said[2:]} == {
                f"{name} {number}" for name in ("ann", "bob") for number in range(3)
            }
            nodes.type(leader)
            nodes.until_shown(f"{leader} is started")
        assert (nodes.interrupt(), "Traceback" in nodes.output()) == (0, False)
        assert KILLED.splitlines()[1] in [line.replace(leader, "n3") for line in nodes.lines()]


def change_the_room(ports: list[int], bob: Client) -> None:
    """The end of part 5: the messages that Bob's server stores have the subject of the room."""
    with connect(ports[0]) as watcher:
        play(watcher, SUBSCRIBED)
        for port in ports[1:]:
            until_heard(watcher, port, b"chat.probe")
        play(bob, BOB_MOVES, b"\n")
        for subject in ("chat.main.break", "chat.main", "chat.main.break", "chat.main"):
            while watcher.until("MSG chat.main").split()[1] != subject:
                continue  # sent again, because the acknowledgement was late


def type_the_protocol(ports: list[int]) -> None:
    """Parts 1, 2 and 4 of the page."""
    with connect(ports[0]) as ann, connect(ports[1]) as bob:
        play(ann, ANN)
        until_heard(ann, ports[1])
        play(bob, BOB)
        play(ann, ANN_READS)
    with connect(ports[1]) as bob:
        play(bob, WRONG_COUNT)
        assert bob.rest() == b""
    with connect(ports[1]) as bob:
        play(bob, STORED)
        play(bob, TWICE)


def stored(urls: str, line: bytes) -> None:
    """Make the stream of the chat, and store a line."""
    reactor = Reactor()
    client, done = NatsClient(reactor, parse_servers(urls)), list[object]()

    async def store() -> None:
        await client.connect()
        await JetStream(client).create_stream("LINES", ["lines"])
        await JetStream(client).publish("lines", line)

    Deferred.from_coroutine(store()).add_both(done.append)
    turn_until(reactor, lambda: done)
    assert done == [None]
    client.close()
    reactor.clear()
    reactor.close()


def test_a_line_without_an_id_is_lost_while_no_node_answers(tmp_path: Path) -> None:
    assert LOST is not None
    for edited in (True, False):
        changes = broken(LESSON, 0, tmp_path) if edited else {}
        with NatsCluster(1) as cluster:
            stored(cluster.urls, b"one")
            with Program("tiny_chat", cluster.urls, **changes) as chat:
                chat.until_shown("1: one")
                cluster.nodes[0].kill()
                url = re.escape(cluster.urls)
                chat.until_shown(rf"{url}: connection was [^;]*; trying {url} in \d\.\d s")
                chat.type("two")
                cluster.nodes[0].start()
                if edited:
                    stored(cluster.urls, b"three")
                    chat.until_shown("2: three")
                    assert "two" not in chat.output()
                else:
                    chat.until_shown("2: two")


def test_without_nodes_the_chat_says_so_and_ends() -> None:
    command = [sys.executable, "-m", "tutorials.06_many_machines.tiny_chat", "nats://127.0.0.1:1"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=GUARD)
    assert result.returncode == 1
    assert result.stderr == "no NATS server accepts this client: nats://127.0.0.1:1: Connection refused\n"
