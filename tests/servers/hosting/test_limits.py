"""A client over the limit receives the reason, and is disconnected."""

import subprocess

import pytest

from core.interfaces import IPv4Address, UnixAddress
from core.protocols.sessions import Session, SessionRegistry, Tap
from core.testing import StringTransport
from servers.echo import EchoFactory
from servers.hosting.limits import LimitedFactory
from servers.hosting.udp_sessions import Peer
from tests.running import GUARD, Server, serving


class Traffic(StringTransport):
    """A transport that counts bytes, as those with sockets do."""

    bytes_in = bytes_out = 0
    active_at = 0.0
    tap: Tap | None = None


class LimitedEcho:
    """An echo server with limits, and no sockets."""

    def __init__(self, most: int, most_each: int) -> None:
        factory = EchoFactory(greets=False)
        factory.service, factory.sessions = "echo", SessionRegistry()
        self.sessions = factory.sessions
        self.factory = LimitedFactory(factory, most, most_each)

    def enter(self, host: str = "192.0.2.1") -> tuple[Session, str]:
        """Open a session. Returns it, and the text that the client receives."""
        address = IPv4Address("tcp", host, 54321) if host else UnixAddress("")
        protocol, transport = self.factory.build_protocol(address), Traffic(peer=address)
        assert protocol is not None
        session = self.sessions.open("echo", transport)
        protocol.make_connection(transport)
        told = transport.take().decode()
        if transport.disconnecting:
            session.close("refused")
        return session, told


def test_a_connection_over_the_limit_receives_one_line() -> None:
    server = LimitedEcho(2, 0)
    assert [server.enter()[1] for _ in range(2)] == ["", ""]
    assert server.enter()[1] == "Sorry, too many connections: this server takes at most 2.\r\n"


def test_a_closed_connection_does_not_count() -> None:
    server = LimitedEcho(1, 0)
    session, _ = server.enter()
    assert server.enter()[1]
    session.close("done")
    assert not server.enter()[1]


def test_connections_from_one_address_are_limited() -> None:
    server = LimitedEcho(0, 2)
    session, _ = server.enter()
    server.enter()
    told = server.enter()[1]
    assert told == "Sorry, too many connections from your address: it may have at most 2.\r\n"
    assert not server.enter("192.0.2.2")[1]
    session.close("done")
    assert not server.enter()[1]


def test_all_clients_of_a_unix_socket_count_as_one_address() -> None:
    server = LimitedEcho(0, 1)
    assert [bool(server.enter("")[1]) for _ in range(2)] == [False, True]


def test_without_limits_all_connections_are_allowed() -> None:
    server = LimitedEcho(0, 0)
    assert not any(server.enter()[1] for _ in range(1000))


def test_sessions_of_another_service_do_not_count() -> None:
    server = LimitedEcho(1, 0)
    server.sessions.open("chat", Traffic())
    assert not server.enter()[1]


def test_a_disconnecting_connection_counts_until_its_end_is_reported() -> None:
    server = LimitedEcho(1, 0)
    session, _ = server.enter()
    session.traffic.lose_connection()
    assert server.enter()[1]
    session.close("done")
    assert not server.enter()[1]


@pytest.mark.parametrize("engine", ["poll", "asyncio"])
def test_who_leaves_and_comes_back_at_once_is_not_refused(engine: str) -> None:
    flags = ["--port", "0", "--max-per-address", "1", "--reactor", engine]
    with serving("servers.echo", *flags) as server:
        for _ in range(60):
            with server.connect() as client:
                assert client.line() == "Welcome! There are currently 1 open connections."


def test_the_peer_of_a_udp_socket_does_not_count() -> None:
    server = LimitedEcho(1, 0)
    server.sessions.open("echo", Peer(IPv4Address("udp", "192.0.2.1", 54321), lambda: None))
    assert not server.enter()[1]


def test_every_stream_server_has_the_flags_and_nc_receives_the_reason() -> None:
    for name in ("echo", "chat", "insult"):
        for flag in ("--max-connections", "--max-per-address"):
            with serving(f"servers.{name}", "--port", "0", flag, "1") as server:
                with server.connect() as first:
                    first.line()
                    command = ["nc", "127.0.0.1", str(server.port())]
                    refused = subprocess.run(
                        command, stdin=subprocess.DEVNULL, capture_output=True, timeout=GUARD
                    )
                    assert refused.stdout.startswith(b"Sorry, too many connections")
                    assert refused.stdout.count(b"\n") == 1
                    first.socket.close()
                until_served(server)


@pytest.mark.parametrize(
    ("service", "status", "last"),
    [("irc", b"ERROR :Closing connection: ", b""), ("web", b"HTTP/1.1 503 Service Unavailable", b"\r\n\r\n")],
)
def test_the_reason_is_in_the_language_of_the_server(service: str, status: bytes, last: bytes) -> None:
    limited = serving(f"servers.{service}", "--port", "0", "--max-connections", "1")
    with limited as server, server.connect(), server.connect() as refused:
        told = refused.rest()
        assert told.startswith(status)
        assert told.endswith(last + b"Sorry, too many connections: this server takes at most 1.\r\n")


def test_the_quote_of_the_day_can_be_limited() -> None:
    with serving("servers.qotd", "--port", "0", "--max-connections", "1", "--quote", "x") as server:
        assert [until_served(server) for _ in range(3)] == ["x"] * 3


def until_served(server: Server) -> str:
    """Connect until a connection is not refused. Returns its first line."""
    while True:
        with server.connect() as client:
            if not (line := client.line()).startswith("Sorry"):
                return line
