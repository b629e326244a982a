"""The front door: one loop that waits for everything at once, and calls whom it concerns.

A line's way up, one room a step:

    Reactor.turn                      wait, and call whoever is ready
      StreamTransport.on_readable     read what is there               core/stream.py
        LineReceiver.data_received    cut it into lines                core/lines.py
          line_received               your code

and its way down: `transport.write` gathers, and `flush` sends it, once the handler returns or the turn
ends. It all happens in one thread, one handler after another. So no handler is ever interrupted by another
one, and a handler that does not return keeps everybody waiting.
"""

import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import nullcontext
from enum import Enum
from functools import partial
from typing import TypeVarTuple

from core.connector import Connector, resolve_tcp, resolve_unix
from core.datagram import DatagramPort, bind_udp
from core.errors import ConnectionAborted, ReactorAlreadyRunning, ReactorNotRunning
from core.interfaces import READ, WRITE, Closable, Descriptor, ReactorCore
from core.listener import BACKLOG, Port, bind_tcp, bind_unix
from core.pollers import Events, Poller, best_poller
from core.protocol import ClientFactory, DatagramProtocol, Factory
from core.signals import stop_signals
from core.timers import DelayedCall, DelayedCalls
from core.waker import Waker

Arguments = TypeVarTuple("Arguments")
log = logging.getLogger(__name__)

PHASES = ("before", "during", "after")
LONGEST_WAIT = 3600.0
GRACE = 5.0
"""Seconds that the connections have to send what they owe, once the reactor was told to stop."""


class State(Enum):
    """Where a reactor is; it may go round more than once."""

    IDLE = "idle"
    RUNNING = "running"
    STOPPING = "stopping"


class Reactor(ReactorCore):
    """Turns on a poller: epoll where there is one. `turns` counts, `turned_at` is when the last began."""

    def __init__(self, poller: Poller | None = None) -> None:
        self.turns = 0
        self.turned_at = self.seconds()
        self.state = State.IDLE
        self._poller = poller or best_poller()
        self._descriptors: dict[int, Descriptor] = {}
        self._calls = DelayedCalls(self.seconds, self._on_earlier_call)
        self._soon: list[Callable[[], object]] = []
        self._from_threads: deque[Callable[[], object]] = deque()
        self._turn_end: list[Callable[[], object]] = []
        self._closing: list[Closable] = []
        self._triggers: dict[tuple[str, str], list[Callable[[], object]]] = {}
        self._waker = Waker(self)

    # --- one turn

    def turn(self) -> None:
        """Wait until something is ready or due, and see to all of it."""
        calls = self._take_soon()
        self.deliver(self._poller.poll(0 if calls else self._patience()))
        self.finish_turn(calls)

    def deliver(self, events: Events) -> None:
        """Call each descriptor that is ready. What a handler raises ends its connection, and nothing else."""
        self.turns += 1
        self.turned_at = self.seconds()
        descriptors = self._descriptors
        for number, event in events:
            descriptor = descriptors.get(number)
            if descriptor is None:  # closed by an earlier event of this turn
                continue
            try:
                if event & ~WRITE:
                    descriptor.on_readable()
                if event & ~READ and number in descriptors:
                    descriptor.on_writable()
            except Exception as error:
                log.exception("a handler failed")
                descriptor.on_error(error)

    def finish_turn(self, calls: list[Callable[[], object]]) -> None:
        """Make the calls asked for in the last turn and those that are due; send; close."""
        for call in calls:
            self._run(call)
        mark = self._calls.mark()
        while (due := self._calls.pop_due(mark)) is not None:
            self._run(due.run)
        for call in self._turn_end:  # it grows meanwhile: what is sent here may be written here
            self._run(call)
        self._turn_end.clear()
        for closable in self._closing:
            closable.close()
        self._closing.clear()

    def _run(self, call: Callable[[], object]) -> None:
        try:
            call()
        except Exception:
            log.exception("a call failed")

    def _take_soon(self) -> list[Callable[[], object]]:
        calls, self._soon = self._soon, []
        while self._from_threads:
            calls.append(self._from_threads.popleft())
        return calls

    def _patience(self) -> float:
        """How long the poller may wait, in seconds."""
        due = self._calls.next_time()
        return LONGEST_WAIT if due is None else min(LONGEST_WAIT, max(0.0, due - self.seconds()))

    # --- what may be asked of it

    def seconds(self) -> float:
        """The time in seconds, on a clock that never goes back."""
        return time.monotonic()

    def call_later(self, delay: float, f: Callable[[*Arguments], object], *args: *Arguments) -> DelayedCall:
        """Call `f(*args)` in `delay` seconds, on a later turn. ValueError if negative or NaN."""
        return self._calls.call_later(delay, f, *args)

    def call_soon(self, f: Callable[[*Arguments], object], *args: *Arguments) -> None:
        """Call `f(*args)` on the next turn."""
        self._soon.append(partial(f, *args))

    def call_from_thread(self, f: Callable[[*Arguments], object], *args: *Arguments) -> None:
        """As `call_soon`, from any thread or signal handler: wakes the loop if it sleeps."""
        self._from_threads.append(partial(f, *args))
        self._waker.wake()

    def call_at_turn_end(self, f: Callable[[], object]) -> None:
        """Call `f()` when this turn's handlers have all run."""
        self._turn_end.append(f)

    def close_at_turn_end(self, closable: Closable) -> None:
        """Close it when no event of this turn can meet its number any more."""
        self._closing.append(closable)

    def watch(self, descriptor: Descriptor, reading: bool, writing: bool) -> None:
        """Have these events delivered. The kernel is told only of what changes."""
        wanted = (READ if reading else 0) | (WRITE if writing else 0)
        number = descriptor.fileno()
        if wanted != descriptor.watched:
            self._poller.set(number, descriptor.watched, wanted)
            descriptor.watched = wanted
        self._descriptors[number] = descriptor

    def forget(self, descriptor: Descriptor) -> None:
        """Deliver nothing more to it."""
        number = descriptor.fileno()
        if self._descriptors.get(number) is descriptor:
            if descriptor.watched:
                self._poller.set(number, descriptor.watched, 0)
                descriptor.watched = 0
            del self._descriptors[number]

    def _on_earlier_call(self) -> None:
        """A call is due sooner than any before. Our own loop looks anyhow; a borrowed one has to be told."""

    # --- listen and connect

    def listen_tcp(
        self, port: int, factory: Factory, interface: str = "127.0.0.1", backlog: int = BACKLOG
    ) -> Port:
        """Serve `factory` on a TCP port; 0 takes a free one. CannotListenError."""
        return self._listen(Port(self, factory, partial(bind_tcp, interface, port, backlog)))

    def listen_unix(self, path: str, factory: Factory, backlog: int = BACKLOG) -> Port:
        """Serve `factory` at a path. CannotListenError."""
        return self._listen(Port(self, factory, partial(bind_unix, path, backlog)))

    def listen_udp(self, port: int, protocol: DatagramProtocol, interface: str = "127.0.0.1") -> DatagramPort:
        """Bind a UDP port for `protocol`; 0 takes a free one. CannotListenError."""
        datagram_port = DatagramPort(self, protocol, bind_udp(interface, port))
        datagram_port.start_listening()
        return datagram_port

    def connect_tcp(self, host: str, port: int, factory: ClientFactory, timeout: float = 30) -> Connector:
        """Connect to a host, by name or address; `factory` hears how it goes."""
        return self._connect(Connector(self, factory, partial(resolve_tcp, self, host, port), timeout))

    def connect_unix(self, path: str, factory: ClientFactory, timeout: float = 30) -> Connector:
        """Connect to whoever listens at a path."""
        return self._connect(Connector(self, factory, partial(resolve_unix, path), timeout))

    def _listen(self, port: Port) -> Port:
        port.start_listening()
        return port

    def _connect(self, connector: Connector) -> Connector:
        connector.connect()
        return connector

    # --- the whole run

    def add_system_event_trigger(
        self, phase: str, event: str, f: Callable[[*Arguments], object], *args: *Arguments
    ) -> None:
        """Call `f(*args)` `before`, `during` or `after` the `startup` or `shutdown` of the next run."""
        if phase not in PHASES or event not in ("startup", "shutdown"):
            raise ValueError(f"no such trigger: {phase} {event}")
        self._triggers.setdefault((phase, event), []).append(partial(f, *args))

    def call_when_running(self, f: Callable[[*Arguments], object], *args: *Arguments) -> None:
        """Call `f(*args)` now if the reactor runs, otherwise as soon as it does."""
        if self.state is State.RUNNING:
            f(*args)
        else:
            self.add_system_event_trigger("after", "startup", f, *args)

    def run(self, install_signal_handlers: bool = True) -> None:
        """Turn until `stop()`, then close everything in good order. ReactorAlreadyRunning.

        With `install_signal_handlers` Ctrl-C and SIGTERM call `stop()`; a second one ends the process.
        """
        if self.state is not State.IDLE:
            raise ReactorAlreadyRunning(f"the reactor is {self.state.value}")
        self.state = State.RUNNING
        signals = stop_signals(self._stop_if_running, self._waker.signal_fileno())
        with signals if install_signal_handlers else nullcontext():
            try:
                self._fire("startup")
                self._turn_while(lambda: self.state is State.RUNNING)
                if self.state is State.STOPPING:
                    self._wind_down()
            finally:
                self.state = State.IDLE

    def stop(self) -> None:
        """End `run()` once everything written is sent and closed. ReactorNotRunning."""
        if self.state is not State.RUNNING:
            raise ReactorNotRunning(f"the reactor is {self.state.value}")
        self.state = State.STOPPING

    def crash(self) -> None:
        """End `run()` after this turn, and leave everything as it is."""
        self.state = State.IDLE

    def close(self) -> None:
        """Give back what the reactor itself holds; it cannot be used any more."""
        self.forget(self._waker)
        self._waker.close()
        self._poller.close()

    def _stop_if_running(self) -> None:
        if self.state is State.RUNNING:
            self.call_from_thread(self.stop)

    def _turn_while(self, condition: Callable[[], bool]) -> None:
        while condition():
            self.turn()

    def _fire(self, event: str) -> None:
        for phase in PHASES:
            for call in self._triggers.pop((phase, event), []):
                self._run(call)

    def _wind_down(self) -> None:
        """Accept no more, send what is owed and close; what has not ended within GRACE is cut off."""
        self._fire("shutdown")
        for descriptor in self._others():
            descriptor.shut_down()
        cut_off = self.call_later(GRACE, self.crash)
        self._turn_while(lambda: self.state is State.STOPPING and bool(self._others() or self._soon))
        if cut_off.active():
            cut_off.cancel()
        self.clear()

    def clear(self) -> None:
        """Cut off whatever is still open, and tell it so."""
        for descriptor in self._others():
            descriptor.shut_down()
            descriptor.on_error(ConnectionAborted("the reactor has stopped"))
        while self._soon or self._closing:
            self.finish_turn(self._take_soon())

    def _others(self) -> list[Descriptor]:
        """All descriptors but the reactor's own."""
        return [each for each in self._descriptors.values() if each is not self._waker]
