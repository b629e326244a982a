"""Chat servers as processes, on nats-server processes."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from secrets import token_hex

import pytest

from core.deferred import Deferred
from core.formats.nats import parse_servers
from core.protocols.jetstream import JetStream, StreamInfo
from core.protocols.nats import NatsClient
from core.reactor import Reactor
from servers.chat.cluster.start import REMEDIES, reason_of
from servers.hosting.nats_cluster import NatsCluster, NatsNode
from tests.certificates import Certificates
from tests.core.protocols.nats_network import Network
from tests.running import Client, Server, run, serving, until

CHAT = ("servers.chat", "--port", "0", "--flood", "off", "--quiet", "--cluster")


@pytest.fixture(scope="module")
def nats() -> Iterator[NatsCluster]:
    with NatsCluster(1) as cluster:
        yield cluster


def member(server: Server, name: str) -> Client:
    """A member that receives events, and has read the names."""
    client = server.connect()
    client.send(f"/events\n{name}\n".encode())
    client.until('"welcome"')
    client.until('"names"')
    return client


def test_without_a_cluster_it_says_so_in_one_line_and_exits_1() -> None:
    result = run(*CHAT, "nats://127.0.0.1:1,nats://127.0.0.1:2")
    lines = result.stderr.splitlines()
    assert (result.returncode, len(lines), result.stdout) == (1, 1, "")
    assert lines[0].startswith("cannot join the cluster at nats://127.0.0.1:1, nats://127.0.0.1:2: ")


def test_tls_and_the_password_are_checked_and_one_line_tells_what_to_do(certificates: Certificates) -> None:
    tls = ["--tls", "--tlscert", str(certificates.server), "--tlskey", str(certificates.key)]
    with NatsCluster(1, [*tls, "--user", "ann", "--pass", "s3cret"]) as cluster:
        place, trusted = f"localhost:{cluster.nodes[0].port}", {"SSL_CERT_FILE": str(certificates.ca)}
        for url in (f"tls://ann:s3cret@{place}", f"nats://ann:s3cret@{place}"):
            with serving(*CHAT, url, **trusted) as server, member(server, "ann"):
                pass
        for result, remedy in (
            (run(*CHAT, f"tls://ann:s3cret@{place}"), "SSL_CERT_FILE"),
            (run(*CHAT, f"tls://ann:wrong@{place}", **trusted), "nats://USER:PASSWORD@HOST:PORT"),
        ):
            (line,) = result.stderr.splitlines()
            assert (result.returncode, remedy in line, "s3cret" in line) == (1, True, False)


def test_tls_with_a_server_that_has_none_is_one_line(nats: NatsCluster) -> None:
    result = run(*CHAT, nats.urls.replace("nats://", "tls://"))
    (line,) = result.stderr.splitlines()
    assert (result.returncode, line.rpartition(": ")[2]) == (
        1,
        "the server has no TLS. Write nats:// instead of tls://.",
    )


@pytest.mark.parametrize(
    ("info", "why"),
    [({}, "nats://one:4222 runs without JetStream"), ({"jetstream": True}, "JetStream has not answered")],
)
def test_a_cluster_that_does_not_answer_is_told_from_one_without_jetstream(
    info: dict[str, object], why: str
) -> None:
    network = Network()
    client = NatsClient(network, parse_servers("nats://one"))
    client.connect()
    network.last.log_in(**info)
    assert reason_of(TimeoutError(), client).startswith(why)
    assert sum(part in why for part in REMEDIES if part) == ("without" in why)


def test_a_room_without_a_cluster_is_refused() -> None:
    ended = run(*CHAT[:-1], "--room", "red")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.endswith("--room is the name of a chat in a cluster: it needs --cluster\n")


@pytest.mark.parametrize("flags", [("foo",), ("nats://127.0.0.1:0",), ("nats://127.0.0.1", "--room", "a b")])
def test_a_wrong_flag_exits_2(flags: tuple[str, ...]) -> None:
    assert run(*CHAT, *flags).returncode == 2


def clusters(directory: Path) -> list[str]:
    """The `cluster` of each server in the monitor's `--once --json`."""
    result = run("clients.monitor", "--once", "--json", REACTOR_SCHOOL_RUNTIME_DIR=str(directory))
    return [server["cluster"] for server in json.loads(result.stdout)["servers"]]


def test_cut_off_it_says_so_once_keeps_lines_and_the_monitor_shows_it(
    nats: NatsCluster, tmp_path: Path
) -> None:
    tmp_path.chmod(0o700)
    with (
        serving(*CHAT, nats.urls, REACTOR_SCHOOL_RUNTIME_DIR=str(tmp_path)) as first,
        serving(*CHAT, nats.urls, "--no-control") as second,
        member(first, "ann") as ann,
        member(second, "bob") as bob,
    ):
        ann.until("bob has joined")
        assert clusters(tmp_path) == ["joined"]
        nats.nodes[0].pause()
        assert "This server is cut off" in ann.until('"notice"')
        assert clusters(tmp_path) == ["cut off"]
        ann.send(b"one\ntwo\n")
        nats.nodes[0].resume()
        events = [json.loads(bob.until('"event"')) for _ in range(3)]
        assert [event["event"] for event in events] == ["notice", "said", "said"]


def test_after_kill_9_a_member_has_its_name_again_at_once_at_another_server(nats: NatsCluster) -> None:
    room = (*CHAT, nats.urls, "--no-control", "--room", "keys")
    hello = f"/events key {token_hex(16)}\nann\n".encode()
    with serving(*room) as second:
        with serving(*room) as first, first.connect() as lost:
            lost.send(hello)
            lost.until('"welcome"')
            first.process.kill()
        with member(second, "bob") as bob, second.connect() as ann:
            ann.send(hello)
            kinds = [json.loads(ann.until('"event"'))["event"] for _ in range(4)]
            assert kinds == ["events", "prompt", "welcome", "names"]
            ann.send(b"hello\n")
            assert json.loads(bob.until('"said"'))["name"] == "ann"


def test_each_room_is_a_conversation_of_its_own(nats: NatsCluster) -> None:
    with (
        serving(*CHAT, nats.urls, "--no-control", "--room", "red") as red,
        serving(*CHAT, nats.urls, "--no-control", "--room", "blue") as blue,
        member(red, "ann"),
        member(blue, "ann") as ann,
    ):
        ann.send(b"/names\n")
        assert json.loads(ann.until('"names"'))["names"] == ["ann"]


def test_workers_share_a_room(nats: NatsCluster) -> None:
    with serving(*CHAT, nats.urls, "--no-control", "--room", "workers", "--workers", "2") as server:
        people = {f"m{number}": member(server, f"m{number}") for number in range(6)}
        people["m0"].send(b"hello\n")
        for name, client in people.items():
            with client:
                if name != "m0":
                    assert json.loads(client.until('"said"'))["text"] == "hello"


def test_without_a_cluster_workers_say_so_in_one_line_too() -> None:
    result = run(*CHAT, "nats://127.0.0.1:1", "--workers", "2")
    assert (result.returncode, len(result.stderr.splitlines()), result.stdout) == (1, 1, "")


def leader(urls: str, stream: str) -> str:
    """The name of the NATS server that leads the stream."""
    reactor = Reactor()
    client = NatsClient(reactor, parse_servers(urls))
    jetstream = JetStream(client)

    def ask() -> Deferred[StreamInfo]:
        return jetstream.stream_info(stream)

    found: list[StreamInfo | Exception] = []
    client.connect().add_callback(lambda _: ask()).add_both(found.append)
    while not found:
        reactor.turn()
    client.close()
    reactor.clear()
    reactor.close()
    assert isinstance(found[0], StreamInfo)
    return found[0].leader


class Listener(threading.Thread):
    """Reads what a member receives up to the line `last`."""

    def __init__(self, client: Client, last: str) -> None:
        super().__init__()
        self.client, self.last = client, last
        self.heard: list[str] = []

    def run(self) -> None:
        while not self.heard or self.heard[-1] != self.last:
            event = json.loads(self.client.until('"said"'))
            self.heard.append(event["text"])


def kill_leader(cluster: NatsCluster) -> NatsNode:
    until(lambda: leader(cluster.urls, "chat-main"), lambda: "no leader")
    node = cluster.node(leader(cluster.urls, "chat-main"))
    node.kill()
    return node


def test_while_the_leader_is_killed_forty_members_hear_four_hundred_lines_once_and_in_one_order() -> None:
    with NatsCluster(3) as nats, ExitStack() as stack:
        servers = [stack.enter_context(serving(*CHAT, nats.urls, "--no-control")) for _ in range(3)]
        talker, *others = [
            stack.enter_context(member(servers[number % 3], f"m{number}")) for number in range(40)
        ]
        texts = [str(number) for number in range(400)]
        listeners = [Listener(client, "end") for client in others]
        for listener in listeners:
            listener.start()
        dying = stack.enter_context(serving(*CHAT, nats.urls, "--no-control"))
        stack.enter_context(member(dying, "mortal"))
        talker.send("".join(f"{text}\n" for text in texts[:200]).encode())
        node = kill_leader(nats)
        dying.process.kill()
        talker.send("".join(f"{text}\n" for text in [*texts[200:], "end"]).encode())
        for listener in listeners:
            listener.join()
        assert all(listener.heard == [*texts, "end"] for listener in listeners)
        node.start()
        until(lambda: "mortal" not in names(talker), lambda: names(talker))


def names(client: Client) -> str:
    """The names in the chat."""
    client.send(b"/names\n")
    return client.until('"names"')
