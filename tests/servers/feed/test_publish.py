"""The feed is in the user's own directory, for this user only, and reports while the server is blocked."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from core.formats.feed import Delta, Hello, Message, Reply, SessionEvent, Snapshot, decode
from core.protocols.sessions import SessionRegistry
from core.reactor import Reactor
from servers.feed.publish import open_feed
from tests.conftest import turn_until
from tests.core.helpers import PeerSocket
from tests.running import GUARD, ROOT, Client, serving

SUBSCRIBE = b'{"do": "subscribe", "id": 1, "v": 1, "interval": 0.25}\n'

BLOCKER = """
import os
from argparse import Namespace
from core import Factory, Protocol, Reactor
from core.protocols.sessions import SessionRegistry
from servers.feed.publish import open_feed

class Blocker(Protocol):
    def data_received(self, data):
        os.read(0, 1)  # line 10

reactor, sessions, factory = Reactor(), SessionRegistry(), Factory()
reactor.stall_limit = 0.1
factory.protocol, factory.service, factory.sessions = Blocker, "blocker", sessions
port = reactor.listen_tcp(0, factory)
with open_feed("blocker", reactor, sessions, {}, {}, Namespace(no_control=False)):
    print(port.host.port, flush=True)
    reactor.run()
"""


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime directory. Its path is short, because the path of a Unix socket must be."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "run"
        monkeypatch.setenv("REACTOR_SCHOOL_RUNTIME_DIR", str(path))
        yield path


def feed(reactor: Reactor, no_control: bool = False) -> AbstractContextManager[None]:
    """The feed of a server called `echo`."""
    options = Namespace(no_control=no_control)
    return open_feed("echo", reactor, SessionRegistry(), {}, {}, options)


def path_in(directory: Path, pid: int, name: str = "echo") -> Path:
    return directory / f"{name}-{pid}.sock"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def connect(path: Path) -> Client:
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(GUARD)
    sock.connect(str(path))
    return Client(sock)


def far_at(reactor: Reactor, path: Path) -> PeerSocket:
    """A client on the reactor's own loop."""
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(str(path))
    return PeerSocket(reactor, sock)


def hear(client: Client) -> Message | None:
    return decode(client.line().encode())


def test_the_directory_is_0700_and_the_socket_0600(reactor: Reactor, directory: Path) -> None:
    with feed(reactor):
        path = path_in(directory, os.getpid())
        assert stat.S_ISSOCK(path.stat().st_mode)
        assert (mode(directory), mode(path)) == (0o700, 0o600)
    assert not path.exists()


def test_with_no_control_not_even_the_directory_is_made(reactor: Reactor, directory: Path) -> None:
    with feed(reactor, no_control=True):
        assert not directory.exists()


def test_a_stale_socket_is_replaced(reactor: Reactor, directory: Path) -> None:
    directory.mkdir(0o700)
    path = path_in(directory, os.getpid())
    with socket.socket(socket.AF_UNIX) as crashed:
        crashed.bind(str(path))
    with feed(reactor):
        peer = far_at(reactor, path)
        peer.socket.send(SUBSCRIBE)
        turn_until(reactor, lambda: b"snapshot" in peer.received)
        peer.close()


def test_a_live_socket_is_not_replaced_and_the_server_runs_without_a_feed(
    reactor: Reactor, directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory.mkdir(0o700)
    path = path_in(directory, os.getpid())
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        with feed(reactor):
            assert "the monitor cannot find this server" in caplog.text
        assert path.exists()


def test_a_directory_that_is_open_to_others_is_named_in_a_warning_and_the_server_runs_without_a_feed(
    reactor: Reactor, directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory.mkdir()
    directory.chmod(0o1777)
    with feed(reactor):
        assert list(directory.iterdir()) == []
    assert f"{directory} (from REACTOR_SCHOOL_RUNTIME_DIR) is open to other users" in caplog.text
    assert stat.S_IMODE(directory.stat().st_mode) == 0o1777


def test_a_directory_that_cannot_be_made_is_named_in_a_warning(
    reactor: Reactor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("REACTOR_SCHOOL_RUNTIME_DIR", "/proc/no/such")
    with feed(reactor):
        pass
    assert "cannot make /proc/no/such (from REACTOR_SCHOOL_RUNTIME_DIR): " in caplog.text
    assert "Traceback" not in caplog.text


def test_the_stop_is_in_order_when_the_directory_has_been_removed(reactor: Reactor, directory: Path) -> None:
    with feed(reactor):
        shutil.rmtree(directory)
    assert not directory.exists()


def test_another_users_directory_is_not_used(
    reactor: Reactor, directory: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    directory.mkdir(0o700)
    stranger = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: stranger)
    with feed(reactor):
        assert list(directory.iterdir()) == []
    assert "not a directory of your own" in caplog.text


@pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="no credentials here")
def test_a_connection_of_another_user_receives_nothing(
    reactor: Reactor, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with feed(reactor):
        peer = far_at(reactor, path_in(directory, os.getpid()))
        stranger = os.getuid() + 1
        monkeypatch.setattr(os, "getuid", lambda: stranger)
        peer.socket.send(SUBSCRIBE)
        turn_until(reactor, peer.has_ended)
        assert peer.received == b""
        peer.close()


def test_without_unix_sockets_there_are_a_loopback_port_and_a_token_that_only_the_owner_can_read(
    reactor: Reactor, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.delattr("servers.feed.publish.socket.AF_UNIX")
        context = feed(reactor)
        context.__enter__()
    path = directory / f"echo-{os.getpid()}.port"
    assert mode(path) == 0o600
    found = json.loads(path.read_text())
    peer = PeerSocket(reactor, socket.create_connection(("127.0.0.1", found["port"])))
    peer.socket.send(SUBSCRIBE)
    turn_until(reactor, lambda: b"\n" in peer.received)
    assert decode(bytes(peer.received)) == Reply(1, "first send the token")
    peer.socket.send(
        json.dumps({"do": "token", "id": 2, "token": found["token"]}).encode() + b"\n" + SUBSCRIBE
    )
    turn_until(reactor, lambda: b"snapshot" in peer.received)
    peer.close()
    context.__exit__(None, None, None)
    assert not path.exists()


# --- as a process


def socket_of(directory: Path, name: str, pid: int) -> Client:
    return connect(path_in(directory, pid, name))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_suite_has_one_socket_and_removes_it_when_it_stops(directory: Path, number: int) -> None:
    with serving("servers", "--port", "0", REACTOR_SCHOOL_RUNTIME_DIR=str(directory)) as server:
        assert list(directory.iterdir()) == [path_in(directory, server.process.pid, "servers")]
        with socket_of(directory, "servers", server.process.pid) as client:
            client.send(SUBSCRIBE)
            assert hear(client) == Reply(1)
            hello = hear(client)
            assert isinstance(hello, Hello)
            assert hello.pid == server.process.pid
            assert {name: list(places) for name, places in hello.services} == server.endpoints
        server.stop(number)
    assert list(directory.iterdir()) == []


def test_an_announcement_reaches_the_chat(directory: Path) -> None:
    with (
        serving("servers.chat", "--port", "0", REACTOR_SCHOOL_RUNTIME_DIR=str(directory)) as server,
        server.connect() as user,
        socket_of(directory, "chat", server.process.pid) as client,
    ):
        user.send(b"ada\r\n")
        user.until("ada")
        client.send(b'{"do": "announce", "id": 8, "text": "Lunch!", "service": "chat"}\n')
        assert hear(client) == Reply(8)
        assert user.until("Lunch!")


def test_a_kicked_flooder_leaves_at_once_and_its_unread_lines_are_not_sent(directory: Path) -> None:
    flags = ("--port", "0", "--flood", "3,0.01")
    with (
        serving("servers.chat", *flags, REACTOR_SCHOOL_RUNTIME_DIR=str(directory)) as server,
        server.connect() as bob,
        server.connect() as ann,
        socket_of(directory, "chat", server.process.pid) as client,
    ):
        bob.send(b"bob\n")
        bob.until("Welcome to the chat, bob.")
        ann.send(b"ann\n" + b"more\n" * 100)
        for _ in range(2):
            assert bob.until("<ann> more")
        client.send(b'{"do": "kick", "id": 1, "session": 2}\n')
        assert hear(client) == Reply(1)
        assert bob.line() == "ann has left the channel."


def test_no_control_leaves_the_socket_out(directory: Path) -> None:
    flags = ("--port", "0", "--no-control")
    with serving("servers.echo", *flags, REACTOR_SCHOOL_RUNTIME_DIR=str(directory)):
        assert not directory.exists()


def test_a_blocked_server_reports_the_blocking_line_while_it_is_blocked(
    directory: Path, tmp_path: Path
) -> None:
    script = tmp_path / "blocker.py"
    script.write_text(BLOCKER)
    command, env = [sys.executable, str(script)], {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT, env=env) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            port = int(process.stdout.readline())
            with (
                socket_of(directory, "blocker", process.pid) as client,
                socket.create_connection(("127.0.0.1", port)) as victim,
            ):
                client.send(SUBSCRIBE)
                while not isinstance(hear(client), Snapshot):
                    pass
                victim.send(b"x")
                stall = told_of_stall(client)
                assert "blocker.py:10, Blocker.data_received" in stall.text
                process.stdin.write(b"x")  # only now does the handler return
                process.stdin.flush()
                while not isinstance(hear(client), Delta):
                    pass
        finally:
            process.kill()


def told_of_stall(client: Client) -> SessionEvent:
    """The next event that is a stall."""
    while True:
        message = hear(client)
        if isinstance(message, SessionEvent) and message.what == "stall":
            return message
