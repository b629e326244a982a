"""Port: it accepts connections as long as there are descriptors, and its address is free again at the end."""

import errno
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import CannotListenError
from core.interfaces import IPv4Address, IPv6Address, UnixAddress
from core.reactor import Reactor
from core.transports import listener
from core.transports.listener import Port
from core.transports.sockets import KEEP_ALIVE
from core.transports.stream import StreamTransport
from tests.conftest import turn_until
from tests.core.helpers import PeerSocket, RecordingFactory, RecordingProtocol
from tests.running import GUARD


def call(reactor: Reactor, port: Port) -> PeerSocket:
    """A plain socket that is connected to `port`."""
    if isinstance(port.host, UnixAddress):
        sock, name = socket.socket(socket.AF_UNIX), port.host.path
        sock.connect(name)
        return PeerSocket(reactor, sock)
    return PeerSocket(reactor, socket.create_connection((port.host.host, port.host.port)))


def number_of(port: Port) -> int:
    assert not isinstance(port.host, UnixAddress)
    return port.host.port


def abandon(path: Path) -> None:
    """Leave a stale socket at `path`, as a crashed server does."""
    program = "import os, socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1]); os._exit(1)"
    subprocess.run([sys.executable, "-c", program, str(path)])
    assert path.is_socket()


@pytest.fixture
def full_table() -> Iterator[list[int]]:
    """Descriptors of the test, which `fill` opens until none is left. Closing one makes room for another."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(map(int, os.listdir("/proc/self/fd")))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 20, limits[1]))
    taken: list[int] = []
    yield taken
    for number in taken:
        os.close(number)
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def fill(taken: list[int]) -> None:
    with pytest.raises(OSError, match="Too many open files"):
        taken += iter(lambda: os.open(os.devnull, os.O_RDONLY), None)


def run_through(reactor: Reactor, story: Iterator[Callable[[], object]]) -> None:
    """Go on with `story` each time that the condition which it yields holds, all in one run.

    (On uvloop each run needs two descriptors of its own.)
    """

    def go_on(condition: Callable[[], object]) -> None:
        following = next(story, None) if condition() else condition
        if following is None:
            reactor.crash()
        else:
            reactor.call_soon(go_on, following)

    guard = reactor.call_later(GUARD, reactor.crash)
    reactor.call_soon(go_on, lambda: True)
    reactor.run(install_signal_handlers=False)
    guard.cancel()


def test_each_connection_gets_a_protocol_of_its_own(reactor: Reactor) -> None:
    factory = RecordingFactory(RecordingProtocol)
    port = reactor.listen_tcp(0, factory)
    peer_socket = [call(reactor, port) for _ in range(3)]
    turn_until(reactor, lambda: len(factory.built) == 3)
    for number, peer in enumerate(peer_socket):
        peer.socket.sendall(bytes([number]))
    turn_until(reactor, lambda: all(each.data for each in factory.built))
    for each in factory.built:
        assert isinstance(each.transport, StreamTransport)
        assert not os.get_blocking(each.transport.fileno())
    assert sorted(bytes(each.data) for each in factory.built) == [b"\0", b"\1", b"\2"]
    assert {each.transport.host for each in factory.built} == {port.host}
    assert {str(each.transport.peer) for each in factory.built} == {
        "tcp:{}:{}".format(*each.socket.getsockname()) for each in peer_socket
    }


def test_port_0_takes_a_free_one_and_says_which(reactor: Reactor) -> None:
    port = reactor.listen_tcp(0, RecordingFactory(RecordingProtocol))
    assert isinstance(port.host, IPv4Address)
    assert port.host.host == "127.0.0.1"
    assert port.host.port > 0


def test_stop_listening_frees_the_port_and_lets_connections_go_on(reactor: Reactor) -> None:
    factory = RecordingFactory(RecordingProtocol)
    stopped: list[None] = []
    port = reactor.listen_tcp(0, factory)
    peer = call(reactor, port)
    turn_until(reactor, lambda: factory.built)
    port.stop_listening().add_callback(stopped.append)
    assert stopped == [None]
    again = reactor.listen_tcp(number_of(port), factory)
    assert again.host == port.host
    peer.socket.sendall(b"still here")
    turn_until(reactor, lambda: factory.built[0].data)
    port.stop_listening().add_callback(stopped.append)
    assert stopped == [None, None]


def test_a_port_can_be_started_again(reactor: Reactor) -> None:
    factory = RecordingFactory(RecordingProtocol)
    port = reactor.listen_tcp(0, factory)
    port.stop_listening()
    port.start_listening()
    call(reactor, port)
    turn_until(reactor, lambda: factory.built)
    assert factory.calls == ["start", "stop", "start"]


def test_a_factory_is_started_and_stopped_once_however_many_ports_use_it(reactor: Reactor) -> None:
    factory = RecordingFactory(RecordingProtocol)
    ports = [reactor.listen_tcp(0, factory) for _ in range(3)]
    for port in ports:
        assert factory.calls == ["start"]
        port.stop_listening()
        port.stop_listening()
    assert factory.calls == ["start", "stop"]


def test_a_port_in_use_is_an_error_that_names_it(reactor: Reactor) -> None:
    port, factory = (
        reactor.listen_tcp(0, RecordingFactory(RecordingProtocol)),
        RecordingFactory(RecordingProtocol),
    )
    with pytest.raises(CannotListenError) as caught:
        reactor.listen_tcp(number_of(port), factory)
    assert caught.value.address == str(port.host)
    assert caught.value.errno == errno.EADDRINUSE
    assert str(number_of(port)) in str(caught.value)
    assert factory.calls == []


@pytest.mark.parametrize("number", [-1, 65536, 70000])
def test_a_number_out_of_range_is_refused_as_a_port_in_words(reactor: Reactor, number: int) -> None:
    with pytest.raises(ValueError, match=f"listen_tcp takes a port from 0 to 65535, and got {number}"):
        reactor.listen_tcp(number, RecordingFactory(RecordingProtocol))


def test_a_handler_may_stop_the_port_that_is_accepting(reactor: Reactor) -> None:
    class Last(RecordingProtocol):
        def connection_made(self) -> None:
            super().connection_made()
            port.stop_listening()

    factory = RecordingFactory(Last)
    port = reactor.listen_tcp(0, factory)
    peer = [call(reactor, port) for _ in range(3)]
    turn_until(reactor, lambda: factory.built)
    turn_until(reactor, lambda: sum(each.has_ended() for each in peer) == 2)
    assert len(factory.built) == 1


def test_a_connection_that_fails_to_start_does_not_prevent_the_next_one(
    reactor: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    class Shy(RecordingProtocol):
        def connection_made(self) -> None:
            if len(factory.built) == 1:
                raise ZeroDivisionError("shy")
            super().connection_made()

    factory = RecordingFactory(Shy)
    port = reactor.listen_tcp(0, factory)
    peer = [call(reactor, port) for _ in range(2)]
    turn_until(reactor, lambda: len(factory.built) == 2 and factory.built[1].calls)
    assert len([record for record in caplog.records if record.exc_info]) == 1
    turn_until(reactor, lambda: sum(each.has_ended() for each in peer) == 1)


def test_an_accepted_socket_has_nodelay_and_keep_alive(reactor: Reactor) -> None:
    factory = RecordingFactory(RecordingProtocol)
    call(reactor, reactor.listen_tcp(0, factory))
    turn_until(reactor, lambda: factory.built)
    transport = factory.built[0].transport
    assert isinstance(transport, StreamTransport)
    assert transport.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert transport.socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    for option, value in KEEP_ALIVE.items():
        if hasattr(socket, option):
            assert transport.socket.getsockopt(socket.IPPROTO_TCP, getattr(socket, option)) == value


def test_with_a_full_descriptor_table_the_loop_does_not_spin_and_others_go_on(
    reactor: Reactor, full_table: list[int], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def story() -> Iterator[Callable[[], object]]:
        first = call(reactor, port)
        yield lambda: factory.built
        second = call(reactor, port)
        fill(full_table)
        yield lambda: port._failures == 1
        assert port.watched == 0
        first.socket.sendall(b"meanwhile")
        yield lambda: factory.built[0].data
        assert len(factory.built) == 1
        os.close(full_table.pop())
        yield lambda: len(factory.built) == 2
        second.socket.sendall(b"at last")
        yield lambda: factory.built[1].data

    monkeypatch.setattr(listener, "PAUSE", 0.001)
    factory = RecordingFactory(RecordingProtocol)
    port = reactor.listen_tcp(0, factory)
    run_through(reactor, story())
    assert factory.built[1].data == b"at last"


def test_a_full_descriptor_table_is_logged_at_intervals_with_the_number_of_failures(
    reactor: Reactor, full_table: list[int], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def story() -> Iterator[Callable[[], object]]:
        call(reactor, port)
        fill(full_table)
        yield lambda: port._failures == 3
        assert [record.getMessage() for record in caplog.records] == [said]
        port._next_warning = 0.0
        yield lambda: len(caplog.records) == 2
        assert caplog.records[1].getMessage() == f"{said} (4 times since the last warning)"
        yield lambda: port._failures == 1
        assert len(caplog.records) == 2

    monkeypatch.setattr(listener, "PAUSE", 0.001)
    port = reactor.listen_tcp(0, RecordingFactory(RecordingProtocol))
    said = f"{port.host} cannot accept connections: Too many open files"
    run_through(reactor, story())
    assert len(caplog.records) == 2


def test_a_port_that_is_stopped_during_its_pause_stays_stopped(
    reactor: Reactor, full_table: list[int], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def story() -> Iterator[Callable[[], object]]:
        peer = call(reactor, port)
        fill(full_table)
        yield lambda: caplog.records
        port.stop_listening()
        yield peer.has_ended
        told.append(len(caplog.records))

    monkeypatch.setattr(listener, "PAUSE", 0.0)
    told: list[int] = []
    port = reactor.listen_tcp(0, RecordingFactory(RecordingProtocol))
    run_through(reactor, story())
    assert told == [1]


def test_ipv6_is_served_where_there_is_some(reactor: Reactor) -> None:
    factory = RecordingFactory(RecordingProtocol)
    try:
        port = reactor.listen_tcp(0, factory, interface="::1")
    except CannotListenError as error:
        pytest.skip(str(error))
    assert isinstance(port.host, IPv6Address)
    peer_socket = call(reactor, port)
    turn_until(reactor, lambda: factory.built)
    assert factory.built[0].transport.peer == IPv6Address("tcp", *peer_socket.socket.getsockname()[:2])


# --- at a path


def test_a_unix_path_is_served_and_free_again_after_a_stop(reactor: Reactor, tmp_path: Path) -> None:
    factory, path = RecordingFactory(RecordingProtocol), tmp_path / "chat.sock"
    port = reactor.listen_unix(str(path), factory)
    assert port.host == UnixAddress(str(path))
    peer_socket = call(reactor, port)
    peer_socket.socket.sendall(b"hello")
    turn_until(reactor, lambda: factory.built and factory.built[0].data)
    assert factory.built[0].transport.peer == UnixAddress("")
    port.stop_listening()
    assert not path.exists()
    assert factory.calls == ["start", "stop"]


def test_a_path_that_a_crashed_server_left_is_taken_over(reactor: Reactor, tmp_path: Path) -> None:
    factory, path = RecordingFactory(RecordingProtocol), tmp_path / "chat.sock"
    abandon(path)
    call(reactor, reactor.listen_unix(str(path), factory))
    turn_until(reactor, lambda: factory.built)


def test_a_path_that_is_listened_on_is_never_taken_over(reactor: Reactor, tmp_path: Path) -> None:
    factory, path = RecordingFactory(RecordingProtocol), tmp_path / "chat.sock"
    port = reactor.listen_unix(str(path), factory)
    with pytest.raises(CannotListenError) as caught:
        reactor.listen_unix(str(path), RecordingFactory(RecordingProtocol))
    assert caught.value.address == f"unix:{path}"
    call(reactor, port)
    turn_until(reactor, lambda: factory.built)


def test_a_path_whose_server_has_a_full_backlog_is_not_taken_over(tmp_path: Path, reactor: Reactor) -> None:
    path = tmp_path / "chat.sock"
    waiting: list[socket.socket] = []
    with socket.socket(socket.AF_UNIX) as busy:
        busy.bind(str(path))
        busy.listen(0)
        while not waiting or not waiting[-1].connect_ex(str(path)):
            waiting.append(socket.socket(socket.AF_UNIX))
            waiting[-1].setblocking(False)
        with pytest.raises(CannotListenError):
            reactor.listen_unix(str(path), RecordingFactory(RecordingProtocol))
        for each in waiting:
            each.close()
    assert path.exists()


def test_a_file_that_is_no_socket_is_never_removed(reactor: Reactor, tmp_path: Path) -> None:
    path = tmp_path / "thesis.txt"
    path.write_text("five years of work")
    with pytest.raises(CannotListenError):
        reactor.listen_unix(str(path), RecordingFactory(RecordingProtocol))
    assert path.read_text() == "five years of work"


def test_a_stale_path_that_we_may_not_remove_cannot_be_listened_on(
    reactor: Reactor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> None:  # as the system does, but not for root
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    path = tmp_path / "chat.sock"
    abandon(path)
    monkeypatch.setattr(os, "unlink", refuse)
    with pytest.raises(CannotListenError):
        reactor.listen_unix(str(path), RecordingFactory(RecordingProtocol))


@pytest.mark.parametrize("name", ["missing/chat.sock", "x" * 200])
def test_an_impossible_path_is_an_error(reactor: Reactor, tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotListenError) as caught:
        reactor.listen_unix(str(tmp_path / name), RecordingFactory(RecordingProtocol))
    assert name in str(caught.value)


def test_a_path_that_was_removed_does_not_prevent_the_stop(reactor: Reactor, tmp_path: Path) -> None:
    factory, path = RecordingFactory(RecordingProtocol), tmp_path / "chat.sock"
    port = reactor.listen_unix(str(path), factory)
    path.unlink()
    port.stop_listening()
    assert factory.calls == ["start", "stop"]


def test_stop_listening_fires_after_stop_factory_and_fails_with_what_it_raises(reactor: Reactor) -> None:
    class Stubborn(RecordingFactory[RecordingProtocol]):
        def stop_factory(self) -> None:
            super().stop_factory()
            raise ZeroDivisionError

    ends: list[object] = []
    for factory in (RecordingFactory(RecordingProtocol), Stubborn(RecordingProtocol)):
        reactor.listen_tcp(0, factory).stop_listening().add_both(ends.append)
        assert factory.calls == ["start", "stop"]
    assert ends[0] is None
    assert isinstance(ends[1], ZeroDivisionError)


def test_a_factory_that_cannot_start_leaves_no_port_open(reactor: Reactor, tmp_path: Path) -> None:
    class Broken(RecordingFactory[RecordingProtocol]):
        def start_factory(self) -> None:
            super().start_factory()
            raise ValueError("no file to read")

    factory, path, before = Broken(RecordingProtocol), tmp_path / "socket", reactor.descriptors
    with pytest.raises(ValueError, match="no file to read"):
        reactor.listen_tcp(0, factory)
    with pytest.raises(ValueError, match="no file to read"):
        reactor.listen_unix(str(path), factory)
    assert factory.calls == ["start", "start"]
    assert reactor.descriptors == before
    assert not path.exists()


def test_a_port_that_listens_cannot_be_started_again(reactor: Reactor) -> None:
    port = reactor.listen_tcp(0, RecordingFactory(RecordingProtocol))
    host = port.host
    with pytest.raises(RuntimeError, match="listens already"):
        port.start_listening()
    assert port.host == host
    call(reactor, port)
    assert port.stop_listening().called


def test_its_repr_has_the_address_while_it_listens(reactor: Reactor) -> None:
    port = reactor.listen_tcp(0, RecordingFactory(RecordingProtocol))
    assert repr(port) == f"<Port of RecordingFactory, listening on {port.host}>"
    port.stop_listening()
    assert repr(port) == "<Port of RecordingFactory, not listening>"


def test_a_loss_is_notified_before_the_next_connection_of_the_turn_is_accepted(reactor: Reactor) -> None:
    calls: list[str] = []

    class Counted(RecordingProtocol):
        def connection_made(self) -> None:
            calls.append("made")

        def connection_lost(self, reason: Exception) -> None:
            calls.append("lost")

    port = reactor.listen_tcp(0, RecordingFactory(Counted))
    address = ("127.0.0.1", number_of(port))
    client = socket.create_connection(address)
    turn_until(reactor, lambda: calls)
    for number in range(1, 61):
        client.close()
        client = socket.create_connection(address)
        turn_until(reactor, lambda number=number: len(calls) > 2 * number)  # type: ignore[misc]
    with client:
        assert calls == ["made", *["lost", "made"] * 60]


def test_a_connection_closed_in_a_turn_is_notified_before_the_next_is_accepted(reactor: Reactor) -> None:
    calls: list[str] = []

    class Dismissing(RecordingProtocol):
        def connection_made(self) -> None:
            calls.append("made")

        def data_received(self, data: bytes) -> None:
            self.transport.lose_connection()

        def connection_lost(self, reason: Exception) -> None:
            calls.append("lost")

    port = reactor.listen_tcp(0, RecordingFactory(Dismissing))
    address = ("127.0.0.1", number_of(port))
    with socket.create_connection(address) as first:
        turn_until(reactor, lambda: calls)
        first.send(b"quit")
        with socket.create_connection(address):
            turn_until(reactor, lambda: calls.count("made") == 2)
    assert calls[:3] == ["made", "lost", "made"]


def test_a_stop_leaves_the_socket_that_another_server_has_bound_to_the_path(
    reactor: Reactor, tmp_path: Path
) -> None:
    path = tmp_path / "chat.sock"
    port = reactor.listen_unix(str(path), RecordingFactory(RecordingProtocol))
    path.unlink()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        port.stop_listening()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))


def test_a_path_that_cannot_be_removed_does_not_prevent_the_rest_of_the_stop(
    reactor: Reactor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unlink(path: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    factory = RecordingFactory(RecordingProtocol)
    port = reactor.listen_unix(str(tmp_path / "chat.sock"), factory)
    caplog.set_level("DEBUG")
    monkeypatch.setattr(os, "unlink", unlink)
    port.stop_listening()
    assert factory.calls == ["start", "stop"]
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("DEBUG", None)]
    assert "chat.sock: Permission denied" in caplog.text
