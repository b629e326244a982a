"""All servers run in one process, because none of them ever blocks."""

import os
import socket

import pytest

from core.cli import ENGINES
from tests.running import Server, datagrams, run, serving

ALL = ["chat", "echo", "qotd", "insult", "udp_echo"]


def greeting(server: Server, name: str) -> str:
    """The first line that a service sends."""
    if name == "udp_echo":
        with datagrams(server, name) as client:
            client.send(b"hello")
            return client.recv(100).decode()
    with server.connect(name) as client:
        return client.line()


@pytest.mark.parametrize("engine", ENGINES)
def test_all_five_serve_in_one_thread_and_stop_together(engine: str) -> None:
    flags = ("--reactor", engine, "--quote", "So it goes.", "--no-control")
    with serving("servers", "--port", "0", *flags) as server:
        assert list(server.endpoints) == ALL
        assert {name: greeting(server, name) for name in ALL} == {
            "chat": "~" * 40,
            "echo": "Welcome! There are currently 1 open connections.",
            "qotd": "So it goes.",
            "insult": "Welcome to the Insult Server. Enter a topic to receive an insult.",
            "udp_echo": "hello",
        }
        threads = len(os.listdir(f"/proc/{server.process.pid}/task"))
        assert server.stop() == 0
        assert server.lines[-1] == "servers stopped"
        # the others: the watchdog, the writer of stdout, and that of stderr if there was a warning
        assert threads in (3, 3 + bool(server.stderr()))
        assert server.complaints() == ""


def test_the_output_says_how_to_connect_to_each_server() -> None:
    with serving("servers", "--port", "0") as server:
        for name in ALL:
            kind = "udp" if name == "udp_echo" else "tcp"
            place = f"{kind}:127.0.0.1:{server.port(name)}"
            assert any(f"python -m clients.{name} --connect {place} " in line for line in server.lines)


def test_all_adds_the_servers_that_do_not_run_by_default() -> None:
    with serving("servers", "all", "--port", "0") as server:
        assert {*ALL, "irc"} <= set(server.endpoints)
        assert server.stop() == 0


def test_only_the_named_servers_run_and_each_once() -> None:
    with serving("servers", "qotd", "echo", "qotd", "--port", "0") as server:
        assert list(server.endpoints) == ["qotd", "echo"]
        assert [len(places) for places in server.endpoints.values()] == [1, 1]


def test_a_single_named_server_accepts_listen_flags() -> None:
    with serving("servers", "echo", "--listen", "tcp:127.0.0.1:0", "--listen", "tcp:0") as server:
        assert len(server.endpoints["echo"]) == 2


def test_an_unknown_name_exits_2_with_one_line_that_lists_the_servers() -> None:
    result = run("servers", "echo", "irk")
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "'irk'" in result.stderr
    assert all(name in result.stderr for name in ALL)


@pytest.mark.parametrize(
    "flags", [["--port", "8000"], ["--listen", "tcp:0"], ["echo", "chat", "--port", "8000"]]
)
def test_one_endpoint_for_several_servers_exits_2_with_one_line(flags: list[str]) -> None:
    result = run("servers", *flags)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "are for one server: name it, or take free ports with --port 0" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "refused"),
    [
        (["chat", "--channels", "#class"], "--channels is for the irc"),
        (["echo", "--quote", "x"], "--quote is"),
    ],
)
def test_a_flag_of_a_server_that_is_not_named_exits_2_with_one_line(
    arguments: list[str], refused: str
) -> None:
    result = run("servers", *arguments)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert refused in result.stderr


def test_with_several_servers_the_remedy_for_a_port_in_use_works_for_all_of_them() -> None:
    host = f"127.77.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"  # where no other test listens at this port
    with socket.create_server((host, 8001)):
        result = run("servers", "echo", "qotd", "--host", host)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert result.stderr.endswith(
        "Stop the other server, or take free ports with --port 0, or name fewer servers.\n"
    )


def test_if_one_port_is_in_use_no_server_runs() -> None:
    with serving("servers.echo", "--port", "0") as server:
        result = run("servers", "echo", "--port", str(server.port()))
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert result.stderr.startswith(f"cannot listen on tcp:127.0.0.1:{server.port()}: ")


def test_the_suite_accepts_the_flags_of_each_server() -> None:
    flags = ["--port", "0", "--no-greeting", "--color", "--max-connections", "1"]
    with serving("servers", *flags) as server, server.connect("echo") as echo:
        echo.send(b"hello\n")
        assert echo.line() == "hello"
        assert greeting(server, "echo").startswith("Sorry")
        assert greeting(server, "insult").startswith("Welcome")
