"""Addresses as endpoint strings, and the contracts, which are abstract."""

import select
import socket
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from core import interfaces
from core.endpoints import parse
from core.interfaces import (
    READ,
    WRITE,
    AbstractConnector,
    Address,
    DatagramTransport,
    Descriptor,
    IPv4Address,
    IPv6Address,
    PushProducer,
    ReactorCore,
    ReactorTime,
    Transport,
    UnixAddress,
    address_of,
)

ADDRESSES: dict[str, Address] = {
    "tcp:127.0.0.1:8000": IPv4Address("tcp", "127.0.0.1", 8000),
    "udp:127.0.0.1:9999": IPv4Address("udp", "127.0.0.1", 9999),
    "tcp:[::1]:8000": IPv6Address("tcp", "::1", 8000),
    "udp:[fe80::1%lo]:9999": IPv6Address("udp", "fe80::1%lo", 9999),
    "unix:/tmp/chat.sock": UnixAddress("/tmp/chat.sock"),
}


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_is_written_as_the_endpoint_that_leads_there(text: str) -> None:
    assert str(ADDRESSES[text]) == text
    assert str(parse(text)) == text


def test_addresses_are_equal_by_value_and_may_be_counted_by() -> None:
    one: Address = IPv4Address("tcp", "::", 1)
    others: list[Address] = [IPv4Address("udp", "::", 1), IPv6Address("tcp", "::", 1)]
    assert one == IPv4Address("tcp", "::", 1)
    assert one not in others
    assert len({*ADDRESSES.values(), UnixAddress("/tmp/chat.sock")}) == len(ADDRESSES)


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=str)
def test_an_address_cannot_be_changed(address: Address) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(address, "path" if isinstance(address, UnixAddress) else "host", "elsewhere")


def test_the_name_of_a_socket_becomes_an_address(tmp_path: Path) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        assert address_of(sock.getsockname()) == IPv4Address("tcp", "127.0.0.1", sock.getsockname()[1])
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as sock:
        assert address_of(sock.getsockname()) == UnixAddress("")
        sock.bind(path)
        assert address_of(sock.getsockname()) == UnixAddress(path)
    assert address_of(("::1", 8000, 0, 0), "udp") == IPv6Address("udp", "::1", 8000)
    assert address_of(("::1", 8000), "udp") == IPv6Address("udp", "::1", 8000)
    assert address_of(b"\0abstract") == UnixAddress("\0abstract")


@pytest.mark.parametrize(
    "contract",
    [Descriptor, PushProducer, Transport, DatagramTransport, ReactorTime, ReactorCore, AbstractConnector],
)
def test_a_contract_cannot_be_made_only_kept(contract: type) -> None:
    with pytest.raises(TypeError, match="abstract"):
        contract()


def test_a_producer_need_not_care_that_its_consumer_is_gone() -> None:
    class Producer(PushProducer):
        def pause_producing(self) -> None: ...
        def resume_producing(self) -> None: ...

    Producer().stop_producing()


@pytest.mark.skipif(not hasattr(select, "EPOLLIN"), reason="there is no epoll here")
def test_the_masks_are_the_kernels_own() -> None:
    assert (READ, WRITE) == (select.EPOLLIN, select.EPOLLOUT)


def test_every_contract_says_what_it_promises() -> None:
    for contract in vars(interfaces).values():
        if isinstance(contract, type) and contract.__module__ == interfaces.__name__:
            assert contract.__doc__
