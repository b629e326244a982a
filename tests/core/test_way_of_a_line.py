"""A line passes five frames on its way in, from `Loop.turn` to `line_received`."""

import socket
import traceback

import pytest

from core.engine.pollers import EpollPoller, Poller, SelectorPoller
from core.protocols.lines import LineReceiver
from core.protocols.protocol import Factory
from core.reactor import Reactor
from tests.conftest import turn_until


class StackRecorder(LineReceiver):
    """Records the names of the frames on the call stack at each line."""

    factory: "StackRecorderFactory"

    def line_received(self, line: bytes) -> None:
        self.factory.stack = [frame.name for frame in traceback.extract_stack()]


class StackRecorderFactory(Factory):
    protocol = StackRecorder

    def __init__(self) -> None:
        self.stack: list[str] = []


@pytest.mark.parametrize("poller", [EpollPoller, SelectorPoller])
def test_a_line_passes_five_frames_from_turn_to_line_received(poller: type[Poller]) -> None:
    reactor, factory = Reactor(poller()), StackRecorderFactory()
    port = reactor.listen_tcp(0, factory)
    host, _, number = str(port.host).removeprefix("tcp:").partition(":")
    with socket.create_connection((host, int(number))) as client:
        client.send(b"a line\r\n")
        turn_until(reactor, lambda: factory.stack)
    reactor.clear()
    reactor.close()
    turn = factory.stack.index("turn")
    assert factory.stack[turn:] == [
        "turn",
        "deliver",
        "on_readable",
        "data_received",
        "line_received",
    ]
