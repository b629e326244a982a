"""Each poller reports the events that are watched for, and no others."""

import os
import select
import selectors
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.engine.pollers import EpollPoller, Poller, SelectorPoller, best_poller
from core.interfaces import HANG_UP, READ, WRITE

POLLERS: dict[str, Callable[[], Poller]] = {"epoll": EpollPoller, "selectors": SelectorPoller}


@pytest.fixture(params=POLLERS)
def poller(request: pytest.FixtureRequest) -> Iterator[Poller]:
    with closing(POLLERS[request.param]()) as poller:
        yield poller


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    with near, far:
        near.setblocking(False)
        yield near, far


Pair = tuple[socket.socket, socket.socket]


def test_its_name_is_that_of_its_system_call(poller: Poller) -> None:
    expected = selectors.DefaultSelector.__name__ if isinstance(poller, SelectorPoller) else "Epoll"
    assert poller.name == expected.removesuffix("Selector").lower()


def test_without_watched_descriptors_no_event_is_reported(poller: Poller) -> None:
    assert poller.poll(0) == []


def test_a_readable_descriptor_is_reported(poller: Poller, pair: Pair) -> None:
    near, far = pair
    poller.set(near.fileno(), 0, READ)
    assert poller.poll(0) == []
    far.send(b"!")
    assert poller.poll(0) == [(near.fileno(), READ)]
    assert poller.poll(0) == [(near.fileno(), READ)]
    near.recv(1)
    assert poller.poll(0) == []


def test_a_writable_descriptor_is_reported(poller: Poller, pair: Pair) -> None:
    near, _ = pair
    poller.set(near.fileno(), 0, WRITE)
    assert poller.poll(0) == [(near.fileno(), WRITE)]


def test_both_come_as_one_event(poller: Poller, pair: Pair) -> None:
    near, far = pair
    far.send(b"!")
    poller.set(near.fileno(), 0, READ | WRITE)
    assert poller.poll(0) == [(near.fileno(), READ | WRITE)]


def test_a_descriptor_that_is_watched_for_a_hang_up_only_is_not_readable(poller: Poller, pair: Pair) -> None:
    near, far = pair
    poller.set(near.fileno(), 0, HANG_UP)
    far.send(b"!")
    assert poller.poll(0) == []
    poller.set(near.fileno(), HANG_UP, READ)
    assert poller.poll(0) == [(near.fileno(), READ)]


def test_its_own_descriptor_is_readable_while_a_watched_one_is_ready(poller: Poller, pair: Pair) -> None:
    near, far = pair
    number = poller.fileno()
    assert number is not None
    poller.set(near.fileno(), 0, READ)
    assert select.select([number], [], [], 0)[0] == []
    far.send(b"!")
    assert select.select([number], [], [], 0)[0] == [number]


def test_a_registration_can_be_changed_and_removed(poller: Poller, pair: Pair) -> None:
    near, far = pair
    far.send(b"!")
    poller.set(near.fileno(), 0, WRITE)
    poller.set(near.fileno(), WRITE, READ)
    assert poller.poll(0) == [(near.fileno(), READ)]
    poller.set(near.fileno(), READ, 0)
    assert poller.poll(0) == []
    poller.set(near.fileno(), 0, READ)
    assert poller.poll(0) == [(near.fileno(), READ)]


def test_a_stream_at_its_end_is_readable(poller: Poller, pair: Pair) -> None:
    near, far = pair
    poller.set(near.fileno(), 0, READ)
    far.close()
    [(number, event)] = poller.poll(0)
    assert number == near.fileno()
    assert event & ~WRITE


def test_each_of_many_ready_descriptors_is_reported(poller: Poller) -> None:
    pairs = [socket.socketpair() for _ in range(100)]
    for near, _ in pairs:
        poller.set(near.fileno(), 0, READ)
    for _, far in pairs[::2]:
        far.send(b"!")
    assert sorted(poller.poll(0)) == sorted((near.fileno(), READ) for near, _ in pairs[::2])
    for near, far in pairs:
        near.close()
        far.close()


def test_a_regular_file_is_refused(poller: Poller, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (tmp_path / "file").open() as file, pytest.raises(PermissionError):
        poller.set(file.fileno(), 0, READ)


def test_a_refused_file_leaves_no_registration(poller: Poller, pair: Pair, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    number = os.open(tmp_path / "file", os.O_RDONLY)
    with pytest.raises(PermissionError):
        poller.set(number, 0, READ)
    near, far = pair
    os.dup2(near.fileno(), number)
    far.send(b"!")
    poller.set(number, 0, READ)
    assert poller.poll(0) == [(number, READ)]
    os.close(number)


def test_the_best_poller_is_epoll_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(best_poller()) as best:
        assert isinstance(best, EpollPoller)
    monkeypatch.delattr(select, "epoll")
    with closing(best_poller()) as best:
        assert isinstance(best, SelectorPoller)
