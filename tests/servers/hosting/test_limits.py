"""A house has room for so many, and who comes on top is told why."""

import subprocess

from core.interfaces import IPv4Address, UnixAddress
from core.protocols.sessions import Session, SessionRegistry, Tap
from core.testing import StringTransport
from servers.echo import EchoFactory
from servers.hosting.limits import LimitedFactory
from servers.hosting.udp_sessions import Peer
from tests.servers.running import GUARD, Server, serving


class Traffic(StringTransport):
    """A transport that counts, as those with sockets do."""

    bytes_in = bytes_out = 0
    active_at = 0.0
    tap: Tap | None = None


class House:
    """An echo server with limits, and no sockets."""

    def __init__(self, most: int, most_each: int) -> None:
        factory = EchoFactory(greets=False)
        factory.service, factory.sessions = "echo", SessionRegistry()
        self.sessions = factory.sessions
        self.turn = 0.0
        self.factory = LimitedFactory(factory, most, most_each, lambda: self.turn)

    def enter(self, host: str = "192.0.2.1") -> tuple[Session, str]:
        """The session, and what it is told. Each comes in a turn of its own."""
        self.turn += 1
        address = IPv4Address("tcp", host, 54321) if host else UnixAddress("")
        protocol, transport = self.factory.build_protocol(address), Traffic(peer=address)
        assert protocol is not None
        session = self.sessions.open("echo", transport)
        protocol.make_connection(transport)
        told = transport.take().decode()
        if transport.disconnecting:
            session.close("refused")
        return session, told


def test_who_is_over_the_limit_is_told_so_in_a_line() -> None:
    house = House(2, 0)
    assert [house.enter()[1] for _ in range(2)] == ["", ""]
    assert house.enter()[1] == "Sorry, too many connections: this server takes at most 2.\r\n"


def test_a_place_that_was_left_is_free_again() -> None:
    house = House(1, 0)
    session, _ = house.enter()
    assert house.enter()[1]
    session.close("done")
    assert not house.enter()[1]


def test_one_address_cannot_take_all_the_places() -> None:
    house = House(0, 2)
    session, _ = house.enter()
    house.enter()
    told = house.enter()[1]
    assert told == "Sorry, too many connections from your address: it may have at most 2.\r\n"
    assert not house.enter("192.0.2.2")[1]
    session.close("done")
    assert not house.enter()[1]


def test_all_that_come_by_a_unix_socket_count_as_one_address() -> None:
    house = House(0, 1)
    assert [bool(house.enter("")[1]) for _ in range(2)] == [False, True]


def test_without_limits_there_is_room_for_all() -> None:
    house = House(0, 0)
    assert not any(house.enter()[1] for _ in range(1000))


def test_sessions_of_another_service_do_not_count() -> None:
    house = House(1, 0)
    house.sessions.open("chat", Traffic())
    assert not house.enter()[1]


def test_who_comes_again_before_their_end_was_told_finds_their_place_free() -> None:
    for most, most_each in ((1, 0), (0, 1)):
        house = House(most, most_each)
        session, _ = house.enter()
        session.traffic.lose_connection()
        again, told = house.enter()
        assert not told
        session.close("done")
        assert house.enter()[1]
        again.close("done")
        assert not house.enter()[1]


def test_who_is_still_owed_something_still_has_their_place() -> None:
    house = House(1, 0)
    session, _ = house.enter()
    session.traffic.lose_connection()
    session.traffic.waiting = 1
    assert house.enter()[1]


def test_the_peer_of_a_udp_socket_takes_no_connection() -> None:
    house = House(1, 0)
    house.sessions.open("echo", Peer(IPv4Address("udp", "192.0.2.1", 54321), lambda: None))
    assert not house.enter()[1]


def test_the_flags_hold_for_every_stream_server_and_nc_is_told_why() -> None:
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


def test_the_quote_of_the_day_can_be_limited_too() -> None:
    with serving("servers.qotd", "--port", "0", "--max-connections", "1", "--quote", "x") as server:
        assert [until_served(server) for _ in range(3)] == ["x"] * 3


def until_served(server: Server) -> str:
    """The first line of a connection that is not refused, once the server has noticed who went."""
    while True:
        with server.connect() as client:
            if not (line := client.line()).startswith("Sorry"):
                return line
