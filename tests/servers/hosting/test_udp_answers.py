"""Two services that answer every datagram must not answer each other."""

import errno
import select
import socket
from contextlib import ExitStack

import pytest

from core.interfaces import Address, DatagramTransport, IPv4Address
from core.testing import Clock
from servers.hosting.udp_answers import (
    ANSWERING_PORTS,
    MAX_REMEMBERED,
    MAX_RETURNED,
    OUR_PORTS,
    PAUSE,
    AnsweringProtocol,
    may_answer,
)
from servers.qotd import QOTDDatagramProtocol
from servers.udp_echo import UDPEchoProtocol
from tests.running import serving

STRANGER = ("127.0.0.1", 54321)
BOUND = 54322


class Wire(DatagramTransport):
    """A UDP socket whose `write` raises `error`, if it is set."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, tuple[str, int] | None]] = []
        self.error: OSError | None = None
        self.host: Address = IPv4Address("udp", "127.0.0.1", BOUND)

    def write(self, data: bytes, address: tuple[str, int] | None = None) -> None:
        if self.error is not None:
            raise self.error
        self.sent.append((data, address))

    def connect(self, host: str, port: int) -> None:
        raise NotImplementedError


@pytest.mark.parametrize("port", sorted(ANSWERING_PORTS | OUR_PORTS | {0}))
def test_well_known_ports_our_own_and_port_0_are_not_answered(port: int) -> None:
    assert not may_answer(("192.0.2.1", port))


def test_echo_daytime_quote_and_character_generator_are_among_them() -> None:
    assert {7, 13, 17, 19, 37, 53, 123} <= ANSWERING_PORTS


def test_any_other_port_is_answered() -> None:
    protocol, wire = AnsweringProtocol(), Wire()
    protocol.make_connection(wire)
    protocol.answer(b"hello", STRANGER, b"hello", b"hello")
    assert wire.sent == [(b"hello", STRANGER)]
    protocol.stop_protocol()


def test_a_service_of_ours_on_another_port_is_not_answered_while_it_runs() -> None:
    ours = ("127.0.0.1", BOUND)
    protocol, other = AnsweringProtocol(), AnsweringProtocol()
    protocol.make_connection(Wire())
    other.make_connection(Wire())
    assert not may_answer(ours)
    other.stop_protocol()
    assert not may_answer(ours)
    protocol.stop_protocol()
    assert may_answer(ours)


def test_an_answer_that_cannot_be_sent_raises_no_error() -> None:
    protocol, wire = AnsweringProtocol(), Wire()
    protocol.make_connection(wire)
    wire.error = OSError(errno.ENETUNREACH, "Network is unreachable")
    protocol.answer(b"hello", STRANGER, b"hello", b"hello")
    protocol.stop_protocol()


def answering(protocol: AnsweringProtocol) -> tuple[AnsweringProtocol, Wire, Clock]:
    """`protocol` on a Wire and a Clock, and not counted among the bound ports."""
    wire, clock = Wire(), Clock()
    protocol._seconds = clock.seconds
    protocol.transport = wire
    return protocol, wire, clock


def test_what_comes_back_again_and_again_without_a_pause_is_not_answered_for_ever() -> None:
    protocol, wire, clock = answering(UDPEchoProtocol())
    for _ in range(10 * MAX_RETURNED):
        protocol.datagram_received(b"hello", STRANGER)
        clock.advance(PAUSE / 10_000)
    assert len(wire.sent) == 1 + MAX_RETURNED


def test_who_repeats_a_line_with_pauses_is_answered_each_time() -> None:
    protocol, wire, clock = answering(UDPEchoProtocol())
    for _ in range(10 * MAX_RETURNED):
        protocol.datagram_received(b"hello", STRANGER)
        clock.advance(PAUSE)
    assert len(wire.sent) == 10 * MAX_RETURNED


def test_other_datagrams_of_one_address_are_answered_at_any_rate() -> None:
    protocol, wire, _ = answering(UDPEchoProtocol())
    for number in range(2 * MAX_REMEMBERED):
        protocol.datagram_received(b"%d" % number, STRANGER)
    assert len(wire.sent) == 2 * MAX_REMEMBERED


def test_one_datagram_from_many_addresses_is_answered_and_little_is_remembered() -> None:
    protocol, wire, _ = answering(UDPEchoProtocol())
    for _ in range(2):
        for port in range(20_000, 20_000 + 2 * MAX_REMEMBERED):
            protocol.datagram_received(b"hello", ("192.0.2.1", port))
    assert len(wire.sent) == 4 * MAX_REMEMBERED
    assert 0 < len(protocol._sent) <= MAX_REMEMBERED


def test_empty_requests_for_a_quote_are_answered_at_any_rate_and_others_not_for_ever() -> None:
    protocol, wire, _ = answering(QOTDDatagramProtocol([b"Less.\r\n"]))
    for _ in range(10 * MAX_RETURNED):
        protocol.datagram_received(b"", STRANGER)
    assert len(wire.sent) == 10 * MAX_RETURNED
    for _ in range(10 * MAX_RETURNED):
        protocol.datagram_received(b"More.\r\n", STRANGER)
    assert len(wire.sent) == 11 * MAX_RETURNED


def relay(one: socket.socket, other: socket.socket) -> int:
    """Carry datagrams between the servers to which the sockets are connected, until none comes for a while.

    Returns their number. For each server the relay is at the address of the other one.
    """
    count = 0
    while ready := select.select([one, other], [], [], 2 * PAUSE)[0]:
        for sock in ready:
            (other if sock is one else one).send(sock.recv(65536))
            count += 1
        assert count < 10_000, "there is no end"
    return count


@pytest.mark.parametrize(
    "names", [("udp_echo", "udp_echo"), ("udp_echo", "qotd"), ("qotd", "udp_echo"), ("qotd", "qotd")]
)
@pytest.mark.parametrize("in_flight", [1, 50])
def test_two_services_in_two_processes_do_not_answer_each_other_without_end(
    names: tuple[str, str], in_flight: int
) -> None:
    with ExitStack() as stack:
        sockets = []
        for name in names:
            server = stack.enter_context(serving(f"servers.{name}", "--listen", "udp:127.0.0.1:0"))
            sockets.append(stack.enter_context(socket.socket(type=socket.SOCK_DGRAM)))
            sockets[-1].connect(("127.0.0.1", int(server.endpoints[name][0].rpartition(":")[2])))
        for number in range(in_flight):
            sockets[0].send(b"forged %d" % number)
        assert 0 < relay(*sockets) < 5 * MAX_RETURNED
