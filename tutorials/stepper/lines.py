"""The stepper's own process: the program that it runs, the meaning of the keys, and the state as lines."""

import socket
import sys
from collections import deque
from collections.abc import Callable, Sequence
from subprocess import Popen

from core.cli import print_lines
from core.deferred import Deferred
from core.formats.text import decode, visible
from core.protocols.lines import LineReceiver
from core.protocols.protocol import Protocol
from core.reactor import Reactor
from core.threads import defer_to_thread
from core.transports.stream import StreamTransport
from tutorials.stepper.wire import KINDS, Command, Run, State, decode_state, encode_command

RUNS = {" ": Run.CALLBACK, "\n": Run.TURN, "\r": Run.TURN, "g": Run.GO}
GOES = "runs to a breakpoint"
HELP = "Keys: space one callback, enter one turn, g go on, b breakpoints, < > look back, q stop"


class Output(LineReceiver):
    """Receives what the program prints, and calls `on_line` with each line."""

    delimiter = b"\n"

    def __init__(self, on_line: Callable[[str], object]) -> None:
        self._on_line = on_line

    def line_received(self, line: bytes) -> None:
        self._on_line(visible(decode(line)))


class Session(LineReceiver):
    """Runs `python -m tutorials.stepper` with the arguments, and keeps the states that it sends.

    `show` is called when there is another state or status. `output` receives the lines that the program
    prints. `ended` gets its exit status. `stops` is True after `stop`.
    """

    delimiter = b"\n"
    MAX_LENGTH = 1 << 24

    def __init__(self, reactor: Reactor, arguments: Sequence[str], output: Output) -> None:
        self.states = deque([State(0, "before the start", 0.0, "", [], [])], maxlen=1000)
        self.ended = Deferred[int]().add_callback(self._on_end)
        self.show: Callable[[], object] = lambda: None
        self._reactor = reactor
        self._status = "not stopped"
        self._shown = 0  # the number of the state that is shown
        self._until: set[str] = set()  # the kinds of callbacks at which GO stops
        self.stops = False
        (states, its_states), (printed, its_printed) = socket.socketpair(), socket.socketpair()
        pipe, errors = its_states.fileno(), its_printed.fileno()
        command = [sys.executable, "-u", "-m", "tutorials.stepper", *arguments]
        with its_states, its_printed:  # in a session of its own, so that Ctrl-C reaches only the stepper
            self._process = Popen(command, stdin=pipe, stdout=pipe, stderr=errors, start_new_session=True)
        for sock, protocol in ((printed, output), (states, self)):
            sock.setblocking(False)
            transport = StreamTransport(reactor, sock, "")
            transport.protocol = protocol
            protocol.make_connection(transport)
            reactor.watch(transport, True, False)

    def line_received(self, line: bytes) -> None:
        self.states.append(decode_state(line))
        self._shown = len(self.states) - 1
        self._status = "stopped" if self.states[-1].callback else "not stopped"
        self.show()

    def connection_lost(self, reason: Exception) -> None:
        defer_to_thread(self._reactor, self._process.wait).add_callback(self.ended.callback)

    def _on_end(self, status: int) -> int:
        self._status = f"ended with status {status}"
        self.show()
        return status

    def stop(self) -> Deferred[int]:
        """Stop the program in good order; the second call ends it at once. Returns `ended`."""
        self._process.kill() if self.stops else self.transport.lose_write_connection()
        self.stops = True
        return self.ended

    def may_run(self) -> bool:
        """Whether the program can be told to run on, or to stop while it runs to a breakpoint."""
        return not self.stops and self._status in ("stopped", GOES)

    def press(self, key: str) -> None:
        """Do what the key means, except for `q`."""
        if key in RUNS and self.may_run():
            self.transport.write(encode_command(Command(RUNS[key], frozenset(self._until))))
            self._status = GOES if key == "g" else "runs"
        elif key in "<>":
            self._shown = min(max(0, self._shown + (1 if key == ">" else -1)), len(self.states) - 1)
        elif key in "123456":
            self._until ^= {KINDS[int(key) - 1]}

    def breakpoints(self) -> str:
        """The kinds of callbacks at which `g` stops, and the numbers of all kinds."""
        chosen = [kind for kind in KINDS if kind in self._until] or ["nothing"]
        return f"g stops at: {', '.join(chosen)}  (1 accepted, 2 data, 3 line, 4 lost, 5 timer, 6 log)"

    def head(self) -> str:
        """Where the program is, or which earlier state is shown."""
        state, count = self.states[self._shown], len(self.states)
        status = self._status if self._shown == count - 1 else f"looking back, {self._shown + 1} of {count}"
        return f"turn {state.turn}, {state.phase}, {state.time:.3f} s: {status}"

    def lines(self) -> tuple[list[str], list[str]]:
        """The state that is shown: the lines about the callback, and those about the rest."""
        state = self.states[self._shown]
        title = f"about to run ({state.kind}): ".replace(" ()", "")
        callback = [title + state.callback[0], *state.callback[1:]] if state.callback else []
        return [*map(visible, callback)], [*map(visible, state.loop)]


class Keys(Protocol):
    """Reads the keys, and prints the states. Keys that let the program run on wait until it has stopped."""

    def __init__(self, stepped: Session) -> None:
        self._stepped = stepped
        self._typed = ""
        stepped.show = self._show

    def data_received(self, data: bytes) -> None:
        self._typed += data.decode("latin-1")
        while self._typed and (self._typed[0] not in RUNS or self._stepped.may_run()):
            key, self._typed = self._typed[0], self._typed[1:]
            self._stepped.press(key)
            if key in "q\x04":
                self._stepped.stop()
            elif key in "b123456":
                print_lines(self._stepped.breakpoints())
            elif key in "<>":
                self._show()
            elif key not in RUNS:
                print_lines(HELP)

    def connection_lost(self, reason: Exception) -> None:
        """The end of the input stands for `q`."""
        if not self._stepped.stops:
            self.data_received(b"q")

    def _show(self) -> None:
        callback, loop = self._stepped.lines()
        lines = [] if self._stepped.ended.called else [*loop, *callback]
        print_lines("", self._stepped.head(), *lines)
        self.data_received(b"")  # the keys that waited
