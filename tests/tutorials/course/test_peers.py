"""The checker's end of a connection: how it takes the end of it."""

import pytest

from core.errors import ConnectionDone
from core.transports.sockets import lost_by
from tutorials.course.peers import Peer


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
