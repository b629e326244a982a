"""A reactor that stops before each callback, and describes the callback and its own state.

The loop takes the ready descriptors and the calls that are due from an iterable, one after another. Here both
are generators that stop before they yield the next one, so all the rest is the loop of core/engine/loop.py.
The handlers of a protocol and the steps of a Deferred are called further in: `sys.setprofile` finds them.

Time stands still during a stop: `seconds()` leaves it out, so no deadline passes while a class looks.
"""

import linecache
import select
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from logging import Logger, LogRecord
from reprlib import repr as short_repr
from textwrap import dedent
from threading import get_ident
from types import CodeType, CoroutineType, FrameType
from typing import TypeAlias

from core.deferred import Chain
from core.engine.pollers import Events, Poller
from core.interfaces import HANG_UP, READ, WRITE, Descriptor, Transport
from core.mistakes.table import name_of, place_of
from core.protocols.lines import LineReceiver
from core.protocols.protocol import ClientFactory, DatagramProtocol, Factory, Protocol
from core.reactor import Reactor, RunState
from core.transports.stream import StreamTransport
from tutorials.course.report import literal
from tutorials.stepper.wire import Control, State

OWNERS = (Protocol, Factory, DatagramProtocol)
HANDLERS = {name for owner in (*OWNERS, LineReceiver, ClientFactory) for name in owner._handlers}
KIND_OF = {"connection_made": "accepted", "line_received": "line", "connection_lost": "lost"}
KIND_OF |= dict.fromkeys(("data_received", "raw_data_received", "datagram_received"), "data")

READY, SOON, DUE, TURN_END = "ready descriptors", "call_soon", "call_later", "end of the turn"
SHOWN_BYTES, SHOWN_LINES = 32, 7  # lines of the source, beside the first one of the function
MOST = 50  # descriptors and calls that are described: a server can have thousands

Coroutine: TypeAlias = "CoroutineType[object, object, object]"


class SteppingReactor(Reactor):
    """A Reactor that asks `control` before each callback whether to stop, and waits there for a command."""

    control: Control

    def __init__(self, poller: Poller | None = None) -> None:
        self._left_out = 0.0  # seconds that it was stopped
        self._stopped_at: float | None = None
        self._turn, self._phase = 0, ""
        self._phases: Iterator[str] = iter(())  # of the lists of calls that follow in this turn
        self._rest: list[Callable[[], object]] = []  # the calls that follow in this phase
        self._ready: dict[int, int] = {}
        super().__init__(poller)
        self._began = self.seconds()

    def seconds(self) -> float:
        return (self._stopped_at or time.monotonic()) - self._left_out

    def run(self, install_signal_handlers: bool = True) -> None:
        self.control.on_quit = partial(self.call_from_thread, self.stop_if_running)
        if self.control.has_quit:
            self.control.on_quit()
        sys.setprofile(self._on_profile)
        try:
            super().run(install_signal_handlers)
        finally:
            sys.setprofile(None)

    # --- before each callback of the loop

    def turn(self) -> None:
        """As the loop's own, but it sends a state before it waits."""
        self._turn += 1
        events = list(self._poller.poll(0))
        is_idle = not (events or self._soon or self._turn_end or self._closing)
        if is_idle and (timeout := self._until_next_call()):
            self._phase = "waiting for events"
            self._freeze(lambda: self.control.send(self._state("", [])))
            events = list(self._poller.poll(timeout))
        self.deliver(events)
        self.finish_turn()

    def deliver(self, events: Events) -> None:
        self._phase, self._ready = READY, dict(events)
        super().deliver(self._stepped_events())

    def _stepped_events(self) -> Iterator[tuple[int, int]]:
        """The events, each for reading only or for writing only."""
        for number, event in list(self._ready.items()):
            for mask, other, name in ((READ, WRITE, "on_readable"), (WRITE, READ, "on_writable")):
                descriptor = self._descriptors.get(number)
                if descriptor is not None and event & ~other:
                    self._before(partial(describe, getattr(descriptor, name)))
                    yield number, mask
            del self._ready[number]

    def finish_turn(self) -> None:
        self._phases = iter([SOON, DUE, TURN_END])  # the order in which the loop runs them
        super().finish_turn()

    def _run_calls(self, calls: Iterable[Callable[[], object]]) -> None:
        self._phase = next(self._phases, "stop" if self.state is RunState.STOPPING else "start")
        super()._run_calls(self._stepped_calls(calls))

    def _stepped_calls(self, calls: Iterable[Callable[[], object]]) -> Iterator[Callable[[], object]]:
        for number, call in enumerate(calls):
            self._rest = calls[number + 1 :] if isinstance(calls, list) else []
            self._before(partial(describe, call), "timer" if self._phase == DUE else "")
            yield call

    # --- before each callback further in

    def _on_profile(self, frame: FrameType, event: str, argument: object) -> None:
        """Python calls this at each call and each return. At a call the arguments are set."""
        code = frame.f_code
        if event != "call":
            return
        if code is Chain._call.__code__ and (step := step_in(frame)) is not None:
            self._before(partial(describe, step))
        elif code.co_name in HANDLERS and is_handler(frame):
            arguments = list(frame.f_locals.items())[: code.co_argcount]
            self._before(partial(describe_code, code, arguments), KIND_OF.get(code.co_name, ""))
        elif code is Logger.handle.__code__:
            self._before(partial(describe_record, frame.f_locals["record"]), "log")

    # --- a stop

    def _before(self, describe: Callable[[], list[str]], kind: str = "") -> None:
        """Stop before a callback, unless the last command says to go on."""
        if get_ident() == self._thread and self.control.stops_at(self._turn, kind):
            self._freeze(lambda: self.control.stop(self._state(kind, describe())))

    def _freeze(self, wait: Callable[[], None]) -> None:
        """Call `wait`, and leave the time that it takes out of `seconds()`."""
        began = self._stopped_at = time.monotonic()
        wait()
        self._left_out += time.monotonic() - began
        self._stopped_at = None

    def _state(self, kind: str, callback: list[str]) -> State:
        now = self.seconds()
        descriptors = list(self._descriptors.values())[:MOST]
        lines = ["fd   waits for ready for whose"]
        lines += [row for each in descriptors for row in rows_of(each, self._ready.get(each.fileno(), 0))]
        timers = [f"{call.time - now:12.3f} s  {name_call(call.function)}" for call in self._calls.pending()]
        lines += ["timers, due in", *timers[:MOST]] * bool(timers)
        scheduled = self._scheduled()[:MOST]
        lines += ["scheduled calls, due", *scheduled] * bool(scheduled)
        return State(self._turn, self._phase, now - self._began, kind, callback, lines)

    def _scheduled(self) -> list[str]:
        """The calls that follow in this phase, those of call_soon, and those at the end of this turn."""
        soon = "this turn" if self._phase == READY else "next turn"
        at_end = [] if self._phase == TURN_END else self._turn_end  # otherwise they are in `_rest`
        calls = [("now", call) for call in self._rest]
        calls += [(soon, call) for call in (*self._soon, *self._from_threads)]
        calls += [("turn's end", call) for call in (*at_end, *[each.close for each in self._closing])]
        return [f"{when:>14}  {name_call(call)}" for when, call in calls]


# --- callbacks as lines


def describe(call: Callable[..., object]) -> list[str]:
    """A call that is about to be made."""
    f, arguments = unwrap(call)
    code, owner = getattr(f, "__code__", None), getattr(f, "__self__", None)
    if not isinstance(code, CodeType):
        return [name_call(call)]
    if is_step_of_coroutine(f) and isinstance(arguments[1], CoroutineType):
        frame = frame_of(arguments[1])
        if arguments[1].cr_await is None:  # it has not begun
            return describe_code(frame.f_code, list(frame.f_locals.items()))
        name = "the await raises" if isinstance(arguments[0], Exception) else "the await returns"
        return describe_code(frame.f_code, [(name, arguments[0])], frame.f_lineno)
    values = arguments if owner is None else (owner, *arguments)
    names = [*code.co_varnames[: code.co_argcount], *["*"] * len(values)]
    return describe_code(code, zip(names, values, strict=False))


def describe_record(record: LogRecord) -> list[str]:
    """A log record that is about to be written."""
    place = f"{record.filename}:{record.lineno}"
    return [f"log record, level {record.levelname}  {place}", f"    {record.getMessage()}"]


def describe_code(code: CodeType, values: Iterable[tuple[str, object]], at: int = 0) -> list[str]:
    """The name, the place, the arguments and the source. `at` is the line at which a coroutine goes on.

    The source is the first line of the function, and those after its docstring, or around the line `at`.
    """
    first = code.co_firstlineno
    lines = [line for *_, line in code.co_lines() if line and line > first] or [first]
    begin = max(at - 3, first + 1) if at else min(lines)
    numbers = {first: "", **dict.fromkeys(range(begin, min(begin + SHOWN_LINES, max(lines) + 1)), "")}
    numbers[at or begin] = ">"
    text = dedent("".join([linecache.getline(code.co_filename, number) for number in numbers])).splitlines()
    source = [f"{mark:1}{n:5}  {line}" for (n, mark), line in zip(numbers.items(), text, strict=False)]
    head = f"{code.co_qualname}  {place_of(code, at or first).partition(',')[0]}"
    return [head, *[f"    {name} = {value_of(value)}" for name, value in values], *source]


def unwrap(call: object) -> tuple[object, tuple[object, ...]]:
    """The function and the arguments of a call. `call_later` and `call_soon` keep both in a partial."""
    return (call.func, call.args) if isinstance(call, partial) else (call, ())


def name_call(call: object) -> str:
    """A call in one line: the function, its arguments, whose it is, and the coroutine that then goes on."""
    f, arguments = unwrap(call)
    owner = getattr(f, "__self__", None)
    text = f"{name_of(f)}({', '.join([value_of(each) for each in arguments])})"
    if isinstance(owner, Descriptor | Protocol):
        text += f" for {owner_of(owner).removeprefix(f'{name_of(owner)} of ')}"
    if isinstance(owner, Chain) and isinstance(coroutine := coroutine_behind(owner), CoroutineType):
        frame = frame_of(coroutine)
        text += f", then {place_of(frame.f_code, frame.f_lineno)} goes on"
    return text


# --- coroutines, steps and handlers


def is_step_of_coroutine(f: object) -> bool:
    """Whether `f` is the step of a chain that lets a coroutine go on."""
    return getattr(f, "__func__", None) is Chain._drive


def coroutine_behind(chain: Chain) -> object:
    """The coroutine that awaits `chain`, if one of its steps leads to one."""
    for step in chain._steps:
        if isinstance(step, Chain):
            return coroutine_behind(step)
        if is_step_of_coroutine(step[0]):
            return step[2][0]
    return None


def frame_of(coroutine: Coroutine) -> FrameType:
    """Where a suspended coroutine goes on, which may be in another one that it awaits."""
    while isinstance(coroutine.cr_await, CoroutineType):
        coroutine = coroutine.cr_await
    assert coroutine.cr_frame is not None  # it has not ended
    return coroutine.cr_frame


def step_in(frame: FrameType) -> Callable[..., object] | None:
    """The step that a call of `Chain._call` is about to make; None if it only passes the result on."""
    variables = frame.f_locals
    result = variables["self"]._result
    f = variables["errback" if isinstance(result, Exception) else "callback"]
    return None if f is None else partial(f, result, *variables["args"])


def is_handler(frame: FrameType) -> bool:
    """Whether the core calls this handler, and not an override of it by super()."""
    owner, caller, name = frame.f_locals.get("self"), frame.f_back, frame.f_code.co_name
    is_super = caller and caller.f_code.co_name == name and caller.f_locals.get("self") is owner
    return isinstance(owner, OWNERS) and not is_super


# --- values and descriptors as text


def value_of(value: object) -> str:
    """A value in short: the first bytes of many, or whose a connection is."""
    if isinstance(value, bytes):
        return literal(value[:SHOWN_BYTES]) + "..." * (len(value) > SHOWN_BYTES)
    is_plain = type(value).__repr__ is object.__repr__ or isinstance(value, Descriptor | Protocol)
    return owner_of(value) if is_plain else short_repr(value)


def owner_of(thing: object) -> str:
    """Whose `thing` is: the protocol, the peer and the user of a connection; otherwise its own name."""
    protocol = getattr(thing, "protocol", thing)
    if isinstance(protocol, Protocol) and isinstance(protocol.transport, Transport):
        user = protocol.session.user if protocol.session else ""
        return f"{name_of(protocol)} of {protocol.transport.peer} {user}".rstrip()
    has_text = isinstance(thing, Descriptor) and type(thing).__repr__ is not object.__repr__
    return repr(thing).strip("<>") if has_text else name_of(thing)


def rows_of(descriptor: Descriptor, ready: int) -> list[str]:
    """The events that a descriptor waits for and those that are there, its owner, and the bytes that wait."""
    number, sock = descriptor.fileno(), getattr(descriptor, "socket", getattr(descriptor, "_socket", None))
    rows = [f" {number:<3} {events_of(descriptor.watched):9} {events_of(ready):9} {owner_of(descriptor)}"]
    if isinstance(sock, socket.socket) and (received := received_by(sock)):
        rows.append(f"      in   {received}")
    if isinstance(descriptor, StreamTransport) and descriptor.waiting:
        pending = b"".join([descriptor._unsent, *descriptor._pending])
        rows.append(f"      out  {len(pending)} bytes {value_of(pending)}")
    return rows


def events_of(mask: int) -> str:
    """The events in a mask. An error or a hang-up counts as both, as in `Loop.deliver`."""
    if mask == HANG_UP:
        return "hang-up"
    return " ".join(["read"] * bool(mask & ~WRITE) + ["write"] * bool(mask & ~READ)) or "-"


def received_by(sock: socket.socket) -> str:
    """The bytes that the kernel has for a socket. To peek at an error would consume it."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    if dict(poll.poll(0)).get(sock.fileno(), 0) & (select.POLLIN | select.POLLERR) != select.POLLIN:
        return ""
    try:
        data = sock.recv(1 << 20, socket.MSG_PEEK)
    except OSError:  # of a listening socket
        return ""
    return f"{len(data)} bytes {value_of(data)}" if data else "end of stream"
