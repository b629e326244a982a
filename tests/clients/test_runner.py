"""The behaviour that all clients share."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.running import client, one_time_server, refusing_port
from tests.program import python
from tests.running import Server, serving

NAMES = ["echo", "insult", "qotd", "udp_echo", "chat"]
STREAMS = ["echo", "insult", "qotd", "chat"]
TALKS = ["echo", "insult"]


@pytest.mark.parametrize("name", NAMES)
def test_help_ends_with_an_example(name: str) -> None:
    result = client(name, "--help")
    assert result.returncode == 0
    assert result.stdout.decode().splitlines()[-1].startswith(f"example: python -m clients.{name}")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "flags", [["--no-such-flag"], ["--port", "65536"], ["--port", "x"], ["--reactor", "x"], ["--hos", "a"]]
)
def test_a_wrong_flag_prints_one_line_and_exits_2(name: str, flags: list[str]) -> None:
    result = client(name, *flags)
    assert result.returncode == 2
    assert result.stderr.count(b"\n") == 1


@pytest.mark.parametrize("name", NAMES)
def test_for_a_wrong_endpoint_the_message_names_the_wrong_part_and_a_right_endpoint(name: str) -> None:
    result = client(name, "--connect", "tcp:127.0.0.1:http")
    assert result.returncode == 2
    assert b"'http'" in result.stderr
    assert b"tcp:127.0.0.1:8000" in result.stderr


@pytest.mark.parametrize(
    ("name", "endpoint"),
    [
        ("echo", "udp:9"),
        ("insult", "udp:9"),
        ("chat", "udp:9"),
        ("udp_echo", "tcp:9"),
        ("udp_echo", "unix:/x"),
    ],
)
def test_an_endpoint_of_the_wrong_kind_exits_2(name: str, endpoint: str) -> None:
    result = client(name, "--connect", endpoint)
    assert result.returncode == 2
    assert b"datagrams" in result.stderr


@pytest.mark.parametrize("name", NAMES)
def test_without_a_server_one_line_asks_whether_it_is_running(name: str) -> None:
    kind = socket.SOCK_DGRAM if name == "udp_echo" else socket.SOCK_STREAM
    with refusing_port(kind) as port:
        result = client(name, "--port", str(port))
    assert result.returncode == 1
    assert result.stderr.count(b"\n") == 1
    assert f"is the server running? python -m servers.{name}\n" in result.stderr.decode()


@pytest.mark.parametrize("name", STREAMS)
def test_without_a_server_on_a_unix_socket_one_line_asks_whether_it_is_running(
    name: str, tmp_path: Path
) -> None:
    result = client(name, "--connect", f"unix:{tmp_path}/nobody")
    assert result.returncode == 1
    assert f"is the server running? python -m servers.{name}\n" in result.stderr.decode()


@pytest.mark.parametrize("name", NAMES)
def test_a_host_without_an_address_prints_one_line(name: str) -> None:
    result = client(name, "--host", "no-such-host.invalid")
    assert result.returncode == 1
    assert result.stderr.count(b"\n") == 1
    assert b"no-such-host.invalid" in result.stderr


@pytest.mark.parametrize("host", ["", "my host"])
@pytest.mark.parametrize("name", NAMES)
def test_an_impossible_host_is_refused_before_it_is_looked_up(name: str, host: str) -> None:
    result = client(name, "--host", host)
    assert result.returncode == 2
    assert f"argument --host: {host!r} is not a host".encode() in result.stderr


@pytest.mark.parametrize("engine", ["poll", "asyncio", "uvloop"])
@pytest.mark.parametrize("name", NAMES)
def test_each_client_runs_on_each_engine(suite: Server, engine: str, name: str) -> None:
    result = client(name, "--connect", suite.endpoints[name][0], "--reactor", engine, said=b"printers\n")
    assert (result.returncode, result.stderr) == (0, b"")


@pytest.mark.parametrize("engine", ["poll", "asyncio", "uvloop"])
def test_stdin_can_be_a_file(suite: Server, engine: str, tmp_path: Path) -> None:
    (tmp_path / "input").write_text("printers\n")
    with (tmp_path / "input").open("rb") as file:
        said = subprocess.run(
            [
                sys.executable,
                "-m",
                "clients.insult",
                "--connect",
                suite.endpoints["insult"][0],
                "--reactor",
                engine,
            ],
            stdin=file,
            capture_output=True,
            check=True,
        ).stdout
    assert len(said.splitlines()) == 3


@pytest.mark.parametrize("name", STREAMS)
def test_a_client_connects_to_a_unix_endpoint(name: str, tmp_path: Path) -> None:
    endpoint = f"unix:{tmp_path}/server.sock"
    with serving(f"servers.{name}", "--listen", endpoint):
        assert client(name, "--connect", endpoint, said=b"hello\n").returncode == 0


@pytest.mark.parametrize("name", ["echo", "insult", "chat"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_end_a_client_with_status_0(suite: Server, name: str, number: int) -> None:
    with python("-m", f"clients.{name}", "--connect", suite.endpoints[name][0]) as program:
        if name == "chat":
            listener = suite.connect("chat")
            listener.send(b"listener\n")
            program.type("hello\n")
            listener.until("hello")
            listener.close()
        else:
            program.until("Welcome")
        program._process.send_signal(number)
        assert program.wait() == 0
        assert "Traceback" not in program.errors()


@pytest.mark.parametrize("name", TALKS)
def test_a_lost_connection_prints_one_line_and_exits_1(name: str) -> None:
    with (
        serving(f"servers.{name}", "--port", "0") as server,
        python("-m", f"clients.{name}", "--connect", server.endpoints[name][0]) as program,
    ):
        program.until("Welcome")
        server.process.kill()
        assert program.wait() == 1
        assert program.errors().count("\n") == 1
        assert server.endpoints[name][0] in program.errors()


@pytest.mark.parametrize("name", ["echo", "insult", "qotd"])
def test_control_characters_from_a_peer_are_never_printed_raw(name: str) -> None:
    nasty = "a\x1b[2Jb\x00c\x7fd\x9be\u202ef\u200bg\ttab\rlone ü日\r\n".encode()
    with one_time_server(nasty[:3], nasty[3:20], nasty[20:]) as endpoint:
        result = client(name, "--connect", endpoint)
    shown = result.stdout.decode()
    assert shown == "a␛[2Jb␀c␡d<9B>e<U+202E>f<U+200B>g\ttab␍lone ü日\n"


@pytest.mark.parametrize("name", ["echo", "insult", "qotd"])
def test_a_client_ends_quietly_when_its_output_pipe_is_closed(suite: Server, name: str) -> None:
    with python("-m", f"clients.{name}", "--connect", suite.endpoints[name][0]) as program:
        assert program._process.stdout is not None
        program._process.stdout.close()
        program.type("printers\n" * 100)
        assert program.wait() == 0
        assert program.errors() == ""
