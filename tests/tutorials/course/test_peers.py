"""The checker's end of a connection: how it takes the end of it."""

import socket

import pytest

from core.errors import ConnectionDone
from core.interfaces import IPv4Address
from core.transports.sockets import lost_by
from tutorials.course.peers import Peer, unread


@pytest.mark.parametrize(
    ("error", "was_reset"),
    [(BrokenPipeError("broken"), False), (ConnectionResetError("reset"), True), (TimeoutError("late"), True)],
)
def test_only_a_broken_pipe_is_an_end_that_this_side_has_not_read_in_time(
    error: OSError, was_reset: bool
) -> None:
    peer = Peer()
    peer.connection_lost(lost_by(error))
    assert peer.has_ended
    assert peer.was_reset() is was_reset
    assert [what for _, what in peer.came] == ["(a reset)"] * was_reset


def test_a_clean_end_is_no_reset() -> None:
    peer = Peer()
    peer.connection_lost(ConnectionDone())
    assert peer.has_ended
    assert not peer.was_reset()


def test_the_kernel_tells_how_many_bytes_a_program_has_not_read() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as peer,
    ):
        addresses = [IPv4Address("TCP", *end.getsockname()) for end in (server, peer)]
        accepted, _ = server.accept()
        with accepted:
            assert unread(*addresses) == 0
            peer.send(b"three")
            assert unread(*addresses) == 5
            accepted.recv(2)
            assert unread(*addresses) == 3
