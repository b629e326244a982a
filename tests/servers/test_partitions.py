"""A chat on three machines, of which one is cut off: nothing said is lost or doubled.

Each machine has a node of NATS, a chat server and a member. It is a network namespace.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from servers.hosting.nats_cluster import NatsNode
from tests.networks import Host, hosts_on_a_switch, may_make_networks
from tests.running import GUARD

pytestmark = pytest.mark.skipif(not may_make_networks(), reason="network namespaces are not permitted")

CHAT = ("servers.chat", "--port", "0", "--flood", "off", "--quiet", "--no-control", "--cluster")
PRINT_LEADER = """
import sys
from core import react
from core.formats.nats import parse_servers
from core.protocols.jetstream import JetStream
from core.protocols.nats import NatsClient

async def find(reactor):
    client = NatsClient(reactor, parse_servers(sys.argv[1]))
    await client.connect()
    print((await JetStream(client).stream_info("chat-main")).leader)

react(find)
"""


class Member(threading.Thread):
    """A member. `heard` has the lines of the others with their sequence numbers, `texts` all other events."""

    def __init__(self, host: Host, port: int) -> None:
        super().__init__()
        command = host.command("nc", "127.0.0.1", str(port))
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.name = f"m{host.number}"
        self.said: list[str] = []
        self.heard: list[tuple[int, str]] = []
        self.texts: list[str] = []
        self.send(f"/events\n{self.name}")
        self.start()

    def send(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{text}\n".encode())
        self.process.stdin.flush()

    def say(self) -> None:
        self.said.append(f"{self.name}-{len(self.said)}")
        self.send(self.said[-1])

    def run(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event = json.loads(line) if line.startswith(b"{") else {}
            if event.get("event") == "said":
                self.heard.append((event["seq"], event["text"]))
            else:
                self.texts.append(event.get("text", ""))

    def has_heard(self, others: Sequence["Member"]) -> bool:
        """Whether it has heard all that the others have said so far."""
        heard = {text for _, text in tuple(self.heard)}
        return all(heard.issuperset(other.said) for other in others if other is not self)

    def close(self) -> None:
        self.process.kill()
        self.join()
        self.process.communicate()


def until(condition: Callable[[], object], meanwhile: Callable[[], object] = lambda: None) -> None:
    """Wait until `condition()` holds: an election takes up to 10 s when idle, and several can follow."""
    end = time.monotonic() + GUARD
    while not condition():
        assert time.monotonic() < end
        meanwhile()
        time.sleep(0.05)


def nodes_on(hosts: Sequence[Host], directory: Path) -> list[NatsNode]:
    routes = [f"nats://10.99.0.{host.number}:6222" for host in hosts]
    nodes = []
    for host, route in zip(hosts, routes, strict=True):
        cluster = ["--cluster", route, "--cluster_name", "school", "--routes", ",".join(routes)]
        name, address = f"n{host.number}", f"10.99.0.{host.number}"
        nodes.append(NatsNode(name, directory / name, cluster, 4222, address, host.command()))
    return nodes


def test_the_machine_of_the_leader_is_cut_off_and_mended_and_every_line_is_heard_once_and_in_order(
    tmp_path: Path,
) -> None:
    with hosts_on_a_switch(3) as switch, ExitStack() as stack:
        nodes = nodes_on(switch.hosts, tmp_path)
        for node in nodes:
            stack.callback(node.kill)
            node.start()
        urls = [node.url for node in nodes]
        members: list[Member] = []
        for number, host in enumerate(switch.hosts):
            own_first = ",".join([*urls[number:], *urls[:number]])
            server = stack.enter_context(host.serving(*CHAT, own_first))
            members.append(Member(host, server.port()))
            stack.callback(members[-1].close)
        until(lambda: all("Welcome" in " ".join(member.texts) for member in members))

        def talk() -> None:
            for member in members:
                member.say()

        command = switch.hosts[0].command(sys.executable, "-c", PRINT_LEADER, ",".join(urls))
        leader = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout[1:])
        talk()
        switch.cut(switch.hosts[leader - 1])
        first, second = (member for member in members if member.name != f"m{leader}")
        before = len(first.said)
        talk()
        until(lambda: first.said[before] in {text for _, text in tuple(second.heard)}, talk)
        switch.mend(switch.hosts[leader - 1])
        talk()
        until(lambda: all(member.has_heard(members) for member in members))
        order: dict[int, str] = {}
        for member in members:
            others = [text for other in members if other is not member for text in other.said]
            assert sorted(text for _, text in member.heard) == sorted(others)
            assert member.heard == sorted(member.heard)
            assert all(order.setdefault(number, text) == text for number, text in member.heard)
