"""A chat on a cluster: how soon a line reaches all members, its cost, and whether any is lost or doubled.

    python -m benchmarks.cluster               # 1, 2 and 4 chat servers, one after the other
    python -m benchmarks.cluster --check       # 4 of them, and processes that are killed and stopped

Three nodes of NATS, the chat servers and the members run on this machine. With `--check` the node that leads
the stream is killed and started again, a chat server is killed, and another one is stopped for 5 s.
"""

import argparse
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import perf_counter, process_time

from benchmarks.cluster_load import Line, Load, State
from benchmarks.report import table
from benchmarks.servers import REAL, Server, cpu_seconds
from core.deferred import Deferred
from core.formats.nats import parse_servers
from core.protocols.jetstream import JetStream
from core.protocols.nats import NatsClient
from core.reactor import Reactor
from servers.hosting.nats_cluster import NatsCluster, NatsNode, NatsStartError

STREAM = "chat-main"
CHAT = (sys.executable, "-m", *REAL["chat"], "--cluster")
IN_FLIGHT = 32  # lines of one member, for the most lines a second
STOPPED = 5.0  # seconds
APART = 20  # seconds from one fault to the next, at least
LIMIT = 0.25  # seconds from saying a line to the last member


@contextmanager
def serving(number: int) -> Iterator[tuple[NatsCluster, list[Server]]]:
    """A cluster of three nodes with `number` chat servers, which are killed at the end."""
    servers: list[Server] = []
    with NatsCluster() as cluster:
        try:
            for place in range(number):
                urls = [node.url for node in cluster.nodes]
                own_first = ",".join([*urls[place % 3 :], *urls[: place % 3]])
                servers.append(Server([*CHAT, own_first]))
            yield cluster, servers
        finally:
            for server in servers:
                server.kill()


def leader(cluster: NatsCluster) -> NatsNode:
    """The node that leads the stream of the chat."""
    reactor, names = Reactor(), list[str]()
    client = NatsClient(reactor, parse_servers(cluster.urls))

    async def ask() -> None:
        await client.connect()
        names.append((await JetStream(client).stream_info(STREAM)).leader)

    def stop(result: object) -> None:
        client.close()
        reactor.stop()

    Deferred.from_coroutine(ask()).add_both(stop)
    reactor.run()
    reactor.close()
    return cluster.node(names[0])


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of `values` is. 0.0 if there is none."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] if values else 0.0


def say_at_rate(load: Load, lines: int, rate: float, faults: dict[int, Callable[[], object]]) -> bool:
    """Let members in turn say `lines` lines at this rate; before the line with this number, make the fault.

    Returns whether all members heard all lines in time.
    """
    began, first = perf_counter(), len(load.lines)
    for number in range(lines):
        load.at(began + number / rate, lambda number=number: say_next(load, number, faults))  # type: ignore[misc]
    load.run_until(lambda: len(load.lines) == first + lines, lines / rate + 60)
    return load.run_until(lambda: load.all_present() and load.all_heard(), 60)


def say_next(load: Load, number: int, faults: dict[int, Callable[[], object]]) -> None:
    if number in faults:
        faults[number]()
    members = load.members
    start = number * 7 % len(members)
    present = (each for each in [*members[start:], *members[:start]] if each.state is State.PRESENT)
    load.say(next(present))


def flood(load: Load, seconds: float) -> float:
    """Let one member say lines, IN_FLIGHT at a time. Returns how many a second reach all members."""
    first, others = len(load.lines), len(load.members) - 1
    end = perf_counter() + seconds
    oldest = first

    def has_ended() -> bool:
        nonlocal oldest
        while oldest < len(load.lines) and load.lines[oldest].heard >= others:
            oldest += 1
        while len(load.lines) - oldest < IN_FLIGHT and perf_counter() < end:
            load.say(load.members[0])
        return perf_counter() >= end

    began = perf_counter()
    load.run_until(has_ended, seconds + 60)
    rate = (oldest - first) / (perf_counter() - began)
    load.run_until(load.all_heard, 60)
    return rate


def measure(servers: int, options: argparse.Namespace) -> list[str]:
    """A row of the table: latencies at a steady rate, the most lines a second, and what a line costs."""
    with serving(servers) as (cluster, chat):
        load = Load([server.port for server in chat], options.members)
        load.join_all()
        groups = [[server.process.pid for server in chat], pids(cluster)]
        before = [process_time(), *(sum(map(cpu_seconds, group)) for group in groups)]
        if not say_at_rate(load, options.lines, options.rate, {}):
            raise TimeoutError("not all members heard all lines")
        after = [process_time(), *(sum(map(cpu_seconds, group)) for group in groups)]
        delays = [line.last_heard - line.said_at for line in load.lines]
        rate = flood(load, options.seconds)
        if mistakes := load.mistakes():
            raise RuntimeError(f"{mistakes[0]} ({len(mistakes)} mistakes)")
        load.close()
    mine, theirs, nats = ((b - a) / options.lines * 1e3 for a, b in zip(before, after, strict=True))
    figures = [percentile(delays, 0.5) * 1e3, percentile(delays, 0.99) * 1e3, rate, theirs, nats, mine]
    return [str(servers), *(f"{figure:,.2f}" for figure in figures)]


def pids(cluster: NatsCluster) -> list[int]:
    return [node.process.pid for node in cluster.nodes if node.process is not None]


HEADER = ["servers", "p50 ms", "p99 ms", "lines a second", "servers ms", "NATS ms", "load ms"]


def compare(options: argparse.Namespace) -> int:
    print(f"{options.members} members, {options.lines} lines at {options.rate:g} a second, 3 nodes of NATS.")
    print("p50, p99: until the last member has heard a line. ms: processor time for a line, of all together.")
    print(table([HEADER, *(measure(number, options) for number in options.servers)]), flush=True)
    return 0


def check(options: argparse.Namespace) -> int:
    """Say lines while processes are killed and stopped. Returns the exit status."""
    with serving(4) as (cluster, chat):
        load = Load([server.port for server in chat], options.members)
        load.join_all()
        leading = leader(cluster)
        quarter, times = options.lines // 4, dict[str, tuple[int, int]]()

        def kill_server() -> None:
            load.ports.remove(chat[1].port)
            chat[1].kill()

        def stop_server() -> None:
            chat[2].process.send_signal(signal.SIGSTOP)
            load.at(perf_counter() + STOPPED, lambda: chat[2].process.send_signal(signal.SIGCONT))

        def kill_leader() -> None:
            leading.kill()
            load.at(perf_counter() + min(10.0, quarter / options.rate / 2), leading.start)

        faults: dict[int, Callable[[], object]] = {
            quarter: kill_leader,
            2 * quarter: kill_server,
            3 * quarter: stop_server,
        }
        times = {"leader": (quarter, 15), "killed": (2 * quarter, 12), "stopped": (3 * quarter, 8)}
        complete = say_at_rate(load, options.lines, options.rate, faults)
        mistakes = load.mistakes()
        spans = {name: (load.lines[at].said_at, seconds) for name, (at, seconds) in times.items()}
        print(f"{options.members} members, {options.lines} lines at {options.rate:g} a second, 4 servers")
        calm = report(load.lines, spans)
        load.close()
    if complete and not mistakes:
        print("every line was heard once by every member, and in the same order")
    else:
        print(f"{len(mistakes)} mistakes: {'; '.join(mistakes[:5]) or 'not all lines came within a minute'}")
    return 0 if complete and not mistakes and calm < LIMIT else 1


def report(lines: list[Line], spans: dict[str, tuple[float, int]]) -> float:
    """Print the delays during each fault and without. Returns the p99 without."""
    rows = [["from saying a line to the last member", "lines", "p50 ms", "p99 ms", "longest ms"]]
    calm = list(lines)
    for name, (began, seconds) in spans.items():
        during = [line for line in lines if began <= line.said_at < began + seconds]
        calm = [line for line in calm if line not in during]
        rows.append(row(f"{seconds} s after: {name}", during))
    rows.append(row("otherwise", calm))
    print(table(rows), flush=True)
    return percentile([line.last_heard - line.said_at for line in calm], 0.99)


def row(name: str, lines: list[Line]) -> list[str]:
    delays = [(line.last_heard - line.said_at) * 1e3 for line in lines]
    figures = [percentile(delays, 0.5), percentile(delays, 0.99), max(delays, default=0.0)]
    return [name, str(len(lines)), *(f"{figure:,.1f}" for figure in figures)]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    parser.add_argument("--check", action="store_true", help="kill and stop processes, and look for mistakes")
    parser.add_argument("--members", type=int, default=1000, help="default %(default)s")
    parser.add_argument("--lines", type=int, help="default 200, with --check 5000")
    parser.add_argument("--rate", type=float, default=20.0, help="lines a second, default %(default)s")
    parser.add_argument("--seconds", type=float, default=3.0, help="for the most lines a second")
    parser.add_argument("--servers", type=int, nargs="+", default=[1, 2, 4], help="default 1 2 4")
    options = parser.parse_args()
    options.lines = options.lines or (5000 if options.check else 200)
    if options.check and options.lines / options.rate < 4 * APART:
        parser.error(
            f"the faults must be {APART} s apart. Use --lines {4 * APART * options.rate:.0f} or more."
        )
    return options


def main() -> int:
    options = arguments()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, options.members + 200)), hard))
    try:
        return check(options) if options.check else compare(options)
    except NatsStartError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
