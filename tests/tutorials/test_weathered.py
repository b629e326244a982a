"""`run --weather`: a program receives its data in exactly the pieces of the weather."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from core.formats.weather import parse
from core.interfaces import IPv4Address
from core.protocols.protocol import ClientFactory, DatagramProtocol, Factory, Protocol
from core.reactor import Reactor
from tests.running import GUARD, ROOT, environment
from tutorials.weathered import simulate


class Pieces(Protocol):
    """Records what it receives, and stops the reactor at `!`."""

    factory: "Recorder"

    def data_received(self, data: bytes) -> None:
        self.factory.pieces.append(data)
        if data.endswith(b"!"):
            self.transport.abort_connection()
            self.factory.reactor.stop()


class Recorder(ClientFactory):
    """Makes one Pieces."""

    protocol = Pieces

    def __init__(self, reactor: Reactor) -> None:
        self.reactor = reactor
        self.pieces: list[bytes] = []


class Datagrams(DatagramProtocol):
    """Counts what it receives."""

    def __init__(self) -> None:
        self.received: list[bytes] = []

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.received.append(data)


@pytest.fixture
def weathered(monkeypatch: pytest.MonkeyPatch, reactor: Reactor) -> Reactor:
    """A reactor whose connections are cut into single bytes, and whose datagrams are doubled."""
    for name in ("listen_tcp", "connect_tcp", "listen_udp"):
        monkeypatch.setattr(Reactor, name, getattr(Reactor, name))
    simulate(parse("slice,double=1,seed=1"))
    return reactor


def port_of(host: object) -> int:
    """The port of an address."""
    assert isinstance(host, IPv4Address)
    return host.port


def test_a_server_gets_single_bytes(weathered: Reactor) -> None:
    server = Recorder(weathered)
    port = weathered.listen_tcp(0, server)
    with socket.create_connection(("127.0.0.1", port_of(port.host))) as sock:
        sock.sendall(b"hello!")
        weathered.run()
    assert server.pieces == [b"h", b"e", b"l", b"l", b"o", b"!"]


def test_a_client_gets_single_bytes(weathered: Reactor) -> None:
    client = Recorder(weathered)
    with socket.create_server(("127.0.0.1", 0)) as server:
        weathered.connect_tcp("127.0.0.1", server.getsockname()[1], factory=client)

        def greet() -> None:
            with server.accept()[0] as sock:
                sock.sendall(b"hi!")

        weathered.call_when_running(greet)
        weathered.run()
    assert client.pieces == [b"h", b"i", b"!"]


def test_datagrams_have_the_weather_too(weathered: Reactor) -> None:
    peer = Datagrams()
    port = weathered.listen_udp(0, peer)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"one", ("127.0.0.1", port_of(port.host)))
        while len(peer.received) < 2:
            weathered.turn()
    assert peer.received == [b"one", b"one"]


def test_anything_that_is_no_factory_is_the_reactors_affair(weathered: Reactor) -> None:
    with pytest.raises(TypeError):
        weathered.listen_tcp(0, Factory)  # type: ignore[arg-type]


def test_a_program_runs_with_its_arguments_and_imports_from_its_directory(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("NAME = 'helped'\n", "utf-8")
    program = tmp_path / "program.py"
    program.write_text(
        "import helper, sys\nfrom core import Reactor\n"
        "print(helper.NAME, sys.argv[1:], Reactor.listen_tcp.__name__ == 'listen_tcp', __name__)\n"
        "sys.exit(5)\n",
        "utf-8",
    )
    result = subprocess.run(
        [sys.executable, "-m", "tutorials.weathered", "slow", str(program), "8000", "TEXT"],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=GUARD,
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (5, "")
    assert result.stdout == "helped ['8000', 'TEXT'] False __main__\n"
