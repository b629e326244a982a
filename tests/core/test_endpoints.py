"""Endpoint strings: the error for a wrong one names the wrong part, and has a right one."""

import socket
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.endpoints import (
    LONGEST_PATH,
    Endpoint,
    EndpointError,
    FDEndpoint,
    TCPEndpoint,
    TLSEndpoint,
    UDPEndpoint,
    UnixEndpoint,
    parse,
    parse_port,
)
from core.errors import CannotListenError, ConnectionDone
from core.interfaces import AbstractConnector
from core.protocols.protocol import ClientFactory, DatagramProtocol, Factory, Protocol
from core.reactor import Reactor
from tests.certificates import Certificates
from tests.conftest import turn_until

RIGHT: dict[str, Endpoint] = {
    "tcp:127.0.0.1:8000": TCPEndpoint("127.0.0.1", 8000),
    "tcp:8000": TCPEndpoint("127.0.0.1", 8000),
    "tcp:localhost:0": TCPEndpoint("localhost", 0),
    "tcp:[::1]:8000": TCPEndpoint("::1", 8000),
    "tcp:[fe80::1%eth0]:8000": TCPEndpoint("fe80::1%eth0", 8000),
    "tcp:0.0.0.0:65535": TCPEndpoint("0.0.0.0", 65535),
    "tls:localhost:8443": TLSEndpoint("localhost", 8443),
    "tls:8443": TLSEndpoint("127.0.0.1", 8443),
    "tls:[::1]:8443?ca=ca.pem": TLSEndpoint("::1", 8443, ca="ca.pem"),
    "tls:8443?verify=no": TLSEndpoint("127.0.0.1", 8443, verify=False),
    "tls:8443?verify=yes&ca=/my%20c%26a/ca.pem": TLSEndpoint("127.0.0.1", 8443, ca="/my c&a/ca.pem"),
    "tls:0.0.0.0:0?cert=a/server.pem&key=../server.key": TLSEndpoint(
        "0.0.0.0", 0, "a/server.pem", "../server.key"
    ),
    "tls:8443?cert=a%FF.pem": TLSEndpoint("127.0.0.1", 8443, "a\udcff.pem"),
    "udp:127.0.0.1:9999": UDPEndpoint("127.0.0.1", 9999),
    "fd:3": FDEndpoint(3),
    "udp:9999": UDPEndpoint("127.0.0.1", 9999),
    "udp:[::]:9999": UDPEndpoint("::", 9999),
    "unix:/tmp/chat.sock": UnixEndpoint("/tmp/chat.sock"),
    "unix:chat:2.sock": UnixEndpoint("chat:2.sock"),
    "unix:/tmp/\udcff.sock": UnixEndpoint("/tmp/\udcff.sock"),  # as Python hands on what is not UTF-8
}


@pytest.mark.parametrize("text", RIGHT)
def test_a_right_endpoint_is_understood(text: str) -> None:
    assert parse(text) == RIGHT[text]


WRONG = {
    "": "'' is not a kind of endpoint",
    "8000": "'8000' is not a kind of endpoint",
    "http:127.0.0.1:8000": "'http' is not a kind of endpoint",
    "TCP:8000": "'TCP' is not a kind of endpoint",
    "tcp": "'tcp' is not a kind of endpoint",
    "fd:": "'' is no number",
    "fd:-1": "'-1' is no number",
    "fd:3:4": "'3:4' is no number",
    "fd:" + "9" * 5000: "is no number",
    "tcp:": "the port ''",
    "tcp:localhost": "the port 'localhost'",
    "tcp:127.0.0.1:": "the port ''",
    "tcp:127.0.0.1:65536": "the port '65536'",
    "tcp:127.0.0.1:-1": "the port '-1'",
    "tcp:127.0.0.1:+80": "the port '+80'",
    "tcp:127.0.0.1:8_0": "the port '8_0'",
    "tcp:127.0.0.1:٣": "the port '٣'",
    "tcp:127.0.0.1:" + "9" * 5000: "the port '999",
    "tcp:127.0.0.1:80 ": "the port '80 '",
    "tcp::8000": "the host is missing",
    "tcp: :8000": "the host is missing or has a blank",
    "tcp:a b:8000": "the host is missing or has a blank",
    "tcp:a\0b:8000": "the host is missing or has a blank",
    "tcp:::1:8000": "'::1' is not an IPv6 address in brackets",
    "tcp:[::1:8000": "'[::1' is not an IPv6 address in brackets",
    "tcp:[::1]": "the port is missing",
    "tcp:[localhost]:8000": "'[localhost]' is not an IPv6 address in brackets",
    "tcp:[127.0.0.1]:8000": "'[127.0.0.1]' is not an IPv6 address in brackets",
    "tcp:[]:8000": "'[]' is not an IPv6 address in brackets",
    "tcp:a[b:8000": "'a[b' is not an IPv6 address in brackets",
    "udp:nobody": "the port 'nobody'",
    "tls:nobody": "the port 'nobody'",
    "tls:": "the port ''",
    "tls:?ca=ca.pem": "the port ''",
    "tls::8443?ca=ca.pem": "the host is missing",
    "tls:::1:8443": "'::1' is not an IPv6 address in brackets",
    "tls:8443?": "'' is none of cert, key, ca, verify",
    "tls:8443?CA=ca.pem": "'CA' is none of cert, key, ca, verify",
    "tls:8443?ca": "ca= needs a value",
    "tls:8443?ca=": "ca= needs a value",
    "tls:8443?ca=a%00": "ca= needs a value",
    "tls:8443?verify=maybe": "verify= is yes or no",
    "tls:8443?key=server.key": "key= needs cert=",
    "tls:8443?cert=server.pem&ca=ca.pem": "cert= is for a server, ca= and verify= are for a client",
    "tls:8443?cert=server.pem&verify=no": "cert= is for a server",
    "tls:8443?ca=ca.pem&verify=no": "with verify=no",
    "unix:": "the path",
    "unix:/tmp/\0": "the path",
    "unix:/" + "x" * LONGEST_PATH: "the path",
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: ascii(text)[:40])
def test_of_a_wrong_endpoint_the_wrong_part_is_named_and_a_right_one_shown(text: str) -> None:
    with pytest.raises(EndpointError) as raised:
        parse(text)
    problem, _, example = str(raised.value).partition("; a right one looks like ")
    assert problem.startswith(f"{text!r}: ")
    assert WRONG[text] in problem
    example = example.partition(" ")[0]  # for tls a second example follows, for the other end
    assert str(parse(example)) == example
    if ":" in text and text.partition(":")[0] in ("tcp", "tls", "udp", "unix"):
        assert example.partition(":")[0] == text.partition(":")[0]


def test_a_path_may_have_as_many_bytes_as_every_system_has_room_for() -> None:
    path = "/" + "ä" * (LONGEST_PATH // 2)
    assert parse(f"unix:{path}") == UnixEndpoint(path)


@pytest.mark.parametrize("number", [0, 1, 8000, 65535])
def test_a_port_is_a_number_from_0_to_65535(number: int) -> None:
    assert parse_port("--port", str(number), "8000") == number


PORTS = st.integers(0, 65535)
HOSTS = st.one_of(
    st.ip_addresses().map(str),
    st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?", fullmatch=True),
)
PATHS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1).filter(
    lambda path: len(path.encode()) <= LONGEST_PATH
)
ENDPOINTS: st.SearchStrategy[Endpoint] = st.one_of(
    st.builds(TCPEndpoint, HOSTS, PORTS),
    st.builds(TLSEndpoint, HOSTS, PORTS, PATHS, PATHS | st.just("")),
    st.builds(TLSEndpoint, HOSTS, PORTS, ca=PATHS),
    st.builds(TLSEndpoint, HOSTS, PORTS, verify=st.booleans()),
    st.builds(UDPEndpoint, HOSTS, PORTS),
    st.builds(UnixEndpoint, PATHS),
)


@given(ENDPOINTS)
def test_an_endpoint_written_and_read_again_is_the_same(endpoint: Endpoint) -> None:
    assert parse(str(endpoint)) == endpoint


@given(
    st.text()
    | st.tuples(st.sampled_from(["tcp:", "tls:", "tls:1?ca=", "udp:", "unix:"]), st.text()).map("".join)
)
def test_any_text_is_an_endpoint_or_an_endpoint_error(text: str) -> None:
    with suppress(EndpointError):
        endpoint = parse(text)
        assert parse(str(endpoint)) == endpoint


# --- from a string to a conversation


class Greeter(Protocol):
    def connection_made(self) -> None:
        self.transport.write(b"hello")
        self.transport.lose_connection()


class Greeters(Factory):
    protocol = Greeter


class Listener(Protocol):
    factory: "Listeners"

    def data_received(self, data: bytes) -> None:
        self.factory.heard += data


class Listeners(ClientFactory):
    protocol = Listener

    def __init__(self) -> None:
        self.heard = b""
        self.ends: list[Exception] = []

    def client_connection_failed(self, connector: AbstractConnector, reason: Exception) -> None:
        self.ends.append(reason)

    client_connection_lost = client_connection_failed


def converse(reactor: Reactor, endpoint: Endpoint) -> str:
    """Serve at `endpoint`, and connect to the endpoint string of the port. Returns this string."""
    assert not isinstance(endpoint, UDPEndpoint)
    port = endpoint.listen(reactor, Greeters())
    place = parse(str(port.host))
    assert not isinstance(place, UDPEndpoint | FDEndpoint)
    listeners = Listeners()
    place.connect(reactor, listeners)
    turn_until(reactor, lambda: listeners.ends)
    assert listeners.heard == b"hello"
    assert isinstance(listeners.ends[0], ConnectionDone)
    return str(place)


def test_a_tcp_endpoint_listens_and_connects(reactor: Reactor) -> None:
    assert converse(reactor, parse("tcp:0")).startswith("tcp:127.0.0.1:")


def test_a_tls_endpoint_listens_and_connects(reactor: Reactor, certificates: Certificates) -> None:
    listening = parse(f"tls:localhost:0{certificates.listen_query}")
    assert isinstance(listening, TLSEndpoint)
    port = listening.listen(reactor, Greeters())
    place = parse(f"{port.host}?ca={certificates.ca}")
    assert isinstance(place, TLSEndpoint)
    listeners = Listeners()
    place.connect(reactor, listeners)
    turn_until(reactor, lambda: listeners.ends)
    assert listeners.heard == b"hello"
    assert isinstance(listeners.ends[0], ConnectionDone)


def test_a_server_without_a_certificate_is_told_what_it_needs(reactor: Reactor) -> None:
    with pytest.raises(EndpointError, match="a server needs a certificate and its key; a right one"):
        TLSEndpoint("127.0.0.1", 0).listen(reactor, Greeters())


def test_a_port_with_a_missing_certificate_cannot_listen(reactor: Reactor) -> None:
    with pytest.raises(CannotListenError) as raised:
        TLSEndpoint("127.0.0.1", 8443, cert="/no/such.pem").listen(reactor, Greeters())
    problem = "cannot read the certificate /no/such.pem: No such file or directory"
    assert raised.value.strerror == f"cannot listen on tls:127.0.0.1:8443: {problem}"


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_an_endpoint_in_brackets_listens_and_connects(reactor: Reactor) -> None:
    assert converse(reactor, parse("tcp:[::1]:0")).startswith("tcp:[::1]:")


def test_a_unix_endpoint_listens_and_connects(reactor: Reactor, tmp_path: Path) -> None:
    text = f"unix:{tmp_path}/socket"
    assert converse(reactor, parse(text)) == text


class Mirror(DatagramProtocol):
    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.transport.write(data, address)


class Letters(DatagramProtocol):
    """Writes to a peer, and keeps what comes back."""

    def __init__(self, peer: UDPEndpoint) -> None:
        self.peer = peer
        self.came: list[bytes] = []

    def start_protocol(self) -> None:
        self.transport.write(b"hello", (self.peer.host, self.peer.port))

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.came.append(data)


def test_a_udp_endpoint_listens(reactor: Reactor) -> None:
    endpoint = parse("udp:0")
    assert isinstance(endpoint, UDPEndpoint)
    place = parse(str(endpoint.listen(reactor, Mirror()).host))
    assert isinstance(place, UDPEndpoint)
    letters = Letters(place)
    endpoint.listen(reactor, letters)
    turn_until(reactor, lambda: letters.came)
    assert letters.came == [b"hello"]
