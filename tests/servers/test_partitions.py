"""A chat on three machines, of which one is cut off: nothing said is lost or doubled."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from servers.hosting.nats_cluster import NatsNode
from tests.networks import Host, Switch, hosts_on_a_switch, may_make_networks
from tests.running import Server

pytestmark = pytest.mark.skipif(not may_make_networks(), reason="network namespaces are not permitted")

CHAT = ("servers.chat", "--port", "0", "--flood", "off", "--quiet", "--no-control", "--cluster")
LEADER = """
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
GUARD = 60.0


class Member(threading.Thread):
    """A member on the host of its server. `heard` has the lines of the others by their sequence numbers."""

    def __init__(self, host: Host, port: int) -> None:
        super().__init__()
        command = host.command("nc", "127.0.0.1", str(port))
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.name = f"m{host.number}"
        self.said: list[str] = []
        self.heard: list[tuple[int, str]] = []
        self.others: list[str] = []
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
            if line.startswith(b"{"):
                event = json.loads(line)
                if event["event"] == "said":
                    self.heard.append((event["seq"], event["text"]))
                else:
                    self.others.append(event.get("text", ""))

    def has_heard(self, *others: "Member") -> bool:
        """Whether it has heard all that these have said so far."""
        heard = {text for _, text in tuple(self.heard)}
        return all(heard.issuperset(other.said) for other in others if other is not self)

    def close(self) -> None:
        self.process.kill()
        self.join()
        self.process.communicate()


def nats_nodes(hosts: list[Host], directory: Path) -> list[NatsNode]:
    routes = [f"nats://10.99.0.{host.number}:6222" for host in hosts]
    nodes = []
    for host, route in zip(hosts, routes, strict=True):
        cluster = ["--cluster", route, "--cluster_name", "school", "--routes", ",".join(routes)]
        name, address = f"n{host.number}", f"10.99.0.{host.number}"
        nodes.append(NatsNode(name, directory / name, cluster, 4222, address, host.command()))
    return nodes


def until(members: list[Member], condition: Callable[[], object]) -> None:
    """Let all members talk until it holds."""
    end = time.monotonic() + GUARD
    while not condition():
        assert time.monotonic() < end, [member.others[-3:] for member in members]
        for member in members:
            member.say()
        time.sleep(0.05)
