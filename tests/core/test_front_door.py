"""Who enters by the front door finds what a program needs, nothing else, and no wait."""

import ast
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
from tests.core.outside import PATIENCE, ROOT

CORE = ROOT / "core"
DOORWAY = core.__doc__ or ""

NAMES = """
Reactor DelayedCall Deferred succeed fail gather_results defer_to_thread
Protocol LineReceiver DatagramProtocol Factory ClientFactory ReconnectingClientFactory PushProducer
Transport Port DatagramPort Connector ClientCreator StandardIO
parse_endpoint Address IPv4Address IPv6Address UnixAddress
ConnectionDone ConnectionLost ConnectionAborted UserAbort DNSLookupError CannotListenError EndpointError
AlreadyCalled AlreadyCancelled CancelledError NotConnectingError ReactorAlreadyRunning ReactorNotRunning
"""
EXPORTED = NAMES.split()


def test_these_names_are_exported() -> None:
    """Whoever adds or takes one away changes what programs may rely on."""
    assert core.__all__ == EXPORTED
    for name in EXPORTED:
        assert hasattr(core, name)


def test_the_map_names_the_packages_and_modules_that_are_there() -> None:
    named = re.findall(r"\bcore/[\w/.]+", DOORWAY)
    assert {"core/engine", "core/transports", "core/protocols", "core/formats"} <= set(named)
    for path in named:
        assert (ROOT / path).exists(), path


def test_asyncio_is_not_waited_for_by_who_does_not_need_it() -> None:
    program = "import sys, core; sys.exit('asyncio' in sys.modules or 'ssl' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT).returncode == 0


@pytest.mark.parametrize("path", [*CORE.rglob("*.py")], ids=lambda path: path.relative_to(CORE))
def test_no_room_is_entered_from_inside_by_the_front_door(path: Path) -> None:
    """From `core` a room may import another room, but no exported name: that would be a circle."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "core":
            assert not {alias.name for alias in node.names} & set(EXPORTED)


PROGRAMS = re.findall(r"^ {4}from core import(?:.*\n)+?    reactor\.run\(\)\n", DOORWAY, re.MULTILINE)
ECHO, SHOUT = map(dedent, PROGRAMS)


@contextmanager
def talking_to(program: str) -> Iterator[socket.socket]:
    """Somebody connected to the server `program`, which ends well."""
    program = re.sub(r"800\d", "0", program)
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        with connected_to(server.stdout.readline().decode()) as client:
            yield client
        server.terminate()
    assert server.returncode == 0


def connected_to(announced: str) -> socket.socket:
    """A client of the server that has said where it listens."""
    host, _, port = announced.removeprefix("listening on tcp:").partition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


def test_the_server_on_the_doorplate_greets_and_echoes() -> None:
    with talking_to(ECHO) as client, client.makefile("rb") as lines:
        assert lines.readline() == b"Say something.\r\n"
        client.sendall(b"hello\n")
        assert lines.readline() == b"hello\n"


def test_the_second_server_answers_in_lines_however_they_are_cut() -> None:
    with talking_to(SHOUT) as client, client.makefile("rb") as lines:
        client.sendall(b"hel")
        client.sendall(b"lo\nyou\r\n")
        assert [lines.readline(), lines.readline()] == [b"HELLO\r\n", b"YOU\r\n"]


def test_the_second_server_closes_without_a_word_when_a_line_is_too_long() -> None:
    with talking_to(SHOUT) as client:
        client.sendall(bytes(core.LineReceiver.MAX_LENGTH) + b"x\n")
        assert client.recv(100) == b""
    assert f"{core.LineReceiver.MAX_LENGTH:,}" in DOORWAY


def test_the_second_server_says_in_a_line_that_its_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-c", SHOUT.replace("8002", port)]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr == f"cannot listen on tcp:127.0.0.1:{port}: Address already in use\n"


def test_the_server_on_the_doorplate_is_the_one_that_the_readme_quotes_and_has_twelve_lines() -> None:
    text = (ROOT / "tutorials" / "01_echo" / "smallest.py").read_text("utf-8")
    quoted = ast.parse(text)
    assert ast.unparse(ast.Module(quoted.body[1:], type_ignores=[])) == ast.unparse(ast.parse(ECHO))
    assert ast.get_docstring(quoted) == "Twelve lines that echo."
    assert len([line for line in text.splitlines() if line]) == 12
