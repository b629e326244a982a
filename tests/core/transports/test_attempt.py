"""Attempt: it ends with a socket or with an error, once."""

import os
import socket
from pathlib import Path

import pytest

from core.errors import UserError
from core.reactor import Reactor
from core.transports.attempt import Attempt
from tests.conftest import turn_until
from tests.core.helpers import SteppedReactor, busy_server


class Outcome:
    """The result of an attempt."""

    def __init__(self) -> None:
        self.sockets: list[socket.socket] = []
        self.errors: list[Exception] = []

    def is_there(self) -> bool:
        return bool(self.sockets or self.errors)


def test_a_connected_socket_is_handed_over_and_no_longer_watched(reactor: Reactor) -> None:
    outcome, before = Outcome(), reactor.descriptors
    with socket.create_server(("127.0.0.1", 0)) as server:
        Attempt(reactor, socket.AF_INET, server.getsockname(), outcome.sockets.append, outcome.errors.append)
        turn_until(reactor, outcome.is_there)
        assert outcome.sockets[0].getpeername() == server.getsockname()
    assert reactor.descriptors == before
    outcome.sockets[0].close()


def test_a_callback_that_fails_is_logged_and_the_attempt_has_succeeded_all_the_same(
    reactor: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    outcome = Outcome()

    def fail(sock: socket.socket) -> None:
        outcome.sockets.append(sock)
        raise ZeroDivisionError

    with socket.create_server(("127.0.0.1", 0)) as server:
        Attempt(reactor, socket.AF_INET, server.getsockname(), fail, outcome.errors.append)
        turn_until(reactor, outcome.is_there)
    assert outcome.errors == []
    assert outcome.sockets[0].fileno() >= 0
    assert "ZeroDivisionError" in caplog.text
    outcome.sockets[0].close()


def test_a_refusal_is_an_error_of_its_own_and_never_comes_at_once(reactor: Reactor, tmp_path: Path) -> None:
    outcome, path = Outcome(), str(tmp_path / "missing.sock")
    attempt = Attempt(reactor, socket.AF_UNIX, path, outcome.sockets.append, outcome.errors.append)
    assert not outcome.is_there()
    turn_until(reactor, outcome.is_there)
    assert [type(error) for error in outcome.errors] == [FileNotFoundError]
    turn_until(reactor, lambda: attempt.fileno() < 0)


def test_a_port_on_which_no_server_listens_refuses_the_connection(reactor: Reactor) -> None:
    outcome = Outcome()
    with socket.create_server(("127.0.0.1", 0)) as server:
        name = server.getsockname()
    Attempt(reactor, socket.AF_INET, name, outcome.sockets.append, outcome.errors.append)
    turn_until(reactor, outcome.is_there)
    assert [type(error) for error in outcome.errors] == [ConnectionRefusedError]


@pytest.mark.parametrize("exists", [True, False])
def test_after_close_no_callback_is_called(reactor: Reactor, tmp_path: Path, exists: bool) -> None:
    outcome, path = Outcome(), str(tmp_path / "some.sock")
    with socket.socket(socket.AF_UNIX) as server:
        if exists:
            server.bind(path)
            server.listen()
        attempt = Attempt(reactor, socket.AF_UNIX, path, outcome.sockets.append, outcome.errors.append)
        attempt.close()
        for _ in range(3):
            reactor.call_soon(int)
            reactor.turn()
    assert not outcome.is_there()
    assert attempt.fileno() < 0


def test_a_reactor_that_stops_ends_the_attempt(reactor: Reactor) -> None:
    outcome = Outcome()
    with socket.create_server(("127.0.0.1", 0)) as server:
        attempt = Attempt(
            reactor, socket.AF_INET, server.getsockname(), outcome.sockets.append, outcome.errors.append
        )
        attempt.shut_down()
        reactor.call_soon(int)
        reactor.turn()
    assert [type(error) for error in outcome.errors] == [UserError]


def test_an_attempt_that_cannot_begin_leaves_no_socket_open(reactor: Reactor) -> None:
    outcome, before = Outcome(), os.listdir("/proc/self/fd")
    with pytest.raises(OSError, match="too long"):
        Attempt(reactor, socket.AF_UNIX, "x" * 200, outcome.sockets.append, outcome.errors.append)
    assert os.listdir("/proc/self/fd") == before


def test_a_unix_socket_whose_backlog_is_full_is_tried_again(reactor: Reactor, tmp_path: Path) -> None:
    outcome, path = Outcome(), tmp_path / "busy.sock"
    with busy_server(path) as server:
        attempt = Attempt(reactor, socket.AF_UNIX, str(path), outcome.sockets.append, outcome.errors.append)
        for _ in range(3):
            reactor.call_soon(int)
            reactor.turn()
        assert attempt.busy
        assert not outcome.is_there()
        server.accept()[0].close()
        turn_until(reactor, outcome.is_there)
    assert not outcome.errors
    outcome.sockets[0].close()


def test_a_reactor_that_stops_ends_an_attempt_that_waits_for_a_busy_server(
    reactor: Reactor, tmp_path: Path
) -> None:
    outcome, path = Outcome(), tmp_path / "busy.sock"
    with busy_server(path):
        Attempt(reactor, socket.AF_UNIX, str(path), outcome.sockets.append, outcome.errors.append)
        reactor.call_when_running(reactor.stop)
        reactor.run(install_signal_handlers=False)
    assert [type(error) for error in outcome.errors] == [UserError]


def test_a_connection_of_a_socket_to_itself_is_a_refusal_and_frees_the_port() -> None:
    """On loopback the system may give a client the very port that it connects to: here it always does."""

    class Oneself(socket.socket):
        def connect_ex(self, address: object) -> int:
            self.bind(("127.0.0.1", 0))
            return super().connect_ex(self.getsockname())

    reactor, outcome = SteppedReactor(), Outcome()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "socket", Oneself)
        attempt = Attempt(
            reactor, socket.AF_INET, ("127.0.0.1", 9), outcome.sockets.append, outcome.errors.append
        )
    port = attempt._socket.getsockname()
    turn_until(reactor, outcome.is_there)
    assert [type(error) for error in outcome.errors] == [ConnectionRefusedError]
    with socket.socket() as server:
        server.bind(port)
    reactor.close()
