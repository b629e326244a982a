"""The 24 programs do the same: one suite for all of them, over real sockets."""

import socket
from collections.abc import Iterator

import pytest

from tests.running import GUARD, Client, connect
from tutorials.rosetta.programs import SERVERS, WAYS, Running, programs, running
from tutorials.rosetta.words import INSULTS, QUOTE


def ways_of(server: str) -> list[str]:
    """The ways in which there is a program for `server`."""
    return [way for name, way in programs() if name == server]


@pytest.fixture
def program(request: pytest.FixtureRequest) -> Iterator[Running]:
    """The program that the test names."""
    with running(*request.param) as started:
        yield started


def each(server: str) -> pytest.MarkDecorator:
    """Run a test with each of the programs for `server`."""
    return pytest.mark.parametrize(
        "program", [(server, way) for way in ways_of(server)], indirect=True, ids=str
    )


def test_there_are_24_programs() -> None:
    assert len(programs()) == len(SERVERS) * len(WAYS) - 1
    assert ("udp_echo", "streams") not in programs()


@each("echo")
def test_each_byte_comes_back_and_a_reset_ends_one_connection_only(program: Running) -> None:
    with connect(program.port) as first, connect(program.port) as second:
        first.send(bytes(range(256)) * 100)
        assert first.read(25600) == bytes(range(256)) * 100
        reset(first)
        second.send(b"still there")
        assert second.read(11) == b"still there"


@each("qotd")
def test_a_quote_comes_and_the_connection_ends(program: Running) -> None:
    for _ in range(3):
        with connect(program.port) as client:
            assert client.rest() == QUOTE


@each("insult")
def test_each_line_is_answered_however_it_is_cut(program: Running) -> None:
    with connect(program.port) as client:
        client.send(b"rea")
        client.send(b"ctor\r\nthread\r\n\xff\r\n")
        assert [client.line(), client.line()] == [INSULTS["reactor"], INSULTS["thread"]]
        assert client.line() == "I have no words for that."


@each("chat")
def test_a_line_goes_to_all_others_and_a_member_who_leaves_is_announced(program: Running) -> None:
    with connect(program.port) as ann, connect(program.port) as bob, connect(program.port) as eve:
        join(ann, "ann")
        join(bob, "bob")
        eve.send(b"bob\r\n")
        assert eve.line() == "bob is taken"
        join(eve, "eve")
        ann.send("grün\r\n".encode())
        assert [bob.line(), eve.line()] == ["<ann> grün"] * 2
        reset(bob)
        assert [ann.line(), eve.line()] == ["bob has left"] * 2
        with connect(program.port) as again:
            join(again, "bob")


@each("udp_echo")
def test_each_datagram_comes_back_to_its_sender(program: Running) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(GUARD)
        client.connect(("127.0.0.1", program.port))
        for data in (b"hello", b"\0", b"x" * 1000):
            client.send(data)
            assert client.recv(2000) == data


def join(client: Client, name: str) -> None:
    """Take a name in the chat."""
    client.send(f"{name}\r\n".encode())
    assert client.line() == f"welcome {name}"


def reset(client: Client) -> None:
    """End the connection with a reset."""
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.close()
