"""The package `core` exports what a program needs, its help has examples that run, and it imports fast."""

import ast
import pydoc
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import pytest

import core
from tests.running import GUARD, ROOT
from tutorials.quotes import EXAMPLE

CORE = ROOT / "core"
FRONT_DOOR = core.__doc__ or ""
HELP = 'python3 -c "import core; help(core.Reactor)"'
SMALLEST = ROOT / "tutorials" / "01_echo" / "smallest.py"

NAMES = """
Reactor react DelayedCall LoopingCall Deferred succeed fail maybe_deferred
defer_later defer_to_thread DeferredList gather_results
Protocol LineReceiver DatagramProtocol Factory ServerFactory ClientFactory ReconnectingClientFactory
PushProducer Transport Port DatagramPort Connector ClientCreator StandardIO
parse_endpoint Address IPv4Address IPv6Address UnixAddress
ConnectionClosed ConnectionDone ConnectionLost ConnectionAborted UserError UserAbort DNSLookupError FirstError
CannotListenError EndpointError
AlreadyCalled AlreadyCancelled CancelledError NotConnectingError ReactorAlreadyRunning ReactorNotRunning
"""
EXPORTED = NAMES.split()


def test_these_names_are_exported() -> None:
    """To add or remove a name changes what programs can rely on."""
    assert core.__all__ == EXPORTED
    for name in EXPORTED:
        assert hasattr(core, name)


def test_the_front_door_fits_one_screen_and_names_all_exports_but_the_exceptions() -> None:
    assert len(FRONT_DOOR.splitlines()) <= 45
    for name in EXPORTED[: EXPORTED.index("ConnectionClosed")]:
        assert re.search(rf"\b{name}\b", FRONT_DOOR)


def test_the_front_door_names_packages_and_files_that_exist() -> None:
    named = re.findall(r"\b(?:core|tutorials)/[\w/.]+\w", FRONT_DOOR)
    assert {"core/engine", "core/transports", "core/protocols", "tutorials/01_echo/README.md"} <= set(named)
    for path in named:
        assert (ROOT / path).exists(), path


def test_importing_core_imports_neither_asyncio_nor_ssl() -> None:
    program = "import sys, core; sys.exit('asyncio' in sys.modules or 'ssl' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT).returncode == 0


@pytest.mark.parametrize("path", [*CORE.rglob("*.py")], ids=lambda path: path.relative_to(CORE))
def test_no_module_of_core_imports_an_exported_name_from_the_package(path: Path) -> None:
    """A module may import another module from `core`, but no name that it exports: that would be a circle."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "core":
            assert not {alias.name for alias in node.names} & set(EXPORTED)


def example(owner: type[object]) -> str:
    """The program in the docstring of `owner`."""
    text = EXAMPLE.search(owner.__doc__ or "")
    assert text is not None
    return dedent(text[0])


EXAMPLES = [core.LineReceiver, core.ClientFactory, core.DatagramProtocol, core.Reactor, core.Deferred]
SHOUT, QUOTE, UDP_ECHO, TIMER, AWAIT = map(example, EXAMPLES)


@contextmanager
def running(program: str) -> Iterator[tuple[str, int]]:
    """The server `program` on a free port: the host and port that it prints. It must end well."""
    program = re.sub(r"\b(8001|8002|9999)\b", "0", program)
    command = [sys.executable, "-u", "-c", program]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        endpoint = re.fullmatch(rb"listening on \w+:(.+):(\d+)\n", server.stdout.readline())
        assert endpoint is not None
        yield endpoint[1].decode(), int(endpoint[2])
        server.terminate()
    assert server.returncode == 0


@contextmanager
def connected_to(program: str) -> Iterator[socket.socket]:
    """A client of the server `program`."""
    with running(program) as address, socket.create_connection(address, timeout=GUARD) as client:
        yield client


@pytest.mark.parametrize("owner", EXAMPLES)
def test_each_example_has_at_most_eight_lines_and_stands_in_the_help(owner: type[object]) -> None:
    lines = [line for line in example(owner).splitlines() if line]
    assert len(lines) <= 8
    assert lines[-1] in pydoc.plain(pydoc.render_doc(owner))


def test_the_example_of_a_server_answers_in_lines_however_they_are_cut() -> None:
    with connected_to(SHOUT) as client, client.makefile("rb") as lines:
        client.sendall(b"hel")
        client.sendall(b"lo\nyou\r\n")
        assert [lines.readline(), lines.readline()] == [b"HELLO\r\n", b"YOU\r\n"]


def test_the_example_of_a_server_closes_the_connection_when_a_line_is_too_long() -> None:
    with connected_to(SHOUT) as client:
        client.sendall(bytes(core.LineReceiver.MAX_LENGTH) + b"x\n")
        assert client.recv(100) == b""


def test_the_example_of_a_server_ends_with_the_reason_when_its_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-c", SHOUT.replace("8002", port)]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr.endswith(f"cannot listen on tcp:127.0.0.1:{port}: Address already in use\n")


def test_the_example_of_a_client_prints_what_a_server_sends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(GUARD)
        command = [sys.executable, "-u", "-c", QUOTE.replace("8007", str(server.getsockname()[1]))]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as client:
            accepted, _ = server.accept()
            with accepted:
                accepted.sendall(b"Less is more.")
                assert client.stdout is not None
                assert client.stdout.readline() == b"Less is more.\n"
            client.terminate()
        assert client.returncode == 0


def test_the_example_of_a_udp_socket_sends_a_datagram_back() -> None:
    with running(UDP_ECHO) as address, socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(GUARD)
        client.sendto(b"hello", address)
        assert client.recvfrom(100) == (b"hello", address)


def test_the_example_of_a_timer_prints_and_ends() -> None:
    result = subprocess.run([sys.executable, "-c", TIMER], cwd=ROOT, capture_output=True, timeout=GUARD)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"half a second later\n", b"")


def test_the_example_of_an_await_waits_for_the_keyboard_in_a_thread() -> None:
    result = subprocess.run(
        [sys.executable, "-c", AWAIT], cwd=ROOT, input=b"Ann\n", capture_output=True, timeout=GUARD
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, b"Your name? Hello, Ann\n", b"")


def test_the_readme_shows_each_example_and_the_help_has_it_too() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for owner in EXAMPLES:
        assert f" {owner.__name__} example)\n```python\n{example(owner)}```\n" in readme
    shown = subprocess.run(["sh", "-c", HELP], cwd=ROOT, capture_output=True, text=True, timeout=GUARD)
    assert f"\n    {HELP}\n" in readme
    assert "listen_tcp(self, port: int, factory" in shown.stdout
    assert TIMER.splitlines()[-1] in shown.stdout


@pytest.mark.parametrize("program", [SHOUT, TIMER, UDP_ECHO])
def test_an_example_that_ends_closes_what_it_has_opened(program: str) -> None:
    command = [sys.executable, "-X", "dev", "-u", "-c", re.sub(r"\b(8002|9999)\b", "0", program)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.terminate()
        _, errors = process.communicate(timeout=GUARD)
    assert errors == ""


def test_the_server_that_the_readme_quotes_has_twelve_lines_and_echoes() -> None:
    program = SMALLEST.read_text("utf-8")
    assert ast.get_docstring(ast.parse(program)) == "An echo server in twelve lines, on `core` alone."
    assert len([line for line in program.splitlines() if line]) == 12
    assert "[//]: # (quote tutorials/01_echo/smallest.py)" in (ROOT / "README.md").read_text("utf-8")
    with connected_to(program) as client, client.makefile("rb") as lines:
        assert lines.readline() == b"Say something.\r\n"
        client.sendall(b"hello\n")
        assert lines.readline() == b"hello\n"
