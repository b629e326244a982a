"""A load that counts wrongly would make every table wrong, so it is counted by hand here."""

import socket
from collections.abc import Iterator

import pytest

from benchmarks.load import Asking, OneTalking

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture(params=[socket.SOCK_STREAM])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """The load's end, and the server's."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, request.param)
    with ours, theirs:
        yield ours, theirs


def test_an_answer_in_two_pieces_counts_once_and_brings_one_request_more(pair: Pair) -> None:
    ours, server = pair
    load = Asking([ours], b"ask", 4)
    assert server.recv(100) == b"ask"
    server.send(b"an")
    load.turn()
    server.send(b"sw")
    load.turn()
    assert load.answered == 1
    assert len(load.latencies) == 1
    assert server.recv(100) == b"ask"


def test_as_many_are_asked_as_were_answered_and_one_of_a_window_is_timed(pair: Pair) -> None:
    ours, server = pair
    load = Asking([ours], b"ask", 3, in_flight=4)
    assert server.recv(100) == b"ask" * 4
    for _ in range(2):
        server.send(b"ask" * 3)
        load.turn()
        assert server.recv(100) == b"ask" * 3
    assert load.answered == 6
    assert len(load.latencies) == 1


@pytest.mark.parametrize("pair", [socket.SOCK_DGRAM], indirect=True)
def test_a_lost_datagram_is_asked_for_again(pair: Pair) -> None:
    ours, server = pair
    load = Asking([ours], b"ask", 3)
    server.recv(100)
    load.turn()
    assert server.recv(100) == b"ask"
    assert load.answered == 0


def test_the_next_line_is_said_when_all_listeners_have_the_last(pair: Pair) -> None:
    talker, server = pair
    one, at_one = socket.socketpair()
    two, at_two = socket.socketpair()
    with one, at_one, two, at_two:
        load = OneTalking(talker, [one, two], b"hi\n", 6)
        assert server.recv(100) == b"hi\n"
        at_one.send(b"<x>hi\n")
        load.turn()
        assert load.latencies == []
        at_two.send(b"<x>hi\n")
        load.turn()
        assert load.answered == 2
        assert server.recv(100) == b"hi\n"


def test_a_server_that_closes_ends_the_run(pair: Pair) -> None:
    ours, server = pair
    load = Asking([ours], b"ask", 3)
    server.recv(100)
    server.close()
    with pytest.raises(ConnectionError):
        load.turn()
