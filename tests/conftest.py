"""Every test that asks for a `reactor` runs once on each engine."""

import gc
import importlib
from collections.abc import Callable, Iterator

import pytest

from core.asyncio_reactor import AsyncioReactor
from core.engine.pollers import EpollPoller, SelectorPoller
from core.reactor import Reactor


class UvloopReactor(AsyncioReactor):
    """A reactor on a loop of uvloop's, which it closes."""

    def __init__(self) -> None:
        super().__init__(importlib.import_module("uvloop").new_event_loop())
        self._owns_loop = True


ENGINES: dict[str, Callable[[], Reactor]] = {
    "epoll": lambda: Reactor(EpollPoller()),
    "selectors": lambda: Reactor(SelectorPoller()),
    "asyncio": AsyncioReactor,
    "uvloop": UvloopReactor,
}


@pytest.fixture(params=ENGINES)
def reactor(request: pytest.FixtureRequest) -> Iterator[Reactor]:
    """A reactor on one engine after the other; whatever a test leaves open on it is closed."""
    reactor = ENGINES[request.param]()
    yield reactor
    reactor.clear()
    reactor.close()


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left_behind() -> Iterator[None]:
    """What a module forgot to close, or an error that nobody handled, shows before the next one."""
    yield
    gc.collect()


GUARD = 20.0
"""Seconds after which a test that waits is taken to hang. No test takes nearly as long."""


def turn_until(reactor: Reactor, condition: Callable[[], object]) -> None:
    """Turn the reactor until `condition()` holds."""
    late: list[bool] = []
    guard = reactor.call_later(GUARD, late.append, True)
    while not condition():
        assert not late, "nothing more happened"
        reactor.turn()
    guard.cancel()
