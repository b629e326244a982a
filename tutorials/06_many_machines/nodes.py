"""Three nodes of NATS in one terminal. Type the name of a node to kill it, and again to start it.

It prints which node leads each stream whenever that changes. Ctrl-C ends all.
"""

import argparse
import sys

from core import Deferred, LineReceiver, Reactor, StandardIO, defer_later
from core.engine.signals import exit_on_signals
from core.formats.json_values import as_objects
from core.formats.nats import parse_servers
from core.protocols.jetstream import RETRIED, JetStream
from core.protocols.nats import NatsClient
from servers.hosting.nats_cluster import NatsCluster, NatsStartError

LOOK_EVERY = 0.3  # seconds


class Nodes(LineReceiver):
    """Reads the names that are typed, and asks the cluster for the leaders."""

    delimiter = b"\n"

    def __init__(self, cluster: NatsCluster, reactor: Reactor) -> None:
        self.cluster, self.reactor = cluster, reactor
        self.client = NatsClient(reactor, parse_servers(cluster.urls))
        self.leaders: dict[str, str] = {}

    def connection_made(self) -> None:
        Deferred.from_coroutine(self.watch())

    async def watch(self) -> None:
        await self.client.connect()
        jetstream, has_stream = JetStream(self.client, timeout=1.0), False
        while True:
            try:
                if not has_stream:
                    await jetstream.create_stream("LINES", ["lines"], replicas=3)
                    has_stream = True
                answer = await jetstream.call("STREAM.LIST")
                self.show(as_objects(answer.get("streams") or []))
            except RETRIED:
                pass  # there is no leader at this time
            await defer_later(self.reactor, LOOK_EVERY)

    def show(self, streams: list[dict[str, object]]) -> None:
        for stream in streams:
            config, cluster = stream.get("config"), stream.get("cluster")
            if isinstance(config, dict) and isinstance(cluster, dict) and cluster.get("leader"):
                name, leader = str(config["name"]), str(cluster["leader"])
                if self.leaders.get(name) != leader and not name.startswith("KV_"):
                    print(f"{leader} leads {name}", flush=True)
                    self.leaders[name] = leader

    def line_received(self, line: bytes) -> None:
        try:
            node = self.cluster.node(line.decode(errors="replace").strip())
        except KeyError:
            print("type", " or ".join(node.name for node in self.cluster.nodes), flush=True)
            return
        if node.process is None:
            node.start()  # blocks for a moment, and this program serves no connections
            print(node.name, "is started", flush=True)
        else:
            node.kill()
            print(node.name, "is killed", flush=True)

    def connection_lost(self, reason: Exception) -> None:
        self.reactor.stop_if_running()


def main() -> None:
    """Start the nodes, and end them at Ctrl-C or at the end of the input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=4222, help="of the first node; -1: any that are free")
    port = parser.parse_args().port
    exit_on_signals()
    try:
        with NatsCluster(first_port=port) as cluster:
            for node in cluster.nodes:
                print(node.name, node.url, flush=True)
            reactor = Reactor()
            StandardIO(Nodes(cluster, reactor), reactor)
            reactor.run()
    except NatsStartError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
