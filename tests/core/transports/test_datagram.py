"""DatagramPort: a datagram arrives whole with its sender, and no datagram closes the port."""

import errno
import os
import random
import socket
from collections.abc import Iterator

import pytest

from core.errors import CannotListenError
from core.interfaces import IPv4Address, IPv6Address, UnixAddress
from core.protocols.protocol import DatagramProtocol
from core.reactor import Reactor
from core.transports import datagram
from core.transports.datagram import DatagramPort
from tests.conftest import turn_until


class Post(DatagramProtocol):
    """Records the datagrams."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.letters: list[tuple[bytes, tuple[str, int]]] = []

    def start_protocol(self) -> None:
        self.heard.append("start")

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.letters.append((data, address))

    def connection_refused(self) -> None:
        self.heard.append("refused")

    def stop_protocol(self) -> None:
        self.heard.append("stop")


class Echo(Post):
    """Sends each datagram back."""

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        super().datagram_received(data, address)
        self.transport.write(data, address)


def place(port: DatagramPort) -> tuple[str, int]:
    assert not isinstance(port.host, UnixAddress)
    return port.host.host, port.host.port


@pytest.fixture
def writer() -> Iterator[socket.socket]:
    """A plain socket, as another program has it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        yield sock


def test_each_datagram_comes_whole_with_its_sender(reactor: Reactor, writer: socket.socket) -> None:
    post = Post()
    port = reactor.listen_udp(0, post)
    letters = [b"one", b"", bytes(60_000), os.urandom(1000)]
    for letter in letters:
        writer.sendto(letter, place(port))
    turn_until(reactor, lambda: len(post.letters) == 4)
    assert post.letters == [(letter, writer.getsockname()) for letter in letters]


def test_an_answer_goes_to_its_sender(reactor: Reactor) -> None:
    echo, posts = Echo(), [Post(), Post()]
    server = reactor.listen_udp(0, echo)
    for number, post in enumerate(posts):
        reactor.listen_udp(0, post).write(b"%d" % number, place(server))
    turn_until(reactor, lambda: all(post.letters for post in posts))
    assert [post.letters for post in posts] == [[(b"0", place(server))], [(b"1", place(server))]]


def test_more_datagrams_than_one_turn_reads_are_read_in_several_turns(
    reactor: Reactor, writer: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datagram, "DATAGRAMS_IN_A_TURN", 2)
    post = Post()
    port = reactor.listen_udp(0, post)
    for number in range(9):
        writer.sendto(b"%d" % number, place(port))
    turn_until(reactor, lambda: len(post.letters) == 9)
    assert b"".join(letter for letter, _ in post.letters) == b"012345678"


def test_a_handler_that_raises_leaves_the_port_alive_and_is_logged(
    reactor: Reactor, writer: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    class Fussy(Echo):
        def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
            if data == b"bad":
                raise ZeroDivisionError
            super().datagram_received(data, address)

    fussy = Fussy()
    port = reactor.listen_udp(0, fussy)
    for letter in (b"bad", b"good", b"bad", b"good"):
        writer.sendto(letter, place(port))
    turn_until(reactor, lambda: len(fussy.letters) == 2)
    assert len([record for record in caplog.records if record.exc_info]) == 2


def test_a_refusal_calls_connection_refused(reactor: Reactor, writer: socket.socket) -> None:
    post = Post()
    port = reactor.listen_udp(0, post)
    host, number = writer.getsockname()
    writer.close()
    port.connect(host, number)
    port.write(b"anybody?")
    turn_until(reactor, lambda: "refused" in post.heard)
    port.write(b"and now?")
    port.write(b"hello?")
    turn_until(reactor, lambda: post.heard.count("refused") == 2)
    assert not post.letters


def test_a_connected_port_receives_from_one_peer_only(reactor: Reactor, writer: socket.socket) -> None:
    post, stranger = Post(), Post()
    port, other = reactor.listen_udp(0, post), reactor.listen_udp(0, stranger)
    port.connect(*writer.getsockname())
    other.write(b"psst", place(port))
    port.write(b"hello")
    writer.sendto(b"hello", place(port))
    turn_until(reactor, lambda: post.letters)
    assert post.letters == [(b"hello", writer.getsockname())]
    assert writer.recv(100) == b"hello"


@pytest.mark.parametrize("host", ["::1", "localhost", "", "127.0.0.1.", "127.0.0.256"])
def test_an_address_of_the_wrong_family_or_a_name_is_an_error_at_the_call(
    reactor: Reactor, host: str
) -> None:
    port = reactor.listen_udp(0, Post())
    with pytest.raises(ValueError, match="not an address"):
        port.write(b"x", (host, 9))
    with pytest.raises(ValueError, match="not an address"):
        port.connect(host, 9)


def test_no_address_at_all_is_an_error_at_the_call(reactor: Reactor) -> None:
    port = reactor.listen_udp(0, Post())
    with pytest.raises(ValueError, match="no address"):
        port.write(b"x")


def test_text_is_a_type_error_in_words_with_and_without_an_address(reactor: Reactor) -> None:
    port = reactor.listen_udp(0, Post())
    with pytest.raises(TypeError, match=r"a transport sends bytes, not str\. Encode text"):
        port.write("text", place(port))  # type: ignore[arg-type]
    port.connect(*place(port))
    with pytest.raises(TypeError, match=r"a transport sends bytes, not str\. Encode text"):
        port.write("text")  # type: ignore[arg-type]


def test_a_wrong_host_or_port_is_an_error_in_words(reactor: Reactor) -> None:
    port = reactor.listen_udp(0, Post())
    with pytest.raises(TypeError, match="write takes a host name or address as text, and got 9999"):
        port.write(b"x", (9999, "127.0.0.1"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="write takes a port from 0 to 65535, and got '9999'"):
        port.write(b"x", ("127.0.0.1", "9999"))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="write takes a port from 0 to 65535, and got 99999"):
        port.write(b"x", ("127.0.0.1", 99999))


def test_a_wrong_port_is_an_error_in_words_also_after_a_right_one(reactor: Reactor) -> None:
    port = reactor.listen_udp(0, Post())
    port.write(b"x", place(port))
    for wrong, error in ((70000, ValueError), (-1, ValueError), ("80", TypeError)):
        with pytest.raises(error, match="write takes a port from 0 to 65535"):
            port.write(b"x", (place(port)[0], wrong))  # type: ignore[arg-type]


def test_what_is_no_pair_of_host_and_port_is_a_type_error_in_words(reactor: Reactor) -> None:
    port = reactor.listen_udp(0, Post())
    port.write(b"x", place(port))
    for wrong in ("127.0.0.1", ("127.0.0.1",), ("127.0.0.1", 9, 0), 9):
        with pytest.raises(TypeError, match=r'write takes an address such as \("127.0.0.1", 9999\), and got'):
            port.write(b"x", wrong)  # type: ignore[arg-type]


def test_a_protocol_that_cannot_start_leaves_no_port_open(reactor: Reactor) -> None:
    class Broken(Post):
        def start_protocol(self) -> None:
            raise ValueError("no file to read")

    before = reactor.descriptors
    with pytest.raises(ValueError, match="no file to read"):
        reactor.listen_udp(0, Broken())
    assert reactor.descriptors == before


def test_a_port_begins_to_listen_once(reactor: Reactor) -> None:
    post = Post()
    port = reactor.listen_udp(0, post)
    with pytest.raises(RuntimeError, match="it does so once"):
        port.start_listening()
    port.stop_listening()
    turn_until(reactor, lambda: "stop" in post.heard)
    with pytest.raises(RuntimeError, match="it does so once"):
        port.start_listening()
    assert post.heard == ["start", "stop"]


def test_a_datagram_that_is_too_large_is_an_error_of_the_system(reactor: Reactor) -> None:
    port = reactor.listen_udp(0, Post())
    with pytest.raises(OSError) as caught:
        port.write(bytes(70_000), place(port))
    assert caught.value.errno == errno.EMSGSIZE


def test_an_address_that_cannot_be_bound_is_named_in_the_error(
    reactor: Reactor, writer: socket.socket
) -> None:
    host, number = writer.getsockname()
    with pytest.raises(CannotListenError) as caught:
        reactor.listen_udp(number, Post())
    assert caught.value.address == f"udp:{host}:{number}"


def test_a_port_starts_and_stops_its_protocol_once_and_is_free_again(reactor: Reactor) -> None:
    post = Post()
    port = reactor.listen_udp(0, post)
    where = place(port)
    assert port.host == IPv4Address("udp", *where)
    assert repr(port) == f"<DatagramPort of Post, listening on {port.host}>"
    heard_at_end: list[list[object]] = []
    port.stop_listening().add_callback(lambda _: heard_at_end.append([*post.heard]))
    port.stop_listening()
    assert repr(port) == "<DatagramPort of Post, not listening>"
    assert place(reactor.listen_udp(where[1], Post())) == where
    port.write(b"too late", where)
    turn_until(reactor, lambda: heard_at_end)
    assert post.heard == ["start", "stop"]
    assert heard_at_end == [["start", "stop"]]


def test_stop_listening_fails_with_what_stop_protocol_raises(reactor: Reactor) -> None:
    class Stubborn(Post):
        def stop_protocol(self) -> None:
            raise ZeroDivisionError

    errors: list[Exception] = []
    reactor.listen_udp(0, Stubborn()).stop_listening().add_errback(errors.append)
    turn_until(reactor, lambda: errors)
    assert [type(error) for error in errors] == [ZeroDivisionError]


def test_a_second_connect_is_refused(reactor: Reactor, writer: socket.socket) -> None:
    port = reactor.listen_udp(0, Post())
    port.connect(*writer.getsockname())
    with pytest.raises(RuntimeError, match="connected already"):
        port.connect(*writer.getsockname())


def test_a_handler_may_stop_the_port(reactor: Reactor, writer: socket.socket) -> None:
    class Once(Post):
        def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
            super().datagram_received(data, address)
            port.stop_listening()

    once = Once()
    port = reactor.listen_udp(0, once)
    for _ in range(3):
        writer.sendto(b"x", place(port))
    turn_until(reactor, lambda: "stop" in once.heard)
    assert len(once.letters) == 1


def test_ipv6_is_served_where_there_is_some(reactor: Reactor) -> None:
    echo, post = Echo(), Post()
    try:
        server = reactor.listen_udp(0, echo, interface="::1")
    except CannotListenError as error:
        pytest.skip(str(error))
    client = reactor.listen_udp(0, post, interface="::1")
    client.write(b"hello", place(server))
    turn_until(reactor, lambda: post.letters)
    assert isinstance(server.host, IPv6Address)
    assert post.letters == [(b"hello", place(server))]
    with pytest.raises(ValueError, match="not an address"):
        client.write(b"x", ("127.0.0.1", 9))


def test_a_port_in_use_is_an_error(reactor: Reactor) -> None:
    host, number = place(reactor.listen_udp(0, Post()))
    with pytest.raises(CannotListenError):
        reactor.listen_udp(number, Post(), interface=host)


def test_an_address_with_a_zone_is_one_and_its_zone_counts(reactor: Reactor) -> None:
    try:
        port = reactor.listen_udp(0, Post(), interface="::1")
    except CannotListenError as error:
        pytest.skip(str(error))
    with pytest.raises(OSError):  # the loopback interface has no such address
        port.write(b"x", ("fe80::1%lo", 9))


def test_random_datagrams_do_no_harm(
    reactor: Reactor, writer: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    echo, chance = Echo(), random.Random(26)
    port = reactor.listen_udp(0, echo)
    for count in range(1, 201):
        writer.sendto(chance.randbytes(chance.choice((0, 1, 100, 9000))), place(port))
        turn_until(reactor, lambda count=count: len(echo.letters) == count)  # type: ignore[misc]
    assert not caplog.records
