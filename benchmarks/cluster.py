"""`python -m benchmarks.cluster [--check]`: a room on several chat servers and three NATS servers.

Members on all servers receive numbered lines of the others, at a constant rate. The result is the time from
sending a line to its arrival at the last member. With `--check`, servers fail meanwhile: the NATS server that
leads the stream is killed and started again, a chat server is stopped for 5 seconds, and another one is
killed, so that its members go on at the next one. Then each member must have each line once and in one order.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from itertools import count

from core.deferred import Deferred
from core.formats.nats import parse_servers
from core.protocols.jetstream import JetStream, StreamInfo
from core.protocols.lines import LineReceiver
from core.protocols.nats import NatsClient
from core.protocols.protocol import ClientFactory
from core.reactor import Reactor
from servers.hosting.nats_cluster import NatsCluster

SAID = re.compile(rb'"text": "line (\d+)", "seq": (\d+)}')
STOPPED_FOR = 5.0
ELECTION = 15.0
"""Seconds after a failure whose lines do not count for the times: NATS elects a leader, leases end."""

SETTLE = 30.0
"""Seconds after the last line within which all members must have it."""


class Member(LineReceiver):
    """One connection of a member: it asks for what came after the last number, and takes the name."""

    MAX_LENGTH = 4 * 1024 * 1024

    def __init__(self, owner: "Owner") -> None:
        self._owner = owner

    def connection_made(self) -> None:
        self.send_line(b"/events since %d" % max(self._owner.lines, default=0))
        self.send_line(self._owner.name)

    def line_received(self, line: bytes) -> None:
        if found := SAID.search(line):
            self._owner.on_line(int(found[1]), int(found[2]))
        elif line.startswith(b'{"event": "welcome"'):
            self._owner.on_welcome(self)
        elif line.startswith(b'{"event": "refused"') and self._owner.session is None:
            self._owner.run.reactor.call_later(0.5, self.send_line, self._owner.name)

    def connection_lost(self, reason: Exception) -> None:
        self._owner.on_loss(self)


class Owner(ClientFactory):
    """A member over all its connections: what it has received, in order."""

    def __init__(self, run: "Run", number: int) -> None:
        self.run, self.number = run, number
        self.name = b"m%d" % number
        self.server = number % len(run.ports)
        self.session: Member | None = None
        self.lines: dict[int, int] = {}
        """The sequence numbers of the lines, with their texts, in the order in which they came."""
        self.connect()

    def connect(self) -> None:
        self.run.reactor.connect_tcp("127.0.0.1", self.run.ports[self.server], self)

    def build_protocol(self, address: object) -> Member:
        return Member(self)

    def client_connection_failed(self, connector: object, reason: Exception) -> None:
        self._go_on()

    def on_welcome(self, session: Member) -> None:
        self.session = session
        self.run.on_welcome()

    def on_loss(self, session: Member) -> None:
        if self.session is session:
            self.session = None
        self._go_on()

    def _go_on(self) -> None:
        if not self.run.is_over:
            self.server = (self.server + 1) % len(self.run.ports)
            self.run.reactor.call_later(0.2, self.connect)

    def on_line(self, line: int, sequence: int) -> None:
        if sequence not in self.lines:
            self.lines[sequence] = line
            self.run.arrived[line] += 1
            self.run.last_arrival[line] = time.monotonic()


class Run:
    """One measurement: `members` on the servers at `ports`, and `lines` at `rate` a second."""

    def __init__(self, reactor: Reactor, ports: Sequence[int], members: int, lines: int, rate: float) -> None:
        self.reactor, self.ports, self.lines, self.rate = reactor, ports, lines, rate
        self.is_over = False
        self.arrived = [0] * lines
        self.sent_at = [0.0] * lines
        self.last_arrival = [0.0] * lines
        self.senders: list[int] = [0] * lines
        self.faults: dict[int, Callable[[], object]] = {}
        self.began = 0.0
        self._welcomed = 0
        self.members: list[Owner] = []
        self._numbers = count()
        self._add(members)

    def _add(self, left: int) -> None:
        """Add members, some at a time, so that no listen queue overflows."""
        for _ in range(min(left, 25)):
            self.members.append(Owner(self, next(self._numbers)))
        if left > 25:
            self.reactor.call_later(0.05, self._add, left - 25)
        self._expected = len(self.members) + max(0, left - 25)

    def on_welcome(self) -> None:
        self._welcomed += 1
        if self._welcomed == self._expected and not self.began:
            self.began = self.reactor.seconds() + 1.0
            self.reactor.call_later(1.0, self._send, 0)

    def _send(self, number: int) -> None:
        if number in self.faults:
            self.faults[number]()
        if number == self.lines:
            self.reactor.call_later(0.2, self._wait, self.reactor.seconds() + SETTLE)
            return
        sender = self._sender(number)
        self.senders[number] = sender.number
        self.sent_at[number] = time.monotonic()
        assert sender.session is not None
        sender.session.send_line(b"line %d" % number)
        due = self.began + (number + 1) / self.rate
        self.reactor.call_later(max(0.0, due - self.reactor.seconds()), self._send, number + 1)

    def _sender(self, number: int) -> Owner:
        """A member of a server that is not killed: what its socket loses is no fault of the chat."""
        here = [each for each in self.members if each.session is not None]
        safe = [each for each in here if each.number % len(self.ports)] or here
        return safe[number * 7 % len(safe)]

    def _wait(self, until: float) -> None:
        everything = all(arrived == len(self.members) - 1 for arrived in self.arrived)
        if everything or self.reactor.seconds() > until:
            self.is_over = True
            self.reactor.stop()
        else:
            self.reactor.call_later(0.2, self._wait, until)

    def delays(self) -> list[float]:
        """Milliseconds from sending a line to its arrival at the last member, sorted.

        The lines of ELECTION after a failure are left out, if there are others.
        """
        length = int(ELECTION * self.rate)
        calm = [
            line for line in range(self.lines) if not self.faults.keys() & set(range(line - length, line + 1))
        ]
        lines = calm or range(self.lines)
        return sorted((self.last_arrival[line] - self.sent_at[line]) * 1000 for line in lines)

    def problems(self) -> list[str]:
        """What is not as it must be: each member has each line of the others once, in the same order."""
        order = self._order()
        found = []
        for member in self.members:
            expected = [line for line in order if self.senders[line] != member.number]
            lines = [*member.lines.values()]
            if lines != expected:
                missing = len(set(expected) - set(lines))
                double = len(lines) - len(set(lines))
                found.append(f"m{member.number}: {missing} missing, {double} double, or another order")
        return found

    def _order(self) -> list[int]:
        """The order of all lines, put together from two members: neither has its own lines."""
        positions = {line: place for member in self.members for place, line in member.lines.items()}
        return sorted(positions, key=lambda line: positions[line])


def leader_of(urls: str) -> str:
    """The name of the NATS server that leads the stream."""
    with closing(Reactor()) as reactor:
        client = NatsClient(reactor, parse_servers(urls))
        jetstream = JetStream(client)

        def ask(_: None) -> Deferred[StreamInfo]:
            return jetstream.stream_info("chat-main")

        found: list[StreamInfo | Exception] = []
        client.connect().add_callback(ask).add_both(found.append)
        while not found:
            reactor.turn()
        client.close()
        reactor.clear()
    return found[0].leader if isinstance(found[0], StreamInfo) else ""


class ChatServer:
    """A chat server in a process of its own."""

    def __init__(self, urls: str) -> None:
        flags = ["--port", "0", "--quiet", "--no-control", "--flood", "off", "--cluster", urls]
        flags += ["--log-level", "error"]
        command = [sys.executable, "-m", "servers.chat", *flags]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline().rpartition(":")[2])

    def cpu_seconds(self) -> float:
        """The processor time that it has used."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            words = file.read().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.communicate()


def measure(nats: NatsCluster, servers: int, options: argparse.Namespace) -> bool:
    """One run with so many chat servers. Prints its figures; returns whether all lines are right."""
    with ExitStack() as stack:
        chats = [stack.enter_context(closing(ChatServer(nats.urls))) for _ in range(servers)]
        reactor = stack.enter_context(closing(Reactor()))
        ports = [chat.port for chat in chats]
        run = Run(reactor, ports, options.members, options.lines, options.rate)
        if options.check:
            add_faults(run, nats, chats)
        before = [chat.cpu_seconds() for chat in chats]
        reactor.run()
        used = sum(chat.cpu_seconds() for chat in chats if chat.process.poll() is None) - sum(before)
        reactor.clear()
        problems = run.problems()
        report(run, servers, used, problems)
    return not problems


def add_faults(run: Run, nats: NatsCluster, chats: Sequence[ChatServer]) -> None:
    """Plan the failures: each at a part of the lines."""
    leader = nats.node(leader_of(nats.urls))
    frozen = chats[1 % len(chats)].process
    run.faults = {
        run.lines // 10: leader.kill,
        run.lines * 4 // 10: leader.start,
        run.lines * 5 // 10: lambda: freeze(run.reactor, frozen),
        run.lines * 7 // 10: chats[0].process.kill,
    }


def freeze(reactor: Reactor, process: "subprocess.Popen[str]") -> None:
    """Stop the process for STOPPED_FOR seconds."""
    process.send_signal(signal.SIGSTOP)
    reactor.call_later(STOPPED_FOR, process.send_signal, signal.SIGCONT)


def report(run: Run, servers: int, used: float, problems: Sequence[str]) -> None:
    """Print the figures of a run."""
    delays = run.delays()
    p50, p99 = delays[len(delays) // 2], delays[len(delays) * 99 // 100]
    took = max(run.last_arrival) - run.sent_at[0]
    figures = {
        "chat servers": servers,
        "members": len(run.members),
        "lines a second": round(run.lines / took, 1),
        "p50 ms": round(p50, 1),
        "p99 ms": round(p99, 1),
        "longest ms": round(delays[-1], 1),
        "ms of the servers a line": round(used / run.lines * 1000, 2),
        "wrong members": len(problems),
    }
    print(json.dumps(figures), flush=True)
    for problem in problems[:5]:
        print(problem, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    parser.add_argument("--members", type=int, default=1000)
    parser.add_argument("--lines", type=int, default=400)
    parser.add_argument("--rate", type=float, default=20.0, help="lines a second")
    parser.add_argument("--servers", default="1,2,4", help="numbers of chat servers, one run for each")
    parser.add_argument("--check", action="store_true", help="servers fail meanwhile; exits 1 if lines do")
    options = parser.parse_args()
    good = True
    for servers in map(int, options.servers.split(",")):
        with NatsCluster(3) as nats:
            good = measure(nats, servers, options) and good
    raise SystemExit(not good)


if __name__ == "__main__":
    main()
