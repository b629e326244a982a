"""Who enters by the front door finds what a program needs, nothing else, and no wait."""

import ast
import re
import socket
import subprocess
import sys
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


def test_the_map_names_rooms_that_are_there() -> None:
    rooms = re.findall(r"^ {4}([a-z_][a-z_, ]*?) {2,}", DOORWAY, re.MULTILINE)
    assert "reactor" in rooms
    for room in ", ".join(rooms).split(", "):
        assert (CORE / f"{room}.py").exists()


def test_asyncio_is_not_waited_for_by_who_does_not_need_it() -> None:
    program = "import sys, core; sys.exit('asyncio' in sys.modules or 'ssl' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT).returncode == 0


@pytest.mark.parametrize("path", [*CORE.rglob("*.py")], ids=lambda path: path.relative_to(CORE))
def test_no_room_is_entered_from_inside_by_the_front_door(path: Path) -> None:
    """From `core` a room may import another room, but no exported name: that would be a circle."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "core":
            assert not {alias.name for alias in node.names} & set(EXPORTED)


def snippet() -> str:
    """The server in the docstring."""
    return dedent(DOORWAY[DOORWAY.index("    from core import") : DOORWAY.index("An AsyncioReactor")])


def test_the_server_on_the_doorplate_echoes() -> None:
    program = snippet().replace("8001", "0")
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        host, _, port = server.stdout.readline().decode().removeprefix("listening on tcp:").partition(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as client:
            client.sendall(b"hello")
            assert client.recv(100) == b"hello"
        server.terminate()
    assert server.returncode == 0


def test_the_server_on_the_doorplate_is_as_short_as_it_looks() -> None:
    assert len(snippet().strip().splitlines()) <= 12


def test_the_server_on_the_doorplate_is_the_one_that_the_readme_quotes() -> None:
    quoted = ast.parse((ROOT / "tutorials" / "01_echo" / "smallest.py").read_text("utf-8"))
    without_docstring = ast.Module(quoted.body[1:], type_ignores=[])
    assert ast.unparse(without_docstring) == ast.unparse(ast.parse(snippet()))
