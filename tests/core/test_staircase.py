"""From `turn` to `line_received` a line climbs five frames, in four rooms with a name each."""

import socket
import traceback

import pytest

from core.engine.pollers import EpollPoller, Poller, SelectorPoller
from core.protocols.lines import LineReceiver
from core.protocols.protocol import Factory
from core.reactor import Reactor
from tests.conftest import turn_until


class Surveyor(LineReceiver):
    """Looks down the stairs with each line."""

    factory: "Surveyors"

    def line_received(self, line: bytes) -> None:
        self.factory.stairs = [frame.name for frame in traceback.extract_stack()]


class Surveyors(Factory):
    protocol = Surveyor

    def __init__(self) -> None:
        self.stairs: list[str] = []


@pytest.mark.parametrize("poller", [EpollPoller, SelectorPoller])
def test_from_the_turn_to_the_line_there_are_at_most_five_frames(poller: type[Poller]) -> None:
    reactor, surveyors = Reactor(poller()), Surveyors()
    port = reactor.listen_tcp(0, surveyors)
    host, _, number = str(port.host).removeprefix("tcp:").partition(":")
    with socket.create_connection((host, int(number))) as client:
        client.send(b"how high is it?\r\n")
        turn_until(reactor, lambda: surveyors.stairs)
    reactor.clear()
    reactor.close()
    turn = surveyors.stairs.index("turn")
    assert surveyors.stairs[turn:] == [
        "turn",
        "deliver",
        "on_readable",
        "data_received",
        "line_received",
    ]
