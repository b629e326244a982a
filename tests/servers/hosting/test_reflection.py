"""Two services that answer every datagram must not answer each other."""

import errno

import pytest

from core.interfaces import Address, DatagramTransport, IPv4Address
from servers.hosting.reflection import ANSWERING_PORTS, OUR_PORTS, AnsweringProtocol, may_answer

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
    protocol.answer(b"hello", STRANGER)
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
    protocol.answer(b"hello", STRANGER)
    protocol.stop_protocol()
