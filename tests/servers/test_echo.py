"""RFC 862, and a greeting that counts."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConnectionDone
from core.protocols.protocol import Protocol
from core.testing import CLIENT, StringTransport
from servers.echo import EchoFactory
from tests.running import GUARD, Server, many_descriptors, serving

MANY = 10_000


def connect(factory: EchoFactory) -> tuple[Protocol, StringTransport]:
    protocol, transport = factory.build_protocol(CLIENT), StringTransport()
    assert protocol is not None
    protocol.make_connection(transport)
    return protocol, transport


def test_the_greeting_counts_the_open_connections_with_the_new_one() -> None:
    factory = EchoFactory()
    first, transport = connect(factory)
    assert transport.take() == b"Welcome! There are currently 1 open connections.\r\n"
    assert connect(factory)[1].take() == b"Welcome! There are currently 2 open connections.\r\n"
    first.connection_lost(ConnectionDone())
    assert connect(factory)[1].take() == b"Welcome! There are currently 2 open connections.\r\n"


@given(st.lists(st.binary(min_size=1)))
def test_every_byte_comes_back_whatever_the_chunks(chunks: list[bytes]) -> None:
    protocol, transport = connect(EchoFactory(greets=False))
    for chunk in chunks:
        protocol.data_received(chunk)
    assert transport.take() == b"".join(chunks)


def test_the_server_does_not_read_from_a_client_that_does_not_read() -> None:
    _, transport = connect(EchoFactory())
    assert transport.producer is transport


@pytest.fixture(scope="module")
def strict() -> Iterator[Server]:
    with serving("servers.echo", "--port", "0", "--no-greeting") as server:
        yield server


def test_without_the_greeting_only_the_echo_is_sent(strict: Server) -> None:
    with strict.connect() as client:
        client.send(b"\0\xff\r\n")
        assert client.read(4) == b"\0\xff\r\n"


def test_everything_comes_back_after_the_client_has_shut_down_its_sending_side(strict: Server) -> None:
    text = bytes(range(256)) * 1000
    with strict.connect() as client:
        client.send(text)
        client.socket.shutdown(socket.SHUT_WR)
        assert client.rest() == text


def test_nc_gets_its_file_back(strict: Server) -> None:
    command = ["nc", "-N", "127.0.0.1", str(strict.port())]
    text = b"".join(b"line %d\n" % number for number in range(50_000))
    assert subprocess.run(command, input=text, capture_output=True, timeout=GUARD).stdout == text


def test_curl_gets_its_lines_back(strict: Server) -> None:
    command = ["curl", "-sN", "-m", "10", f"telnet://127.0.0.1:{strict.port()}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as curl:
        assert curl.stdin is not None
        assert curl.stdout is not None
        curl.stdin.write(b"hello\n")
        curl.stdin.flush()
        assert curl.stdout.readline() == b"hello\n"
        curl.terminate()


def test_a_client_that_does_not_read_delays_no_other_and_receives_all_when_it_reads(strict: Server) -> None:
    with strict.connect() as sender, strict.connect() as other:
        sent = sender.stuff()
        other.send(b"hello\n")
        assert other.line() == "hello"
        sender.socket.shutdown(socket.SHUT_WR)
        assert sender.rest() == b"x" * sent


def test_each_of_ten_thousand_connections_is_answered() -> None:
    with many_descriptors(MANY + 100), serving("servers.echo", "--port", "0") as server, ExitStack() as stack:
        clients = [stack.enter_context(server.connect()) for _ in range(MANY)]
        for number, client in enumerate(clients):
            client.send(b"%d\n" % number)
        assert {client.line()[:29] for client in clients} == {"Welcome! There are currently "}
        assert [client.line() for client in clients] == [str(number) for number in range(MANY)]


@pytest.mark.parametrize("engine", ["poll", "asyncio", "uvloop"])
def test_who_leaves_and_comes_back_at_once_is_counted_once(engine: str) -> None:
    with serving("servers.echo", "--port", "0", "--reactor", engine) as server:
        for _ in range(60):
            with server.connect() as client:
                assert client.line() == "Welcome! There are currently 1 open connections."
