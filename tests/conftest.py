"""Fixtures for all tests. A test with the argument `reactor` runs once on each engine."""

import gc
import importlib
import os
import signal
import socket
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, settings

from core.asyncio_reactor import AsyncioReactor
from core.engine.pollers import EpollPoller, SelectorPoller
from core.reactor import Reactor
from tests.certificates import Certificates
from tests.running import GUARD

for name in (
    "COLUMNS",
    "LINES",
):  # pytest-xdist sets them, and programs would take them for the terminal's size
    os.environ.pop(name, None)

# nohup and a shell's `&` ignore signals, also for the programs that are started here. With a handler that
# does nothing, only this process ignores them.
for number in signal.valid_signals():
    if signal.getsignal(number) is signal.SIG_IGN and number not in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, lambda *_: None)

# A property test must not fail because the machine is busy. By default Hypothesis fails one that takes 0.2 s.
settings.register_profile("busy", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


class UvloopReactor(AsyncioReactor):
    """A reactor on a uvloop event loop of its own, which it closes."""

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
    """A reactor, on each engine in turn. Everything that the test leaves open on it is closed afterwards."""
    reactor = ENGINES[request.param]()
    yield reactor
    reactor.clear()
    reactor.close()


@pytest.fixture
def silent() -> Iterator[tuple[str, int]]:
    """An address that neither accepts nor refuses: its queue is full."""
    waiting: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        for _ in range(4):
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(server.getsockname())
        yield server.getsockname()
        for each in waiting:
            each.close()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """An authority and certificates for localhost, made once."""
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module", autouse=True)
def collect_garbage_after_each_module() -> Iterator[None]:
    """An object that was not closed, or an unhandled error, is reported in the module that caused it."""
    yield
    gc.collect()


def turn_until(reactor: Reactor, condition: Callable[[], object]) -> None:
    """Turn the reactor until `condition()` holds. Fails after GUARD seconds."""
    late: list[bool] = []
    guard = reactor.call_later(GUARD, late.append, True)
    while not condition():
        assert not late, f"the condition did not hold within {GUARD:.0f} s"
        reactor.turn()
    guard.cancel()
