"""A SendQueue sends every byte once and in order, whatever part of a send the kernel takes."""

import random
import socket
from collections.abc import Iterator

import pytest

from core.transports.send_queue import SendQueue


class PartialSocket(socket.socket):
    """A socket that takes at most `room` bytes in one send."""

    room = 0

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[bytes] = []

    def send(self, data: bytes | memoryview, flags: int = 0, /) -> int:  # type: ignore[override]
        if not self.room:
            raise BlockingIOError
        self.taken.append(bytes(data[: self.room]))
        return len(self.taken[-1])


@pytest.fixture
def sock() -> Iterator[PartialSocket]:
    with PartialSocket() as partial:
        yield partial


def test_all_pieces_go_in_one_send(sock: PartialSocket) -> None:
    queue, sock.room = SendQueue(), 100
    queue.pieces += [b"one ", b"two ", b"three"]
    assert queue.send(sock, 0) == b"one two three"
    assert sock.taken == [b"one two three"]


def test_the_rest_of_a_send_goes_before_later_pieces(sock: PartialSocket) -> None:
    queue, sock.room = SendQueue(), 4
    queue.pieces.append(b"one two")
    assert queue.send(sock, 0) == b"one "
    queue.pieces.append(b" three")
    assert queue.send(sock, 0) == b"two"
    assert queue.send(sock, 0) == b" thr"


def test_a_send_that_would_block_loses_nothing(sock: PartialSocket) -> None:
    queue = SendQueue()
    queue.pieces.append(b"one")
    with pytest.raises(BlockingIOError):
        queue.send(sock, 0)
    sock.room = 100
    assert queue.send(sock, 0) == b"one"


def test_a_cleared_queue_has_nothing_left_of_an_earlier_send(sock: PartialSocket) -> None:
    queue, sock.room = SendQueue(), 2
    queue.pieces.append(b"one")
    queue.send(sock, 0)
    queue.clear()
    queue.pieces.append(b"two")
    assert queue.send(sock, 0) == b"tw"


def test_every_byte_arrives_once_and_in_order_whatever_the_kernel_takes(sock: PartialSocket) -> None:
    queue, chance, written, sent = SendQueue(), random.Random(8), bytearray(), bytearray()
    while len(sent) < 10_000:
        piece = chance.randbytes(chance.randrange(50))
        queue.pieces.append(piece)
        written += piece
        sock.room = chance.choice((1, 10, 100))
        sent += queue.send(sock, 0) if len(sent) < len(written) else b""
    assert written.startswith(sent)
    assert b"".join(sock.taken) == sent
