"""The reactor: one object that listens, connects, runs and stops, on the event loop of core/engine/loop.py.

The way of a line in to your code, one stack frame for each step:

    Loop.turn                           wait until a socket is ready     core/engine/loop.py
      Loop.deliver                      find its object, and call it     core/engine/loop.py
        StreamTransport.on_readable     read the bytes                   core/transports/stream.py
          LineReceiver.data_received    split them into lines            core/protocols/lines.py
            line_received               your code

The way of the answer out: `transport.write` gathers it, and `flush` sends it when the handler returns or the
turn ends. A program may make several reactors, and may run one again after it has stopped.
"""

import atexit
import logging
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from enum import Enum
from functools import partial
from threading import get_ident
from typing import NoReturn, TypeVar, TypeVarTuple

from core.deferred import Deferred, DeferredList
from core.engine.loop import Loop
from core.engine.pollers import Poller
from core.engine.signals import stop_signals
from core.engine.watchdog import Watchdog
from core.errors import ConnectionAborted, ReactorAlreadyRunning, ReactorNotRunning
from core.interfaces import Address, Descriptor, TLSContext, UnixAddress
from core.mistakes.checks import check_awaitable, check_callable, check_object, check_port, check_ran
from core.mistakes.hints import log_failure
from core.mistakes.table import Mistake
from core.protocols.protocol import ClientFactory, DatagramProtocol, Factory, ReactorTCP
from core.timers import cancel_if_active
from core.transports.connector import Connector, tcp_address
from core.transports.datagram import DatagramPort, bind_udp
from core.transports.listener import BACKLOG, Port, bind_tcp, bind_unix
from core.transports.sockets import adopt

AnyPort = TypeVar("AnyPort", Port, DatagramPort)
Arguments = TypeVarTuple("Arguments")
log = logging.getLogger(__name__)

EVENTS = ("startup", "shutdown")
PHASES = ("before", "during", "after")
GRACE = 5.0
"""Seconds that connections have to send their pending data, after `stop()`."""

MAX_CLEAR_ROUNDS = 10
"""`clear` gives up after this many rounds: a program may open a new connection for each lost one."""


Trigger = tuple[str, str, Callable[[], object]]


class RunState(Enum):
    """The state of a reactor.

    IDLE → RUNNING       run
    RUNNING → STOPPING   stop
    any → IDLE           crash; the end of run
    """

    IDLE = "idle"
    RUNNING = "running"
    STOPPING = "stopping"


class Reactor(Loop, ReactorTCP):
    """The event loop, with ports and connectors, and an orderly shutdown. A timer:

    from core import Reactor

    reactor = Reactor()
    reactor.call_later(0.5, print, "half a second later")
    reactor.call_later(1, reactor.stop)
    reactor.run()
    """

    stall_limit = 0.5
    """Seconds after which the watchdog reports a handler that has not returned."""

    def __init__(self, poller: Poller | None = None) -> None:
        super().__init__(poller)
        self.on_stall: Callable[[str], object] | None = None  # called in the watchdog's thread
        self.state = RunState.IDLE
        self._triggers: dict[tuple[str, str], list[Trigger]] = {(p, e): [] for p in PHASES for e in EVENTS}
        self._unserved: list[Port | DatagramPort | Connector] = []  # opened before the first turn

    # --- listen and connect

    def listen_tcp(
        self, port: int, factory: Factory, interface: str = "127.0.0.1", backlog: int = BACKLOG
    ) -> Port:
        """Listen on a TCP port for `factory`; 0 chooses a free port. Raises CannotListenError."""
        check_port("listen_tcp", port)
        check_object("listen_tcp", factory, Factory)
        return self._listen(Port(self, factory, partial(bind_tcp, interface, port, backlog)))

    def listen_unix(self, path: str, factory: Factory, backlog: int = BACKLOG) -> Port:
        """Listen on a Unix socket for `factory`. Raises CannotListenError."""
        check_object("listen_unix", factory, Factory)
        return self._listen(Port(self, factory, partial(bind_unix, path, backlog)))

    def listen_udp(self, port: int, protocol: DatagramProtocol, interface: str = "127.0.0.1") -> DatagramPort:
        """Bind a UDP port for `protocol`; 0 chooses a free port. Raises CannotListenError."""
        check_port("listen_udp", port)
        check_object("listen_udp", protocol, DatagramProtocol)
        return self._listen(DatagramPort(self, protocol, bind_udp(interface, port)))

    def adopt_stream_port(self, descriptor: int, factory: Factory) -> Port:
        """Listen on the socket that this process was given as `descriptor`. Raises CannotListenError."""
        check_object("adopt_stream_port", factory, Factory)
        port = self._listen(Port(self, factory, partial(adopt, descriptor, socket.SOCK_STREAM)))
        port.path = None  # the file belongs to the process that has made it
        return port

    def adopt_datagram_port(self, descriptor: int, protocol: DatagramProtocol) -> DatagramPort:
        """As `adopt_stream_port`, for a UDP socket."""
        check_object("adopt_datagram_port", protocol, DatagramProtocol)
        return self._listen(DatagramPort(self, protocol, adopt(descriptor, socket.SOCK_DGRAM)))

    def connect_tcp(self, host: str, port: int, factory: ClientFactory, timeout: float = 30) -> Connector:
        """Connect to a host, by name or address. `factory` is notified of success and failure."""
        check_object("connect_tcp", factory, ClientFactory)
        return self._connect(tcp_address("connect_tcp", host, port), factory, timeout)

    def listen_tls(
        self,
        port: int,
        factory: Factory,
        context: TLSContext,
        interface: str = "127.0.0.1",
        backlog: int = BACKLOG,
    ) -> Port:
        """As `listen_tcp`, with TLS. `context` is an `ssl.SSLContext` with a certificate and its key."""
        from core.transports.tls import TLSFactory  # which imports ssl

        check_port("listen_tls", port)
        check_object("listen_tls", factory, Factory)
        secure = TLSFactory(self, factory, context)
        return self._listen(Port(self, secure, partial(bind_tcp, interface, port, backlog, "tls"), "tls"))

    def connect_tls(
        self,
        host: str,
        port: int,
        factory: ClientFactory,
        context: TLSContext | None = None,
        timeout: float = 30,
    ) -> Connector:
        """As `connect_tcp`, with TLS. Without a `context` the system's authorities are trusted.

        The protocol is built when the handshake is complete. If that fails, the attempt has failed: TLSError.
        """
        from core.transports.tls import TLSClientFactory  # which imports ssl

        check_object("connect_tls", factory, ClientFactory)
        destination = tcp_address("connect_tls", host, port, "tls")
        return self._connect(destination, TLSClientFactory(self, factory, context, host), timeout)

    def connect_unix(self, path: str, factory: ClientFactory, timeout: float = 30) -> Connector:
        """Connect to the Unix socket at `path`."""
        check_object("connect_unix", factory, ClientFactory)
        return self._connect(UnixAddress(path), factory, timeout)

    def _listen(self, port: AnyPort) -> AnyPort:
        port.start_listening()
        self._expect_run(port)
        return port

    def _connect(self, destination: Address, factory: ClientFactory, timeout: float) -> Connector:
        connector = Connector(self, factory, destination, timeout)
        connector.connect()
        self._expect_run(connector)
        return connector

    def _expect_run(self, opened: Port | DatagramPort | Connector) -> None:
        """At exit, warn if the reactor has not turned and `opened` is still open."""
        if not self.turns:
            if not self._unserved:
                atexit.register(self._on_exit)
            self._unserved.append(opened)

    def _on_exit(self) -> None:
        opened = [repr(each) for each in self._unserved if each.is_open()]
        if opened and not self.turns and not hasattr(sys, "last_value"):  # which an uncaught exception sets
            log.warning("%s", Mistake.NEVER_RUN.sentence(what=" and ".join(opened)))

    # --- the whole run

    def add_system_event_trigger(
        self, phase: str, event: str, f: Callable[[*Arguments], object], *args: *Arguments
    ) -> Trigger:
        """Call `f(*args)` `before`, `during` or `after` the `startup` or `shutdown` of the next run.

        If a trigger of the phase `before` returns a Deferred, the phase `during` begins when it has a result.
        Connections are closed between `during` and `after` the shutdown. The return value is for
        `remove_system_event_trigger`. Raises ValueError for an unknown phase or event.
        """
        if phase not in PHASES or event not in EVENTS:
            raise ValueError(f"no such trigger: {phase} {event}")
        check_callable("add_system_event_trigger", f)
        trigger = (phase, event, partial(f, *args))
        self._triggers[phase, event].append(trigger)
        return trigger

    def remove_system_event_trigger(self, trigger: Trigger) -> None:
        """Undo `add_system_event_trigger`. Raises ValueError if it was called or removed before."""
        phase, event, _ = trigger
        if trigger not in self._triggers[phase, event]:
            raise ValueError("this trigger was called or removed before")
        self._triggers[phase, event].remove(trigger)

    def call_when_running(self, f: Callable[[*Arguments], object], *args: *Arguments) -> None:
        """Call `f(*args)` now if the reactor runs, otherwise as soon as it does."""
        check_callable("call_when_running", f)
        if self._runs():
            check_ran(log, f(*args))
        else:
            self.add_system_event_trigger("after", "startup", f, *args)

    def _runs(self) -> bool:
        return self.state is RunState.RUNNING

    def run(self, install_signal_handlers: bool = True) -> None:
        """Run the loop until `stop()`, then close all connections. Raises ReactorAlreadyRunning.

        With `install_signal_handlers` Ctrl-C and SIGTERM call `stop()`; a second one ends the process.
        """
        if self.state is not RunState.IDLE:
            raise ReactorAlreadyRunning(f"the reactor is {self.state.value}")
        self.state, self._thread = RunState.RUNNING, get_ident()
        atexit.unregister(self._on_exit)
        self._unserved.clear()
        watchdog = Watchdog(self)
        stop = partial(self.call_from_thread, self.stop_if_running)
        signals = stop_signals(stop, self._waker.signal_fileno())
        with signals if install_signal_handlers else nullcontext():
            try:
                for phase in PHASES:
                    self._fire(phase, "startup")
                self._turn_while(lambda: self.state is RunState.RUNNING)
                if self.state is RunState.STOPPING:
                    self._wind_down()
            finally:
                self.state, self.stopping, self._thread = RunState.IDLE, False, 0
                watchdog.stop()

    def stop(self) -> None:
        """End `run()`, after sending the pending data and closing everything. Raises ReactorNotRunning."""
        self.check_thread()
        if self.state is not RunState.RUNNING:
            is_idle = self.state is RunState.IDLE
            raise ReactorNotRunning(Mistake.NOT_RUNNING.sentence() if is_idle else "the reactor is stopping")
        self.state, self.stopping = RunState.STOPPING, True
        self._schedule_turn()

    def crash(self) -> None:
        """End `run()` after this turn, and close nothing."""
        self.state = RunState.IDLE
        self._schedule_turn()

    def stop_if_running(self) -> None:
        """As `stop`, but does nothing if the reactor is stopping already, or does not run."""
        if self.state is RunState.RUNNING:
            self.stop()

    def _turn_while(self, condition: Callable[[], bool]) -> None:
        while condition():
            self.turn()

    def _fire(self, phase: str, event: str) -> None:
        triggers, state = self._triggers[phase, event], self.state
        results: list[object] = []

        def call_next() -> None:
            results.append(triggers.pop(0)[2]())
            check_ran(log, results[-1])

        self._begin_turn()  # for the watchdog
        while triggers:  # a trigger can add or remove others
            self._run_calls([call_next])
        self.sleeping = True
        if phase == "before":
            waiting = DeferredList(each for each in results if isinstance(each, Deferred))
            self._turn_while(lambda: self.state is state and not waiting.called)

    def _wind_down(self) -> None:
        """Stop accepting, send the pending data, and close. Abort what is still open after GRACE seconds."""
        self._fire("before", "shutdown")
        self._fire("during", "shutdown")
        self._run_calls([descriptor.shut_down for descriptor in self._others()])
        deadline = self.call_later(GRACE, self.crash)
        self._turn_while(lambda: self.state is RunState.STOPPING and self._is_busy())
        cancel_if_active(deadline)
        self.clear()
        self._fire("after", "shutdown")

    def clear(self) -> None:
        """Abort everything that is still open, with ConnectionAborted as the reason."""
        for _ in range(MAX_CLEAR_ROUNDS):
            for descriptor in self._others():
                aborted = partial(descriptor.on_error, ConnectionAborted("the reactor has stopped"))
                self._run_calls([descriptor.shut_down, aborted])
            self.finish_turn()
            if not self._is_busy():
                break

    def close(self) -> None:
        """Close the reactor's own descriptors. It cannot be used any more."""
        atexit.unregister(self._on_exit)
        super().close()

    def _is_busy(self) -> bool:
        return len(self._descriptors) > 1 or bool(self._soon)  # one is the waker

    def _others(self) -> list[Descriptor]:
        """All descriptors except the reactor's own."""
        return [each for each in self._descriptors.values() if each is not self._waker]


def react(main: Callable[[Reactor, *Arguments], Awaitable[object]], *args: *Arguments) -> NoReturn:
    """Call `main(reactor, *args)`, run the reactor until its coroutine or Deferred has a result, and exit.

    The exit status is 0, or 1 after an error, which is logged. A SystemExit raised in `main` keeps its own.
    """
    reactor = Reactor()
    status: object = 0
    awaitable = main(reactor, *args)
    check_awaitable(main, awaitable)

    async def finish() -> None:
        nonlocal status
        try:
            await awaitable
        except SystemExit as exit:
            status = exit.code
        except Exception as error:
            log_failure(log, error, "main failed")
            status = 1
        reactor.call_when_running(reactor.stop_if_running)

    Deferred.from_coroutine(finish())
    reactor.run()
    raise SystemExit(status)
