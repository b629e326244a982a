"""All servers start, listen, report errors and stop in the same way."""

import errno
import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from core.cli import ENGINES
from core.endpoints import TCPEndpoint, UDPEndpoint, parse
from core.errors import CannotListenError
from core.protocols.protocol import Factory
from core.reactor import Reactor
from core.standard_streams import writer
from core.transports.listener import Port
from servers.echo import SERVICE as ECHO
from servers.hosting.runner import ServerProcess, parser_for
from tests.running import (
    GUARD,
    ROOT,
    Client,
    Server,
    complaints_in,
    connect,
    datagrams,
    environment,
    run,
    serving,
    until_logged,
)

STREAMS = {"chat": 8000, "echo": 8001, "qotd": 8007, "insult": 8080}
SERVERS = {**STREAMS, "udp_echo": 9999}


def speak(server: Server, name: str) -> bytes:
    """The first bytes that a server sends."""
    if name == "udp_echo":
        with datagrams(server) as client:
            client.send(b"hello")
            return client.recv(100)
    with server.connect() as client:
        return client.read(1)


# --- listening


@pytest.mark.parametrize("name", SERVERS)
def test_a_listening_server_prints_its_endpoints_how_to_connect_and_how_to_stop(name: str) -> None:
    with serving(f"servers.{name}", "--port", "0") as server:
        kind = "udp" if name == "udp_echo" else "tcp"
        place = f"{kind}:127.0.0.1:{server.port()}"
        nc = "nc -u" if name == "udp_echo" else "nc"
        assert server.lines == [
            f"{name} listening on {place}",
            "connect with",
            f"  python -m clients.{name} --connect {place}    or: {nc} 127.0.0.1 {server.port()}",
            "stop with Ctrl-C",
        ]
        assert isinstance(parse(place), UDPEndpoint if name == "udp_echo" else TCPEndpoint)
        assert speak(server, name)


def test_a_users_own_server_prints_only_commands_that_exist() -> None:
    with serving("tutorials.your_own", "--port", "0") as server:
        assert server.lines[1:3] == ["connect with", f"  nc 127.0.0.1 {server.port()}"]
    usage = run("tutorials.your_own", "--help").stdout
    assert usage.startswith("usage: python -m tutorials.your_own ")
    assert usage.endswith("example: python -m tutorials.your_own --port 0\n")


@pytest.mark.parametrize("name", ["chat", "udp_echo"])
@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_serves_and_stops(name: str, engine: str) -> None:
    with serving(f"servers.{name}", "--port", "0", "--reactor", engine) as server:
        assert speak(server, name)
        assert server.stop() == 0
        assert server.lines[-1] == f"{name} stopped"


@pytest.mark.parametrize("name", STREAMS)
def test_a_server_can_listen_on_several_endpoints(name: str, tmp_path: Path) -> None:
    path = f"{tmp_path}/socket"
    places = ["tcp:127.0.0.1:0", f"unix:{path}", "tcp:0", "tcp:localhost:0"]
    flags = [word for place in places for word in ("--listen", place)]
    with serving(f"servers.{name}", *flags) as server:
        assert len(set(server.endpoints[name])) == 4
        assert server.endpoints[name][1] == places[1]
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(path)
            with Client(sock) as client:
                assert client.read(1)
        assert speak(server, name)


@pytest.mark.skipif(not socket.has_ipv6, reason="there is no IPv6 here")
@pytest.mark.parametrize("flags", [["--listen", "tcp:[::1]:0"], ["--host", "::1", "--port", "0"]])
def test_a_server_can_listen_on_ipv6(flags: list[str]) -> None:
    with serving("servers.echo", *flags) as server:
        assert server.endpoints["echo"] == [f"tcp:[::1]:{server.port()}"]
        with connect(server.port(), "::1") as client:
            assert client.line() == "Welcome! There are currently 1 open connections."


def test_without_a_host_a_server_listens_on_loopback_only() -> None:
    with serving("servers.echo", "--listen", "tcp:0") as server:
        table = Path("/proc/net/tcp").read_text().splitlines()
        assert [line.split()[1] for line in table if f":{server.port():04X} 00000000" in line] == [
            f"0100007F:{server.port():04X}"
        ]


def test_nc_reaches_a_unix_socket(tmp_path: Path) -> None:
    with serving("servers.echo", "--no-greeting", "--listen", f"unix:{tmp_path}/echo") as server:
        assert server.lines[2].endswith(f"or: nc -U {tmp_path}/echo")
        command = ["nc", "-NU", f"{tmp_path}/echo"]
        assert (
            subprocess.run(command, input=b"hello\n", capture_output=True, timeout=GUARD).stdout == b"hello\n"
        )


def test_a_unix_path_is_free_again_after_a_stop_and_after_a_crash_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "echo"
    flags = ["servers.echo", "--listen", f"unix:{path}"]
    with serving(*flags) as server:
        assert server.stop() == 0
        assert not path.exists()
    with serving(*flags) as server:
        server.stop(signal.SIGKILL)
        assert path.exists()
    with serving(*flags) as server:
        assert server.stop() == 0


def test_connections_have_tcp_keep_alive() -> None:
    with serving("servers.chat", "--port", "0") as server, server.connect() as client:
        client.line()
        table = Path("/proc/net/tcp").read_text().splitlines()
        port = client.socket.getsockname()[1]
        (line,) = [line for line in table if f":{server.port():04X} 0100007F:{port:04X} 01" in line]
        assert line.split()[5].startswith("02:")  # its timer is that of keep-alive


# --- a port or a path that is in use


@pytest.mark.parametrize("name", SERVERS)
def test_a_port_in_use_is_named_with_the_remedy_in_one_line_and_exits_1(name: str) -> None:
    with serving(f"servers.{name}", "--port", "0") as server:
        result = run(f"servers.{name}", "--port", str(server.port()))
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    kind = "udp" if name == "udp_echo" else "tcp"
    assert result.stderr == (
        f"cannot listen on {kind}:127.0.0.1:{server.port()}: the port is in use."
        " Stop the other server, or choose another port with --port.\n"
    )


def test_the_remedy_names_the_flag_that_was_used() -> None:
    with serving("servers.echo", "--port", "0") as server:
        result = run("servers.echo", "--listen", server.endpoints["echo"][0])
    assert result.stderr.endswith(
        ": the port is in use. Stop the other server, or choose another endpoint with --listen.\n"
    )


@pytest.mark.parametrize(
    ("place", "problem"),
    [
        ("tcp:192.0.2.77:0", "this machine has no such address. Choose 127.0.0.1, or one of its own."),
        (
            "unix:/nowhere/echo",
            "its directory does not exist. Create it, or choose another endpoint with --listen.",
        ),
        ("fd:0", "no socket with this number was handed over."),
        ("fd:99", "no socket with this number was handed over."),
    ],
)
def test_other_listen_errors_are_named_in_one_line(place: str, problem: str) -> None:
    result = run("servers.echo", "--listen", place)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"cannot listen on {place}: {problem}\n"


def test_a_unix_path_in_use_and_a_file_that_is_no_socket_are_left_alone(tmp_path: Path) -> None:
    path, file = tmp_path / "echo", tmp_path / "file"
    file.write_text("precious")
    with serving("servers.echo", "--listen", f"unix:{path}", "--no-greeting"):
        for place, problem in (
            (path, "is in use. Stop the other server,"),
            (file, "file that is no socket:"),
        ):
            result = run("servers.echo", "--listen", f"unix:{place}")
            assert (result.returncode, result.stderr.count("\n")) == (1, 1)
            assert result.stderr.startswith(f"cannot listen on unix:{place}: the path ")
            assert problem in result.stderr
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
    assert file.read_text() == "precious"


@pytest.mark.parametrize("other", ["udp:127.0.0.1:0", "tcp:192.0.2.1:8000"])
def test_a_server_that_could_not_start_leaves_no_path_behind(tmp_path: Path, other: str) -> None:
    result = run("servers.echo", "--listen", f"unix:{tmp_path}/echo", "--listen", other)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2 - ("tcp" in other), "", 1)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "flags",
    [
        "--prot 8000",
        "--por 8000",
        "--port",
        "--port 65536",
        "--port -1",
        "--port http",
        "--listen 8000",
        "--listen tcp:127.0.0.1",
        "--listen tcp::1:8000",
        "--listen unix:",
        "--listen ipx:1",
        "--reactor select",
        "--log-level loud",
        "--max-connections -1",
        "--max-per-address x",
        "extra",
    ],
)
@pytest.mark.parametrize("command", ["servers.chat", "servers"])
def test_a_wrong_flag_exits_2_with_one_line(command: str, flags: str) -> None:
    result = run(command, *flags.split())
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1), result.stderr
    assert result.stderr.startswith(f"python -m {command}: ")


@pytest.mark.parametrize(
    "flags",
    [
        ["chat", "--flood", "fast"],
        ["chat", "--flood", "10"],
        ["echo", "--quote", "x"],
        ["echo", "--log-file", ""],
        ["insult", "--insults", ""],
        ["web", "--root", ""],
    ],
)
def test_a_wrong_flag_of_one_server_exits_2_with_one_line(flags: list[str]) -> None:
    result = run(f"servers.{flags[0]}", *flags[1:])
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1), result.stderr


@pytest.mark.parametrize(
    ("place", "wrong", "right"),
    [
        ("tcp:127.0.0.1:99999", "'99999'", "tcp:127.0.0.1:8000"),
        ("ipx:1", "'ipx'", "tcp:127.0.0.1:8000"),
        ("unix:", "path", "unix:/tmp/chat.sock"),
    ],
)
def test_the_message_for_a_wrong_endpoint_names_the_wrong_part_and_a_right_example(
    place: str, wrong: str, right: str
) -> None:
    result = run("servers.echo", "--listen", place)
    assert wrong in result.stderr
    assert right in result.stderr


def test_a_udp_server_refuses_streams_and_a_stream_server_refuses_udp() -> None:
    for name, place in (("udp_echo", "tcp:127.0.0.1:0"), ("chat", "udp:127.0.0.1:0")):
        result = run(f"servers.{name}", "--listen", place)
        assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)


@pytest.mark.parametrize("command", ["servers", *(f"servers.{name}" for name in SERVERS)])
def test_help_ends_with_an_example_and_shows_real_defaults_only(command: str) -> None:
    result = run(command, "--help")
    assert result.returncode == 0
    assert result.stdout.splitlines()[-1] == f"example: python -m {command} --port 0"
    text = " ".join(result.stdout.split())
    assert "(default: None)" not in text
    assert "(default: False)" not in text
    assert command == "servers" or f"(default: {SERVERS[command.removeprefix('servers.')]})" in text


# --- stopping


def fill(server: Server, clients: list[Client]) -> None:
    """Send and never read, until the echo server has read nothing more for ten turns."""
    quiet_turns = 0
    with server.connect() as patient:
        while quiet_turns < 10:
            sent = sum(client.stuff() for client in clients)
            quiet_turns = 0 if sent else quiet_turns + 1
            patient.send(b"x")
            patient.read(1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("name", SERVERS)
def test_a_signal_stops_the_server_with_one_line_and_exit_0(name: str, number: int) -> None:
    with serving(f"servers.{name}", "--port", "0") as server:
        speak(server, name)
        before = len(server.lines)
        assert server.stop(number) == 0
        assert server.lines[before:] == [f"{name} stopped"]
        assert server.complaints() == ""


def test_a_stop_sends_pending_data_and_closes() -> None:
    with serving("servers.chat", "--port", "0") as server, server.connect() as client:
        assert server.stop() == 0
        assert client.rest().endswith(b"Choose a username:\r\n")


@pytest.mark.parametrize(
    ("readers", "connections"),
    [(1, "1 connection"), (2, "2 connections")],
)
def test_a_stop_that_waits_says_for_how_many_connections_and_how_to_stop_now(
    readers: int, connections: str
) -> None:
    with serving("servers.echo", "--no-greeting", "--port", "0") as server, ExitStack() as stack:
        greedy = [stack.enter_context(server.connect()) for _ in range(readers)]
        fill(server, greedy)
        server.process.send_signal(signal.SIGINT)
        while not server.complaints().endswith("\n"):
            assert server.process.poll() is None
        assert server.complaints() == (
            f"stopping: waiting up to 5 s for {connections} to receive pending data"
            " (Ctrl-C again: stop now)\n"
        )
        for client in greedy:
            assert client.rest()
        assert server.output.read() == "echo stopped\n"
        assert server.process.wait(GUARD) == 0


def test_signals_are_handled_before_the_endpoints_are_printed() -> None:
    command = [sys.executable, "-m", "servers", "--port", "0"]
    for number in (signal.SIGINT, signal.SIGTERM):
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment()
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(number)
            assert process.stdout.read().endswith("servers stopped\n")
        assert process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_the_server_at_once(number: int) -> None:
    with (
        serving("servers.echo", "--port", "0") as server,
        server.connect() as greedy,
        server.connect() as idle,
    ):
        greedy.stuff()  # with pending data that it does not read, the server does not end by itself
        server.process.send_signal(number)
        idle.rest()  # it has begun to stop
        assert server.stop(number) == -number


def test_a_stopped_port_can_be_listened_on_again_at_once() -> None:
    with serving("servers.echo", "--port", "0") as server, server.connect() as client:
        client.line()
        assert server.stop() == 0
        with serving("servers.echo", "--port", str(server.port())) as another, another.connect() as client:
            assert client.line()


# --- output


def test_a_server_runs_on_when_the_reader_of_its_output_has_gone() -> None:
    command = [sys.executable, "-m", "servers.echo", "--port", "0"]
    read, write = os.pipe()
    with subprocess.Popen(
        command, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        os.close(write)
        with os.fdopen(read) as output:
            port = int(output.readline().rpartition(":")[2])
        with connect(port) as client:
            assert client.line()
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        assert complaints_in(process.stderr.read()) == ""
    assert process.returncode == 0


def test_the_log_goes_to_stderr_and_its_level_is_a_flag() -> None:
    with serving("servers.udp_echo", "--port", "0", "--log-level", "debug") as server:
        speak(server, "udp_echo")
        until_logged(server, lambda log: "DEBUG" in log)
        assert server.stop() == 0
        assert server.lines[4:] == ["udp_echo stopped"]


# --- all addresses of a name


def opened(host: str) -> list[str]:
    """The endpoints of an echo server at `host`, on a free port."""
    options = parser_for("echo", [ECHO]).parse_args(["--host", host, "--port", "0"])
    options.handed_over = []
    with closing(ServerProcess(options)) as process:
        process.open_all([ECHO])
        return process.endpoints["echo"]


def test_a_kernel_without_ipv6_leaves_the_ipv4_addresses(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    class WithoutIPv6(socket.socket):
        def __init__(
            self, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None
        ) -> None:
            if family == socket.AF_INET6:
                raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
            super().__init__(family, type, proto, fileno)

    monkeypatch.setattr(socket, "socket", WithoutIPv6)
    assert [endpoint.rpartition(":")[0] for endpoint in opened("")] == ["tcp:0.0.0.0"]
    with pytest.raises(SystemExit):
        opened("::")
    writer(sys.stderr).close()
    assert "cannot listen on tcp:[::]:0: Address family not supported" in capfd.readouterr().err


def test_a_free_port_that_is_taken_in_the_other_family_is_replaced_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: list[int] = []

    def listen_tcp(
        reactor: Reactor, port: int, factory: Factory, interface: str = "", backlog: int = 5
    ) -> Port:
        if taken and port == taken[0]:
            raise CannotListenError(interface, OSError(errno.EADDRINUSE, "Address already in use"))
        made = listen(reactor, port, factory, interface, backlog)
        taken.append(int(str(made.host).rpartition(":")[2]))
        return made

    listen = Reactor.listen_tcp
    monkeypatch.setattr(Reactor, "listen_tcp", listen_tcp)
    first, second = opened("")
    assert (first, second) == (f"tcp:0.0.0.0:{taken[0]}", f"tcp:[::]:{taken[1]}")
