"""Sockets from systemd, and from a test that plays systemd: whose they are, and what becomes of them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.endpoints import FDEndpoint
from servers.hosting.handed_over import HandedOver, endpoints_of, take_over
from tests.daemons import Started
from tests.running import GUARD, ROOT, Server, environment, until


@contextmanager
def socket_activated(*command: str, sockets: dict[str, socket.socket], pid: str = "$$") -> Iterator[Server]:
    """A server that is handed `sockets`, with their names, as descriptors 3, 4, …"""
    numbers = [sock.fileno() for sock in sockets.values()]
    moves = " ".join(f"{3 + index}<&{number}" for index, number in enumerate(numbers))
    names = ":".join(sockets)
    script = (
        f'export LISTEN_PID={pid} LISTEN_FDS={len(numbers)} LISTEN_FDNAMES={names}\nexec {moves}\nexec "$@"'
    )
    server = Server(*command, prefix=("bash", "-c", script, "bash"), pass_fds=numbers)
    try:
        yield server
    finally:
        server.close()


@pytest.fixture
def tcp() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        moved = os.dup2(sock.fileno(), 50)  # away from the numbers that are handed over
        with socket.socket(fileno=moved) as far:
            yield far


def place(sock: socket.socket, kind: str = "tcp") -> str:
    """The endpoint string of a socket."""
    host, port = sock.getsockname()
    return f"{kind}:{host}:{port}"


@pytest.mark.parametrize("name", ["", "echo", "whatever.socket"])
@pytest.mark.parametrize("command", [("servers.echo",), ("servers", "echo")])
def test_a_server_that_runs_alone_takes_what_it_is_handed(
    name: str, command: tuple[str, ...], tcp: socket.socket
) -> None:
    with socket_activated(*command, sockets={name: tcp}) as server:
        assert server.endpoints == {"echo": [place(tcp)]}
        with server.connect() as client:
            assert client.line().startswith("Welcome!")
        assert server.stop() == 0
        assert server.complaints() == ""
    with socket.create_connection(tcp.getsockname()):  # the parent's socket is still open
        tcp.accept()[0].close()


def test_in_the_suite_each_service_takes_the_sockets_with_its_name(tcp: socket.socket) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        sockets = {"qotd": tcp, "nobody": other}
        with socket_activated("servers", "echo", "qotd", "--port", "0", sockets=sockets) as server:
            assert server.endpoints["qotd"] == [place(tcp)]
            assert server.endpoints["echo"] not in ([place(tcp)], [place(other)])
            text = "fd:4, named 'nobody', belongs to no server here, and is not used"
            until(lambda: text in server.stderr(), server.stderr)
            assert server.stop() == 0


def test_sockets_for_another_process_are_left_alone(tcp: socket.socket) -> None:
    with socket_activated("servers.echo", "--port", "0", sockets={"echo": tcp}, pid="1") as server:
        assert server.endpoints["echo"] != [place(tcp)]


def test_a_udp_socket_is_for_the_datagrams_of_a_service() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        with socket_activated("servers.udp_echo", sockets={"any": sock}) as server:
            assert server.endpoints == {"udp_echo": [place(sock, "udp")]}


def test_a_socket_can_be_named_on_the_command_line(tcp: socket.socket) -> None:
    prefix = ("bash", "-c", f'exec 7<&{tcp.fileno()}; exec "$@"', "bash")
    server = Server("servers.echo", "--listen", "fd:7", prefix=prefix, pass_fds=[tcp.fileno()])
    try:
        assert server.endpoints == {"echo": [place(tcp)]}
    finally:
        server.close()


def test_a_descriptor_that_is_no_socket_is_one_line() -> None:
    command = [sys.executable, "-m", "servers.echo", "--listen", "fd:1"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=GUARD)
    assert result.returncode == 1
    assert result.stderr.startswith("cannot listen on fd:1: ")
    assert len(result.stderr.splitlines()) == 1


def test_a_daemon_keeps_what_it_is_handed(tcp: socket.socket, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    script = f'export LISTEN_PID=$$ LISTEN_FDS=1; exec 3<&{tcp.fileno()}; exec "$@"'
    command = [sys.executable, "-m", "servers.echo", "--daemon", "--pid-file", str(pid_file)]
    result = subprocess.run(
        ["bash", "-c", script, "bash", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=GUARD,
        env=environment(),
        pass_fds=[tcp.fileno()],
    )
    assert (result.returncode, result.stderr) == (0, "")
    server = Started(result.stdout, pid_file)
    try:
        with server.connect("echo") as client:
            assert client.line().startswith("Welcome!")
    finally:
        server.kill(signal.SIGTERM)
        server.wait()


@pytest.mark.skipif(shutil.which("systemd-socket-activate") is None, reason="systemd is not installed")
def test_systemd_hands_over_a_socket_with_the_first_connection(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    command = ["systemd-socket-activate", "--listen", str(path), "--fdname", "echo"]
    process = subprocess.Popen(
        [*command, sys.executable, "-m", "servers", "echo", "qotd", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment(),
    )
    with process, socket.socket(socket.AF_UNIX) as client:
        try:
            client.settimeout(GUARD)
            # The path exists a moment before the socket listens.
            until(
                lambda: client.connect_ex(str(path)) == 0, lambda: "systemd-socket-activate does not listen"
            )
            assert client.recv(100).startswith(b"Welcome! There are currently 1 open")
            process.send_signal(signal.SIGTERM)
            output, _ = process.communicate(timeout=GUARD)
        finally:
            process.kill()
    assert process.returncode == 0
    assert f"echo listening on unix:{path}\n" in output


def test_the_variables_are_read_once_and_only_by_their_process() -> None:
    variables = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "3", "LISTEN_FDNAMES": "echo:chat"}
    handed = take_over(variables)
    assert handed == [HandedOver(3, "echo"), HandedOver(4, "chat"), HandedOver(5, "")]
    assert variables == {}
    assert endpoints_of("chat", handed, is_alone=False) == [FDEndpoint(4)]
    assert endpoints_of("chat", handed, is_alone=True) == [FDEndpoint(3), FDEndpoint(4), FDEndpoint(5)]
    assert take_over({"LISTEN_PID": "1", "LISTEN_FDS": "1"}) == []
    assert take_over({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "many"}) == []
