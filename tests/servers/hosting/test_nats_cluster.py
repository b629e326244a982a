"""NatsCluster: processes of nats-server that find one another, and of which nothing is left at the end."""

import os
import socket
import tempfile
from pathlib import Path

import pytest

from core.deferred import Deferred
from core.formats.nats import parse_servers
from core.protocols.jetstream import RETRIED, JetStream, StreamInfo
from core.protocols.nats import NatsClient, NatsState
from core.reactor import Reactor
from core.task import defer_later
from servers.hosting import nats_cluster
from servers.hosting.nats_cluster import NatsCluster, NatsMissingError, NatsStartError
from tests.conftest import turn_until


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_three_nodes_are_a_cluster_and_nothing_is_left_of_them() -> None:
    reactor = Reactor()
    with NatsCluster(3) as cluster:
        pids = [node.process.pid for node in cluster.nodes if node.process is not None]
        assert len(pids) == 3
        client = NatsClient(reactor, parse_servers(cluster.urls))
        client.ping_interval = 0.2
        js, created = JetStream(client), list[StreamInfo]()

        async def create() -> None:
            await client.connect()
            while not created:
                try:
                    created.append(await js.create_stream("ROOM", ["room"], replicas=3))
                except RETRIED:  # the servers have not elected a leader yet
                    await defer_later(reactor, 0.1)

        Deferred.from_coroutine(create())
        turn_until(reactor, lambda: created)
        leader = cluster.node(created[0].leader)
        assert leader in cluster.nodes
        cluster.node("n1").pause()
        turn_until(reactor, lambda: client.state is not NatsState.CONNECTED)
        turn_until(reactor, lambda: client.state is NatsState.CONNECTED)
        assert client.server.port == cluster.node("n2").port
        client.close()
    assert not any(map(is_running, pids))
    assert not cluster.directory.exists()
    reactor.clear()
    reactor.close()


def test_a_node_that_was_killed_starts_again_on_its_port() -> None:
    with NatsCluster(1) as cluster:
        node = cluster.nodes[0]
        port = node.port
        node.kill()
        assert node.process is None
        node.start()
        assert node.port == port
        assert cluster.urls == f"nats://127.0.0.1:{port}"
        node.stop()


def test_if_another_program_takes_a_port_that_was_free_the_nodes_begin_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"nats://127.0.0.1:{other.getsockname()[1]}"
        tries = [[taken, taken]]
        free_urls = nats_cluster._free_urls
        monkeypatch.setattr(
            nats_cluster, "_free_urls", lambda number: tries.pop() if tries else free_urls(number)
        )
        with NatsCluster(2) as cluster:
            assert tries == []
            assert all(node.process is not None for node in cluster.nodes)
            assert taken not in cluster.nodes[0].arguments


def test_a_server_that_does_not_start_says_why_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(NatsStartError, match=r"did not start: .*tls|did not start: .*certificate"):
        NatsCluster(1, ["--tls", "--tlscert", "/nowhere.pem", "--tlskey", "/nowhere.key"])
    assert not [*tmp_path.iterdir()]


def test_a_port_that_is_in_use_may_be_that_of_a_service_which_can_be_ended() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        pytest.raises(NatsStartError, match=r"in use.* systemctl stop nats-server"),
    ):
        NatsCluster(1, first_port=other.getsockname()[1])


def test_without_the_program_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servers.hosting.nats_cluster.SYSTEM", ("/nowhere",))
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(NatsMissingError, match="apt install nats-server"):
        NatsCluster(1)
