"""The messages to the service manager: READY=1, WATCHDOG=1 and STOPPING=1 on a socket of the test."""

import os
import secrets
from pathlib import Path

import pytest

from core.testing import Clock
from servers.hosting.notify import Notifier
from tests.daemons import daemon, manager
from tests.running import serving


@pytest.fixture(params=["path", "abstract"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of the manager's socket."""
    return f"{tmp_path}/notify" if request.param == "path" else f"@school-{secrets.token_hex(8)}"


def test_a_server_says_that_it_is_ready_and_that_it_stops(place: str) -> None:
    with manager(place) as sock, serving("servers.echo", "--port", "0", NOTIFY_SOCKET=place) as server:
        assert sock.recv(100) == b"READY=1"
        with server.connect() as client:
            assert client.line().startswith("Welcome!")
        assert server.stop() == 0
        assert sock.recv(100) == b"STOPPING=1"
        assert server.complaints() == ""


def test_a_daemon_says_which_process_it_is(tmp_path: Path) -> None:
    place = f"{tmp_path}/notify"
    flags = ("servers.echo", "--port", "0")
    with manager(place) as sock, daemon(*flags, pid_file=tmp_path / "pid", NOTIFY_SOCKET=place) as server:
        assert sock.recv(100) == b"READY=1\nMAINPID=%d" % server.pid


def test_a_server_shows_that_it_lives_while_its_reactor_turns(tmp_path: Path) -> None:
    place = f"{tmp_path}/notify"
    variables = {"NOTIFY_SOCKET": place, "WATCHDOG_USEC": "100000"}
    with manager(place) as sock, serving("servers.echo", "--port", "0", **variables):
        assert [sock.recv(100) for _ in range(4)] == [b"READY=1", *[b"WATCHDOG=1"] * 3]


def test_the_signs_of_life_come_twice_as_often_as_the_manager_expects_them(place: str) -> None:
    with manager(place) as sock:
        variables = {"NOTIFY_SOCKET": place, "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}
        notifier, clock = Notifier(variables), Clock()
        assert variables == {}
        notifier.connect()
        notifier.start_signs_of_life(clock)
        clock.advance(1.4)
        sock.setblocking(False)
        assert sock.recv(100) == b"WATCHDOG=1"
        with pytest.raises(BlockingIOError):
            sock.recv(100)
        clock.advance(0.1)
        assert sock.recv(100) == b"WATCHDOG=1"
        notifier.close()


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"WATCHDOG_USEC": "1000000"},
        {"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"},
        {"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "soon"},
    ],
)
def test_nothing_is_sent_to_a_manager_that_does_not_wait(variables: dict[str, str]) -> None:
    notifier, clock = Notifier(variables), Clock()
    assert notifier.alive_every == 0.0
    notifier.send("READY=1")
    notifier.start_signs_of_life(clock)
    assert clock.pending() == 0
    notifier.close()


@pytest.mark.parametrize("path", ["/nowhere/notify", "vsock:2:1", "/" + "x" * 200])
def test_a_manager_that_is_not_there_stops_no_server(path: str, caplog: pytest.LogCaptureFixture) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": path})
    notifier.connect()
    notifier.send("READY=1")
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "cannot notify" in caplog.text


def test_a_manager_that_goes_stops_no_server(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    place = f"{tmp_path}/notify"
    notifier = Notifier({"NOTIFY_SOCKET": place})
    with manager(place):
        notifier.connect()
    notifier.send("STOPPING=1")
    assert "cannot notify" in caplog.text
    notifier.close()
