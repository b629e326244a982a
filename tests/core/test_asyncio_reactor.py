"""AsyncioReactor on a loop that other code runs: it works at once, and leaves the loop to its owner."""

import asyncio
import importlib
from collections.abc import Callable

import pytest

from core.asyncio_reactor import AsyncioReactor
from core.errors import ReactorAlreadyRunning, ReactorNotRunning
from core.protocols.lines import LineReceiver
from core.protocols.protocol import ClientFactory, Factory, Protocol
from core.reactor import RunState
from tests.conftest import turn_until
from tests.core.outside import connect, descriptors

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": lambda: importlib.import_module("uvloop").new_event_loop(),
}


@pytest.fixture(params=LOOPS)
def make_loop(request: pytest.FixtureRequest) -> Callable[[], asyncio.AbstractEventLoop]:
    return LOOPS[request.param]


class Echo(LineReceiver):
    """Answers each line with the line, twice."""

    def line_received(self, line: bytes) -> None:
        self.send_line(line + b", " + line)


class Echoes(Factory):
    protocol = Echo


class Caller(LineReceiver):
    """Puts each line into the queue of its factory."""

    factory: "Callers"

    def connection_made(self) -> None:
        self.send_line(b"hello")

    def line_received(self, line: bytes) -> None:
        self.factory.lines.put_nowait(line)

    def connection_lost(self, reason: Exception) -> None:
        self.factory.lines.put_nowait(b"lost")


class Callers(ClientFactory):
    protocol = Caller

    def __init__(self) -> None:
        self.lines: asyncio.Queue[bytes] = asyncio.Queue()
        self.made: list[Protocol] = []

    def build_protocol(self, address: object) -> Protocol:
        protocol = Caller()
        protocol.factory = self
        self.made.append(protocol)
        return protocol


def test_inside_of_a_coroutine_it_serves_and_connects_at_once(
    make_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    async def converse() -> None:
        reactor = AsyncioReactor(asyncio.get_running_loop())
        port = reactor.listen_tcp(0, Echoes())
        callers = Callers()
        host, _, number = str(port.host).removeprefix("tcp:").partition(":")
        connector = reactor.connect_tcp(host, int(number), callers)
        assert await callers.lines.get() == b"hello, hello"
        callers.made[0].transport.write(b"you\r\n")  # from no handler of ours
        assert await callers.lines.get() == b"you, you"
        connector.disconnect()
        assert await callers.lines.get() == b"lost"
        reactor.clear()
        reactor.close()
        await asyncio.sleep(0)  # the loop goes on

    make_loop().close()  # the first one opens what it keeps for all that follow
    before = descriptors()
    with asyncio.Runner(loop_factory=make_loop) as runner:
        runner.run(converse())
    assert descriptors() == before


def test_inside_of_a_coroutine_calls_are_made_when_due(
    make_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    async def wait() -> list[str]:
        reactor = AsyncioReactor(asyncio.get_running_loop())
        made: asyncio.Queue[str] = asyncio.Queue()
        later = reactor.call_later(0.002, made.put_nowait, "later")
        sooner = reactor.call_later(0.001, made.put_nowait, "sooner")
        reactor.call_soon(made.put_nowait, "soon")
        reactor.call_later(3600, made.put_nowait, "cancelled").cancel()
        await asyncio.to_thread(reactor.call_from_thread, made.put_nowait, "from a thread")
        came = [await made.get() for _ in range(4)]
        assert (came.index("sooner") < came.index("later")) == (sooner.time < later.time)
        reactor.close()
        return came

    with asyncio.Runner(loop_factory=make_loop) as runner:
        came = runner.run(wait())
    assert sorted(came) == ["from a thread", "later", "soon", "sooner"]


def test_inside_of_a_coroutine_call_when_running_calls_at_once(
    make_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    async def ask() -> list[str]:
        reactor = AsyncioReactor(asyncio.get_running_loop())
        noted: list[str] = []
        reactor.call_when_running(noted.append, "it runs")
        reactor.close()
        return noted

    with asyncio.Runner(loop_factory=make_loop) as runner:
        assert runner.run(ask()) == ["it runs"]


def test_it_cannot_be_run_or_stopped_while_other_code_runs_the_loop(
    make_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    async def try_to() -> None:
        reactor = AsyncioReactor(asyncio.get_running_loop())
        with pytest.raises(ReactorAlreadyRunning):
            reactor.run()
        assert reactor.state is RunState.IDLE
        with pytest.raises(ReactorNotRunning):
            reactor.stop()
        reactor.close()

    with asyncio.Runner(loop_factory=make_loop) as runner:
        runner.run(try_to())


def test_a_loop_that_was_lent_is_not_closed_and_one_of_its_own_is(
    make_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    loop = make_loop()
    reactor = AsyncioReactor(loop)
    reactor.close()
    assert not loop.is_closed()
    loop.close()
    before = descriptors()
    AsyncioReactor().close()
    assert descriptors() == before


def test_what_else_lives_on_the_loop_lives_on_while_the_reactor_runs(
    make_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    loop = make_loop()
    reactor = AsyncioReactor(loop)

    async def stop() -> None:
        await asyncio.sleep(0.001)
        reactor.stop()

    task = loop.create_task(stop())
    reactor.run()
    assert task.done()
    reactor.close()
    loop.close()


def test_it_goes_on_when_other_code_stops_the_loop(
    make_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    loop = make_loop()
    reactor = AsyncioReactor(loop)
    noted: list[str] = []
    loop.call_soon(loop.stop)
    reactor.call_later(0.001, noted.append, "went on")
    reactor.call_later(0.002, reactor.stop)
    reactor.run()
    assert noted == ["went on"]
    reactor.close()
    loop.close()


def test_a_turn_is_over_when_it_returns_even_if_the_loop_had_more_events(
    make_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    """Data for other connections must be sent then, as after a turn of our own loop."""
    loop = make_loop()
    reactor = AsyncioReactor(loop)
    answered: list[str] = []

    class Answer(Protocol):
        def data_received(self, data: bytes) -> None:
            reactor.call_at_turn_end(lambda: answered.append("at the end"))
            answered.append("at once")

    class Answers(Factory):
        protocol = Answer

    port = reactor.listen_tcp(0, Answers())
    with connect(port) as client:
        client.send(b"?")
        for _ in range(3):
            reactor.call_soon(int)
            turn_until(reactor, lambda: answered)
        assert answered == ["at once", "at the end"]
    reactor.clear()
    reactor.close()
    loop.close()


def test_a_loop_that_has_nothing_to_do_is_left_alone(
    make_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    """It must not spin: a turn waits for an event."""
    loop = make_loop()
    reactor = AsyncioReactor(loop)
    reactor.call_soon(int)
    reactor.turn()
    turns = reactor.turns
    loop.run_until_complete(asyncio.sleep(0.02))
    assert reactor.turns <= turns + 1
    reactor.close()
    loop.close()
