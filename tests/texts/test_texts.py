"""The listings of the old Twisted texts, rewritten for this reactor, run over real sockets.

Only lines of code count, without comments, docstrings and blank lines. A listing that has lost its line
breaks counts as it would be formatted today. The slides of text 4 count with the imports that they leave out.
"""

import ast
import gzip
import logging
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from core import (
    Address,
    ClientCreator,
    ConnectionDone,
    DatagramProtocol,
    Deferred,
    IPv4Address,
    Reactor,
)
from core.endpoints import TCPEndpoint
from core.protocols.irc import IRCClient
from core.services import TCPServer
from core.testing import Clock, StringTransport
from core.web import Resource, Site
from tests.clients.running import refusing_port
from tests.conftest import turn_until
from tests.core.helpers import RecordingClientFactory, RecordingFactory, RecordingProtocol
from tests.core.web.client.server import WebServer, page
from tests.ngircd import ngircd
from tests.texts import (
    chat,
    counting_echo,
    counting_echo_by_hand,
    echo,
    greeter,
    hello_timer,
    insult_client,
    insult_server,
    insult_service,
    line_log,
    log_bot,
    log_bot_persistence,
    one_shot_client,
    printing_client,
    qotd,
    qotd_configurable,
    qotd_endpoint,
    reconnecting_by_hand,
    reconnecting_client,
    skeleton,
    state_reporting_client,
    udp_echo,
    web_calendar,
    web_calendar_errors,
    web_clock,
    web_delayed,
    web_directories,
    web_files,
    web_get,
    web_gzip,
    web_interrupted,
    web_post,
    web_response,
    welcome_client,
)

HOST = "127.0.0.1"
ANY_PORT = TCPEndpoint(HOST, 0)

LISTED = {
    "printing_client": (5, "1, Protocol"),
    "welcome_client": (5, "1, Protocol"),
    "greeter": (11, "1, Simple, single-use clients"),
    "one_shot_client": (11, "3, the same"),
    "state_reporting_client": (18, "1, ClientFactory"),
    "reconnecting_by_hand": (4, "1, Reconnection"),
    "reconnecting_client": (19, "1, Reconnection"),
    "log_bot": (62, "1, ircLogBot"),
    "log_bot_persistence": (15, "1, Persistent Data in the Factory"),
    "echo": (4, "2, the first listing"),
    "qotd": (5, "2, the second listing"),
    "counting_echo": (13, "2, the third listing"),
    "counting_echo_by_hand": (13, "2, the third listing"),
    "qotd_endpoint": (9, "2, Using the protocol"),
    "qotd_configurable": (13, "2, Simpler: factory creation"),
    "line_log": (13, "2, startFactory and stopFactory"),
    "chat": (79, "2, the chat server"),
    "udp_echo": (9, "2, UDP"),
    "web_get": (13, "2, the client, a simple request"),
    "web_post": (35, "2, the client, a request with a producer"),
    "web_response": (38, "2, the client, the response"),
    "web_files": (7, "2, the server, static pages"),
    "web_clock": (12, "2, the server, a page made anew"),
    "web_directories": (11, "2, the server, static dispatch"),
    "web_calendar": (17, "2, the server, dynamic dispatch"),
    "web_calendar_errors": (23, "2, the server, errors"),
    "web_delayed": (13, "2, the server, an answer that comes later"),
    "web_interrupted": (13, "2, the server, an interrupted answer"),
    "web_gzip": (13, "2, the server, encodings"),
    "hello_timer": (5, "4, Reactors"),
    "insult_server": (28, "4, Server"),
    "insult_client": (23, "4, Client"),
    "insult_service": (9, "4, Script for twistd"),
    "skeleton": (39, "5, all of it"),
}
"""For each listing the number of its lines of code, the number of its text, and the place in it."""


class DatagramPeer(DatagramProtocol):
    """The other end of a UDP socket. It records the received datagrams."""

    def __init__(self) -> None:
        self.received: list[bytes] = []

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.received.append(data)


class Screen:
    """The text that has been printed so far."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.text = ""

    def shows(self, text: str) -> bool:
        self.text += self.capsys.readouterr().out
        return text in self.text


@pytest.fixture
def screen(capsys: pytest.CaptureFixture[str]) -> Screen:
    return Screen(capsys)


@pytest.fixture
def keyboard() -> Iterator[int]:
    """A descriptor to write to; the program reads the written bytes from descriptor 0."""
    saved = os.dup(0)
    reading, writing = os.pipe()
    os.dup2(reading, 0)
    os.close(reading)
    yield writing
    os.dup2(saved, 0)
    os.close(saved)


def listen(reactor: Reactor) -> tuple[RecordingFactory[RecordingProtocol], int]:
    """A recording server, and the number of its port."""
    factory = RecordingFactory(RecordingProtocol)
    return factory, number(reactor.listen_tcp(0, factory).host)


@pytest.fixture
def unused_port() -> Iterator[int]:
    """The number of a port at which no server listens."""
    with refusing_port() as number:
        yield number


def number(address: Address) -> int:
    """The port number of `address`."""
    assert isinstance(address, IPv4Address)
    return address.port


def accepted(
    reactor: Reactor, factory: RecordingFactory[RecordingProtocol], index: int = 0
) -> RecordingProtocol:
    """The server's protocol for its connection number `index`, when it has been accepted."""
    turn_until(reactor, lambda: len(factory.built) > index)
    return factory.built[index]


def connect(reactor: Reactor, address: Address) -> RecordingProtocol:
    """A recording client that is connected to `address`."""
    connected: list[RecordingProtocol] = []
    ClientCreator(reactor, RecordingProtocol).connect_tcp(HOST, number(address)).add_callback(
        connected.append
    )
    turn_until(reactor, lambda: connected)
    return connected[0]


def all_received(reactor: Reactor, peer: RecordingProtocol) -> bytes:
    """Everything that `peer` receives until its connection ends cleanly."""
    turn_until(reactor, lambda: peer.reasons)
    assert isinstance(peer.reasons[0], ConnectionDone)
    return bytes(peer.data)


def receive(reactor: Reactor, peer: RecordingProtocol, text: str) -> str:
    """Wait until `peer` has received `text`. Returns everything received since the last call."""
    turn_until(reactor, lambda: text.encode() in peer.data)
    received = peer.data.decode()
    peer.data.clear()
    return received


# --- the lengths


def docstring_lines(module: ast.Module) -> Iterator[int]:
    for node in ast.walk(module):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield from range(node.lineno, (node.end_lineno or 0) + 1)


def code_lines(source: str) -> int:
    """The number of lines with code."""
    skipped = set(docstring_lines(ast.parse(source)))
    lines = [line for number, line in enumerate(source.splitlines(), 1) if number not in skipped]
    return len([line for line in lines if line.strip() and not line.lstrip().startswith("#")])


@pytest.mark.parametrize("name", LISTED)
def test_no_program_is_longer_than_its_listing(name: str) -> None:
    length, place = LISTED[name]
    source = Path(__file__).with_name(f"{name}.py").read_text("utf-8")
    assert code_lines(source) <= length, f"text {place}"


def test_every_program_has_a_listing_and_names_its_text() -> None:
    paths = {path.stem: path for path in Path(__file__).parent.glob("*.py") if path != Path(__file__)}
    assert paths.keys() == LISTED.keys()
    for name, path in paths.items():
        claim, _, _ = path.read_text("utf-8").partition(",")
        assert LISTED[name][1][0] in claim, f"{name} begins with {claim}"


# --- clients


def test_the_printing_client_prints_the_lines_of_the_server(reactor: Reactor, screen: Screen) -> None:
    peers, port = listen(reactor)
    reactor.connect_tcp(HOST, port, RecordingClientFactory(printing_client.Printer))
    accepted(reactor, peers).transport.write("two lines\r\nand a caf\u00e9 \x1b[2J\n".encode())
    turn_until(reactor, lambda: screen.shows("2J"))
    assert screen.text == "two lines\nand a caf\u00e9 \u241b[2J\n"


def test_the_welcome_client_sends_a_greeting_and_closes(reactor: Reactor) -> None:
    peers, port = listen(reactor)
    reactor.connect_tcp(HOST, port, RecordingClientFactory(welcome_client.WelcomeMessage))
    assert all_received(reactor, accepted(reactor, peers)) == b"Good day, server; your client here.\r\n"


def test_the_greeter_sends_two_messages_and_closes(reactor: Reactor) -> None:
    peers, port = listen(reactor)
    greeter.main(reactor, "localhost", port, second=0.01)
    assert all_received(reactor, accepted(reactor, peers)) == b"MESSAGE Hello\nMESSAGE A second has passed\n"


def test_the_one_shot_client_sends_the_same_from_a_coroutine(reactor: Reactor) -> None:
    peers, port = listen(reactor)
    Deferred.from_coroutine(one_shot_client.main(reactor, HOST, port, second=0.01))
    assert all_received(reactor, accepted(reactor, peers)) == b"MESSAGE Hello\nMESSAGE A second has passed\n"


def test_the_one_shot_client_fails_if_the_connection_is_refused(reactor: Reactor, unused_port: int) -> None:
    failures: list[Exception] = []
    main = Deferred.from_coroutine(one_shot_client.main(reactor, HOST, unused_port))
    main.add_errback(failures.append)
    turn_until(reactor, lambda: failures)
    assert isinstance(failures[0], ConnectionRefusedError)


def test_the_state_reporting_client_prints_lost_and_failed_connections(
    reactor: Reactor, screen: Screen, unused_port: int
) -> None:
    peers, port = listen(reactor)
    state_reporting_client.main(reactor, HOST, port)
    peer = accepted(reactor, peers)
    peer.transport.write(b"hello\r\n")
    peer.transport.lose_connection()
    turn_until(reactor, lambda: screen.shows("Lost the connection"))
    state_reporting_client.main(reactor, HOST, unused_port)
    turn_until(reactor, lambda: screen.shows("Could not connect"))
    assert [line.partition(":")[0] for line in screen.text.splitlines()] == [
        *("Connecting.", "Connected to tcp", "hello", "Lost the connection"),
        *("Connecting.", "Could not connect"),
    ]


def test_the_client_that_reconnects_by_hand_returns_each_time(reactor: Reactor) -> None:
    class PeerFactory(reconnecting_by_hand.PersistentFactory):
        protocol = RecordingProtocol

    peers, port = listen(reactor)
    reactor.connect_tcp(HOST, port, PeerFactory())
    for index in range(3):
        accepted(reactor, peers, index).transport.lose_connection()
    accepted(reactor, peers, 3)


def test_the_reconnecting_client_reconnects_until_stop_trying(reactor: Reactor, screen: Screen) -> None:
    class ImpatientFactory(reconnecting_client.PatientFactory):
        initial_delay = 0.0

    peers, factory = RecordingFactory(RecordingProtocol), ImpatientFactory()
    port = reactor.listen_tcp(0, peers)
    reactor.connect_tcp(HOST, number(port.host), factory)
    accepted(reactor, peers, 0).transport.lose_connection()
    peer = accepted(reactor, peers, 1)
    port.stop_listening()
    peer.transport.lose_connection()
    turn_until(reactor, lambda: screen.shows("Could not connect"))
    factory.stop_trying()
    kinds = [line.partition(":")[0].partition(" to ")[0] for line in screen.text.splitlines()]
    assert kinds[:7] == ["Connecting.", "Connected", "Lost the connection"] * 2 + ["Connecting."]
    assert set(kinds[7:]) <= {"Connecting.", "Could not connect"}


class Transcript(IRCClient):
    """The other person in the channel. It records what it hears."""

    nickname = "ann"

    def __init__(self) -> None:
        self.heard: list[str] = []

    def signed_on(self) -> None:
        self.join("#texts")

    def user_joined(self, user: str, channel: str) -> None:
        self.heard.append(f"{user} joined")

    def privmsg(self, user: str, channel: str, message: str) -> None:
        self.heard.append(f"{channel}: {message}")


def test_the_log_bot_logs_answers_and_connects_again(
    reactor: Reactor, tmp_path: Path, screen: Screen
) -> None:
    path, stopped = tmp_path / "log", list[bool]()
    bot = log_bot.LogBotFactory(lambda: stopped.append(True), "#texts", str(path))
    ann = RecordingClientFactory(Transcript)
    with ngircd() as server:
        reactor.connect_tcp(HOST, server.port, ann)
        turn_until(reactor, lambda: ann.built and ann.built[0].hostname)
        reactor.connect_tcp(HOST, server.port, bot)
        person = ann.built[0]
        turn_until(reactor, lambda: "logbot joined" in person.heard)
        for text in ("hello", "logbot: hello"):
            person.say("texts", text)
        person.describe("#texts", "waves")
        person.msg("logbot", "psst")
        turn_until(reactor, lambda: len(person.heard) == 3)
        person.set_nick("anna")
        turn_until(reactor, lambda: "is now" in path.read_text())
        person.transport.lose_connection()
        server.kill()
        turn_until(reactor, lambda: screen.shows("connection failed:"))
    assert stopped == [True]
    assert person.heard[1:] == [
        "#texts: ann: this is a log bot",
        "ann: Please talk to the whole channel: this is only a log bot.",
    ]
    lines = [line[11:].partition(" at ")[0] for line in path.read_text().splitlines()]
    assert lines == [
        *("[connected", "[joined #texts]", "<ann> hello", "<ann> logbot: hello"),
        *("<logbot> ann: this is a log bot", "* ann waves", "<ann> psst", "ann is now anna", "[disconnected"),
    ]


def test_the_factory_of_the_log_bot_keeps_the_channel_and_the_file(tmp_path: Path) -> None:
    factory = log_bot_persistence.LogBotFactory("#texts", str(tmp_path / "log"))
    for _ in range(2):
        bot, transport = factory.build_protocol(IPv4Address("tcp", HOST, 6667)), StringTransport()
        assert isinstance(bot, log_bot_persistence.LogBot)
        bot.make_connection(transport)
        bot.data_received(b":irc.example 001 irc :Welcome\r\n")
        assert transport.lines()[-1] == "JOIN #texts"
        bot.logger.close()
    assert [line[11:] for line in (tmp_path / "log").read_text().splitlines()] == ["[connected]"] * 2


def test_the_skeletons_methods_are_called_in_the_order_of_the_text(
    reactor: Reactor, unused_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    peers, port = listen(reactor)
    skeleton.main(reactor, HOST, port, skeleton.MyFactory())
    peer = accepted(reactor, peers)
    peer.transport.write(b"hello")
    peer.transport.lose_connection()
    turn_until(reactor, lambda: "factory stops" in caplog.messages)
    skeleton.main(reactor, HOST, unused_port, skeleton.MyFactory())
    turn_until(reactor, lambda: caplog.messages.count("factory stops") == 2)
    assert [re.sub(r"(:| (with|for)) .*", "", message) for message in caplog.messages] == [
        *("factory starts", "started connecting", "build a protocol", "connection made", "data received"),
        *("connection lost", "client connection lost", "factory stops"),
        *("factory starts", "started connecting", "client connection failed", "factory stops"),
    ]


def test_the_skeletons_other_factory_reconnects(reactor: Reactor) -> None:
    class ImpatientFactory(skeleton.MyReconnectingFactory):
        initial_delay = 0.0

    peers, port = listen(reactor)
    factory = ImpatientFactory()
    skeleton.main(reactor, HOST, port, factory)
    accepted(reactor, peers, 0).transport.lose_connection()
    accepted(reactor, peers, 1)
    factory.stop_trying()


def test_the_insult_client_sends_typed_lines_and_prints_the_answers(
    reactor: Reactor, screen: Screen, keyboard: int
) -> None:
    port = insult_server.main(reactor, 0)
    os.write(keyboard, b"umbrellas\nhelp")
    os.close(keyboard)
    insult_client.main(reactor, HOST, number(port))
    assert screen.shows("Goodbye")
    assert screen.text.splitlines() == [
        *insult_server.GREETING,
        insult_server.INSULTS["umbrellas"],
        *insult_server.INSULTS,
        "Goodbye, and mind the step you missed.",
        "connection was closed cleanly",
    ]


def test_the_insult_server_runs_as_a_service_until_its_application_stops(reactor: Reactor) -> None:
    application = insult_service.main(reactor, 0)
    (server,) = application
    assert isinstance(server, TCPServer)
    peer = connect(reactor, server.host)
    peer.transport.write(b"umbrellas\n")
    assert receive(reactor, peer, "windy").splitlines() == [
        *insult_server.GREETING,
        insult_server.INSULTS["umbrellas"],
    ]
    reactor.call_when_running(reactor.stop)
    reactor.run()
    assert not application.running
    with pytest.raises(RuntimeError, match="does not listen"):
        connect(reactor, server.host)


def test_the_insult_client_ends_if_the_connection_is_refused(
    reactor: Reactor, screen: Screen, unused_port: int
) -> None:
    insult_client.main(reactor, HOST, unused_port)
    assert screen.shows("refused")


# --- servers


def test_the_echo_server_sends_the_data_back(reactor: Reactor) -> None:
    peer = connect(reactor, reactor.listen_tcp(0, RecordingFactory(echo.Echo)).host)
    peer.transport.write(b"to and fro")
    assert receive(reactor, peer, "to and fro") == "to and fro"


class ByHandFactory(counting_echo_by_hand.CountingFactory):
    """The part of the factory that the text leaves out."""

    def build_protocol(self, address: Address) -> counting_echo_by_hand.Echo:
        return counting_echo_by_hand.Echo(self)


@pytest.mark.parametrize("kind", [counting_echo.CountingFactory, ByHandFactory])
def test_the_counting_echo_server_counts_up_and_down(
    reactor: Reactor, kind: type[counting_echo.CountingFactory | ByHandFactory]
) -> None:
    factory = kind()
    port = reactor.listen_tcp(0, factory).host
    first, second = connect(reactor, port), connect(reactor, port)
    assert receive(reactor, first, "\n") == "You make it 1 connections.\r\n"
    assert receive(reactor, second, "\n") == "You make it 2 connections.\r\n"
    second.transport.write(b"to and fro")
    assert receive(reactor, second, "to and fro") == "to and fro"
    first.transport.lose_connection()
    turn_until(reactor, lambda: factory.connections == 1)
    assert receive(reactor, connect(reactor, port), "\n") == "You make it 2 connections.\r\n"


QUOTE = b"Whoever sharpens the pencil longest writes last.\r\n"


@pytest.mark.parametrize(
    ("serve", "quote"),
    [
        (lambda reactor: reactor.listen_tcp(0, RecordingFactory(qotd.QOTD)).host, QUOTE),
        (lambda reactor: qotd_endpoint.main(reactor, ANY_PORT), QUOTE),
        (lambda reactor: qotd_configurable.main(reactor, ANY_PORT), QUOTE),
        (lambda reactor: qotd_configurable.main(reactor, ANY_PORT, "Caf\u00e9!"), b"Caf\xc3\xa9!\r\n"),
    ],
    ids=["bare", "behind an endpoint", "from the factory", "configured"],
)
def test_the_qotd_server_sends_its_quote_and_closes(
    reactor: Reactor, serve: Callable[[Reactor], Address], quote: bytes
) -> None:
    assert all_received(reactor, connect(reactor, serve(reactor))) == quote


def test_the_file_of_the_line_log_is_open_while_its_factory_is_in_use(
    reactor: Reactor, tmp_path: Path
) -> None:
    path = tmp_path / "lines"
    factory = line_log.LineLogFactory(str(path))
    assert not path.exists()
    ports = [reactor.listen_tcp(0, factory) for _ in range(2)]
    connect(reactor, ports[0].host).transport.write(b"one\r\ntwo\nunfinished")
    turn_until(reactor, lambda: path.read_bytes() == b"one\ntwo\n")
    ports[0].stop_listening()
    assert not factory.file.closed
    ports[1].stop_listening()
    assert factory.file.closed


def test_the_chat_sends_each_line_to_all_others(reactor: Reactor) -> None:
    port = chat.main(reactor, 0)
    ann, bob = connect(reactor, port), connect(reactor, port)
    ann.transport.write(b"ann\r\n")
    assert "Choose a username:" in receive(reactor, ann, "the only one here, 'ann'")
    bob.transport.write(b"ann\n\nbob\n")
    received = receive(reactor, bob, "Participants in chat: ann, bob")
    assert "Sorry, 'ann' is taken." in received
    assert "joined" not in received
    assert receive(reactor, ann, "channel") == "\x1b[32mbob has joined the channel.\x1b[39m\r\n"
    bob.transport.write(b"hello \x1b[2J\r\n")
    assert receive(reactor, ann, "hello").endswith("<bob> hello \u241b[2J\x1b[39m\r\n")
    bob.transport.lose_connection()
    assert "bob has left the channel." in receive(reactor, ann, "left")
    assert not bob.data


def test_the_chat_does_not_announce_the_end_of_an_unregistered_client(
    reactor: Reactor, screen: Screen
) -> None:
    port = chat.main(reactor, 0)
    ann, stranger = connect(reactor, port), connect(reactor, port)
    ann.transport.write(b"ann\r\n")
    receive(reactor, ann, "only one")
    stranger.transport.lose_connection()
    turn_until(reactor, lambda: stranger.reasons)
    connect(reactor, port).transport.write(b"bob\r\n")
    assert "left" not in receive(reactor, ann, "bob has joined")
    assert screen.shows("Users in chat:\nann, bob\n")


def test_the_udp_echo_server_sends_each_datagram_back(
    reactor: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    port = udp_echo.main(reactor, 0)
    peer = DatagramPeer()
    reactor.listen_udp(0, peer)
    for data in (b"one", b"", b"two"):
        peer.transport.write(data, (HOST, number(port)))
    turn_until(reactor, lambda: len(peer.received) == 3)
    assert peer.received == [b"one", b"", b"two"]
    assert caplog.messages[0].startswith("3 bytes from 127.0.0.1:")


# --- the web client


def test_the_web_client_says_that_a_response_has_come(reactor: Reactor, screen: Screen) -> None:
    server = WebServer(reactor)
    Deferred.from_coroutine(web_get.main(reactor, server.url))
    turn_until(reactor, lambda: screen.shows("Response received\n"))
    assert b"\r\nUser-Agent: Web Client Listing\r\n" in server.requests[0]


def test_the_web_client_sends_what_its_producer_writes(reactor: Reactor, screen: Screen) -> None:
    server = WebServer(reactor)
    Deferred.from_coroutine(web_post.main(reactor, server.url))
    turn_until(reactor, lambda: screen.shows("Response received\n"))
    assert server.requests[0].startswith(b"POST / HTTP/1.1\r\n")
    assert b"\r\nContent-Type: text/x-greeting\r\n" in server.requests[0]
    assert server.requests[0].endswith(b"\r\n\r\ngood morning")


def test_the_web_client_prints_the_parts_of_a_response_and_the_beginning_of_its_body(
    reactor: Reactor, screen: Screen
) -> None:
    server = WebServer(reactor, lambda _: page(b"ab" * 10_000, b"X: y"))
    Deferred.from_coroutine(web_response.main(reactor, server.url))
    turn_until(reactor, lambda: screen.shows("The body ends: the response is complete\n"))
    assert screen.text.startswith(
        "Version: (b'HTTP', 1, 1)\nCode: 200\nPhrase: b'Phrase'\nHeaders: [(b'X', [b'y'])]\n"
    )
    assert screen.text.count("ab") == 5120


# --- the smallest program


def test_the_timer_program_prints_its_hello(reactor: Reactor, screen: Screen) -> None:
    reactor.call_when_running(reactor.call_later, 0, reactor.stop)
    hello_timer.main(reactor, second=0)
    assert screen.shows("Hello from a second later!\n")


# --- the web server


def browse(reactor: Reactor, address: Address, path: str, *fields: str) -> tuple[str, bytes]:
    """The status line and the body that the server at `address` answers to a GET."""
    peer = connect(reactor, address)
    peer.transport.write("\r\n".join([f"GET {path} HTTP/1.0", *fields, "", ""]).encode())
    head, _, body = all_received(reactor, peer).partition(b"\r\n\r\n")
    return head.decode().splitlines()[0], body


def test_static_files_are_served(reactor: Reactor, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(b"pencils")
    address = web_files.main(reactor, str(tmp_path), 0)
    assert browse(reactor, address, "/notes.txt") == ("HTTP/1.1 200 OK", b"pencils")
    assert browse(reactor, address, "/none")[0] == "HTTP/1.1 404 Not Found"


def test_the_clock_page_has_the_time(reactor: Reactor) -> None:
    _, body = browse(reactor, web_clock.main(reactor, 0), "/")
    assert re.fullmatch(rb"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}", body)


def test_each_directory_has_its_name(reactor: Reactor, tmp_path: Path) -> None:
    for name in ("foo", "bar", "baz"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    foo, bar, baz = (str(tmp_path / name) for name in ("foo", "bar", "baz"))
    address = web_directories.main(reactor, foo, bar, baz, 0)
    assert [browse(reactor, address, f"/{name}/file")[1] for name in ("foo", "bar", "baz")] == [
        b"foo",
        b"bar",
        b"baz",
    ]


@pytest.mark.parametrize("listing", [web_calendar, web_calendar_errors])
def test_each_year_has_a_page(reactor: Reactor, listing: ModuleType) -> None:
    status, body = browse(reactor, listing.main(reactor, 0), "/2026")
    assert status == "HTTP/1.1 200 OK"
    assert b"February" in body


def test_what_is_no_year_has_no_page(reactor: Reactor, caplog: pytest.LogCaptureFixture) -> None:
    address = web_calendar_errors.main(reactor, 0)
    assert browse(reactor, address, "/soon")[0] == "HTTP/1.1 404 Not Found"
    assert not caplog.records
    address = web_calendar.main(reactor, 0)
    assert browse(reactor, address, "/soon")[0] == "HTTP/1.1 500 Internal Server Error"
    assert len(caplog.records) == 1


def test_the_delayed_page_answers_later(reactor: Reactor) -> None:
    address = reactor.listen_tcp(0, Site(web_delayed.DelayedResource(reactor, 0.01))).host
    assert browse(reactor, address, "/")[1] == b"Sorry, this took a while."


def test_the_delayed_page_is_cancelled_when_the_client_goes(reactor: Reactor) -> None:
    clock, root = Clock(), Resource()
    root.put_child(b"", web_interrupted.DelayedResource(clock))
    peer = connect(reactor, reactor.listen_tcp(0, Site(root)).host)
    peer.transport.write(b"GET / HTTP/1.0\r\n\r\n")
    turn_until(reactor, clock.pending)
    peer.transport.lose_connection()
    turn_until(reactor, lambda: not clock.pending())


def test_the_page_is_compressed_for_a_client_that_accepts_it(reactor: Reactor) -> None:
    address = web_gzip.main(reactor, ANY_PORT)
    assert browse(reactor, address, "/")[1] == b"Hello, web!"
    assert gzip.decompress(browse(reactor, address, "/", "Accept-Encoding: gzip")[1]) == b"Hello, web!"
