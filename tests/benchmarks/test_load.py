"""The loads of the benchmarks: they count and time the answers correctly."""

import socket
from collections.abc import Iterator
from threading import Thread

import pytest

from benchmarks.load import OneSpeaker, Requests, SecureRequests
from tests.certificates import Certificates

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture(params=[socket.SOCK_STREAM])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """Two connected sockets: the load's, and the server's."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, request.param)
    with ours, theirs:
        yield ours, theirs


def test_an_answer_in_two_pieces_counts_once_and_is_followed_by_one_request(pair: Pair) -> None:
    ours, server = pair
    load = Requests([ours], b"ask", 4)
    assert server.recv(100) == b"ask"
    server.send(b"an")
    load.turn()
    server.send(b"sw")
    load.turn()
    assert load.answered == 1
    assert len(load.latencies) == 1
    assert server.recv(100) == b"ask"


def test_each_socket_can_have_a_request_of_its_own(pair: Pair) -> None:
    ours, server = pair
    load = Requests([ours], [b"mine"], 4)
    assert server.recv(100) == b"mine"
    server.send(b"answ")
    load.turn()
    assert server.recv(100) == b"mine"


def test_each_answer_is_followed_by_a_request_and_one_request_of_a_window_is_timed(pair: Pair) -> None:
    ours, server = pair
    load = Requests([ours], b"ask", 3, in_flight=4)
    assert server.recv(100) == b"ask" * 4
    for _ in range(2):
        server.send(b"ask" * 3)
        load.turn()
        assert server.recv(100) == b"ask" * 3
    assert load.answered == 6
    assert len(load.latencies) == 1


@pytest.mark.parametrize("pair", [socket.SOCK_DGRAM], indirect=True)
def test_a_request_whose_datagram_is_lost_is_sent_again(pair: Pair) -> None:
    ours, server = pair
    load = Requests([ours], b"ask", 3)
    server.recv(100)
    load.turn()
    assert server.recv(100) == b"ask"
    assert load.answered == 0


def test_the_next_line_is_sent_when_all_listeners_have_received_the_last(pair: Pair) -> None:
    talker, server = pair
    one, at_one = socket.socketpair()
    two, at_two = socket.socketpair()
    with one, at_one, two, at_two:
        load = OneSpeaker(talker, [one, two], b"hi\n", 6)
        assert server.recv(100) == b"hi\n"
        at_one.send(b"<x>hi\n")
        load.turn()
        assert load.latencies == []
        at_two.send(b"<x>hi\n")
        load.turn()
        assert load.answered == 2
        assert server.recv(100) == b"hi\n"


def test_a_server_that_closes_a_connection_ends_the_run(pair: Pair) -> None:
    ours, server = pair
    load = Requests([ours], b"ask", 3)
    server.recv(100)
    server.close()
    with pytest.raises(ConnectionError):
        load.turn()


def test_requests_through_tls_are_counted_and_timed(pair: Pair, certificates: Certificates) -> None:
    ours, server = pair
    asked: list[bytes] = []

    def answer() -> None:
        with certificates.for_server().wrap_socket(server, server_side=True) as secure:
            for _ in range(2):
                asked.append(secure.recv(100))
                secure.sendall(b"ask")
            asked.append(secure.recv(100))

    thread = Thread(target=answer)
    thread.start()
    load = SecureRequests([ours], b"ask")
    for _ in range(2):
        load.turn()
    thread.join()
    assert asked == [b"ask"] * 3
    assert load.answered == 2
    assert len(load.latencies) == 2
    for sock in load.sockets.values():
        sock.close()
