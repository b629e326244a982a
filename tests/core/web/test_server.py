"""Site over real sockets, on every engine: large files, refusals, clients that go, timeouts and TLS."""

import socket
from pathlib import Path
from textwrap import dedent

import pytest

from core.errors import ConnectionDone, ConnectionLost
from core.interfaces import IPv4Address
from core.reactor import Reactor
from core.testing import Clock
from core.transports.back_pressure import HIGH_WATER
from core.transports.stream import StreamTransport
from core.web import NOT_DONE_YET, Agent, File, HTTPChannel, Request, Resource, Site, read_body
from core.web.rendering import NotDoneYet
from core.web.static import PIECE
from tests.certificates import Certificates
from tests.conftest import turn_until
from tests.core.helpers import PeerSocket
from tests.core.web.client.exchange import Outcome
from tests.core.web.client.server import result
from tests.core.web.talking import Connection, answers

LARGE = 32 * 1024 * 1024


class RecordingSite(Site):
    """Records its channels."""

    channels: list[HTTPChannel]

    def start_factory(self) -> None:
        self.channels = []

    def build_protocol(self, address: object) -> HTTPChannel:
        assert isinstance(address, IPv4Address)
        self.channels.append(super().build_protocol(address))
        return self.channels[-1]


class Later(Resource):
    """Never answers. `ends` has what was notified."""

    is_leaf = True

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.ends: list[object] = []

    def render_GET(self, request: Request) -> NotDoneYet:
        self.requests.append(request)
        request.notify_finish().add_both(self.ends.append)
        return NOT_DONE_YET


class Listening:
    """Stands for the reactor in an example: keeps the site, and runs nothing."""

    def __init__(self, made: dict[str, object]) -> None:
        self.made = made

    def listen_tcp(self, port: int, site: Site) -> None:
        self.made["site"] = site

    def run(self) -> None:
        """Do not run: the test has a reactor."""


def connect(reactor: Reactor, site: Site, request: bytes, reads: bool = True) -> PeerSocket:
    """A client of `site` that has sent `request`."""
    host = reactor.listen_tcp(0, site).host
    assert isinstance(host, IPv4Address)
    sock = socket.create_connection((host.host, host.port))
    sock.sendall(request)
    return PeerSocket(reactor, sock, reads)


def test_a_large_file_waits_for_a_slow_client_and_little_of_it_is_in_memory(
    reactor: Reactor, tmp_path: Path
) -> None:
    with open(tmp_path / "large", "wb") as file:
        file.truncate(LARGE)
    site = RecordingSite(File(tmp_path))
    peer = connect(reactor, site, b"GET /large HTTP/1.0\r\n\r\n", reads=False)
    turn_until(reactor, lambda: site.channels)
    transport = site.channels[0].transport
    assert isinstance(transport, StreamTransport)
    before = -1
    while before < transport.bytes_out:  # until the buffers of the kernel are full
        before = transport.bytes_out
        for _ in range(5):
            reactor.call_later(0, int)
            reactor.turn()
    assert 0 < transport.waiting <= HIGH_WATER + PIECE
    peer.read()
    turn_until(reactor, peer.has_ended)
    assert isinstance(peer.end, EOFError)
    assert len(peer.received.partition(b"\r\n\r\n")[2]) == LARGE


def test_a_refusal_arrives_while_the_client_still_sends(reactor: Reactor) -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n"
    peer = connect(reactor, Site(Later()), head + bytes(100_000))
    turn_until(reactor, lambda: peer.received)
    peer.socket.send(bytes(1000))
    turn_until(reactor, peer.has_ended)
    assert isinstance(peer.end, EOFError)
    assert answers(bytes(peer.received))[0].code == 413


@pytest.mark.parametrize("resets", [False, True])
def test_a_page_is_told_that_its_client_has_gone(reactor: Reactor, resets: bool) -> None:
    page = Later()
    peer = connect(reactor, Site(page), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    turn_until(reactor, lambda: page.requests)
    (peer.reset if resets else peer.close)()
    turn_until(reactor, lambda: page.ends)
    assert isinstance(page.ends[0], ConnectionLost if resets else ConnectionDone)


def test_a_client_that_ends_its_sending_is_sent_a_file_to_its_end(reactor: Reactor, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(10 * PIECE))
    request = b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n"
    peer = connect(reactor, Site(File(tmp_path)), request * 2)
    peer.socket.shutdown(socket.SHUT_WR)
    turn_until(reactor, peer.has_ended)
    assert [len(answer.body) for answer in answers(bytes(peer.received))] == [10 * PIECE] * 2


def test_a_site_makes_its_requests_with_its_request_factory() -> None:
    class Answering(Request):
        def process(self) -> None:
            self.write(b"no page")
            self.finish()

    connection = Connection(Site(Later(), request_factory=Answering))
    assert connection.get(b"/").body == b"no page"
    assert connection.channel.factory is connection.site


def test_the_example_in_the_help_answers(reactor: Reactor) -> None:
    example = dedent(f"    {Site.__doc__}".partition("A server:")[2])
    made: dict[str, object] = {}
    exec(compile(example.replace("reactor = ", "# "), "example", "exec"), made | {"reactor": Listening(made)})
    site = made["site"]
    assert isinstance(site, Site)
    peer = connect(reactor, site, b"GET /any HTTP/1.0\r\n\r\n")
    turn_until(reactor, peer.has_ended)
    assert answers(bytes(peer.received))[0].body == b"Hello!"


def test_a_site_has_a_clock_of_its_own_if_one_is_set(reactor: Reactor) -> None:
    site, clock = Site(Later()), Clock()
    site.clock, site.timeout = clock, 5
    peer = connect(reactor, site, b"GET / HTTP/1.1\r\n")
    turn_until(reactor, clock.pending)
    for _ in range(3):
        reactor.call_later(0, int)
        reactor.turn()
    clock.advance(10)
    turn_until(reactor, peer.has_ended)
    assert answers(bytes(peer.received))[0].code == 408


def test_the_reactor_is_the_clock_of_a_site(reactor: Reactor) -> None:
    site = Site(Later())
    site.timeout = 0.01
    peer = connect(reactor, site, b"")
    turn_until(reactor, peer.has_ended)
    assert not peer.received
    assert isinstance(peer.end, EOFError)


def test_a_request_knows_whether_its_connection_is_encrypted(reactor: Reactor, tmp_path: Path) -> None:
    class Secure(Resource):
        is_leaf = True

        def render_GET(self, request: Request) -> bytes:
            return b"%d" % request.is_secure()

    certificates = Certificates(tmp_path)
    plain = reactor.listen_tcp(0, Site(Secure())).host
    secure = reactor.listen_tls(0, Site(Secure()), certificates.for_server()).host
    assert isinstance(plain, IPv4Address)
    assert isinstance(secure, IPv4Address)
    agent = Agent(reactor, tls_context=certificates.for_client())
    for url, expected in (
        (f"http://127.0.0.1:{plain.port}/", b"0"),
        (f"https://localhost:{secure.port}/", b"1"),
    ):
        response = result(reactor, Outcome(agent.request(b"GET", url.encode())))
        assert result(reactor, Outcome(read_body(response))) == expected
