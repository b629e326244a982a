"""Several processes with the same servers, for a machine with several processors.

The lesson: a reactor uses one processor. More of them need more processes, and these share no memory. So only
a server that keeps nothing between its connections can be divided. The first process accepts nothing: it
starts the workers, starts one again that has died, and stops them. It has no reactor, because a fork would
copy that, and no thread, because a fork would not.
"""

import logging
import os
import select
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from typing import NoReturn

from core.engine.signals import STOPPING, is_ignored, kill
from core.interfaces import Descriptor
from core.reactor import Reactor
from core.task import LoopingCall
from servers.hosting.shared_sockets import SharedSockets

log = logging.getLogger(__name__)

MOST_RESTARTS = 5
PER_SECONDS = 60.0
"""At most so many restarts in so many seconds; the next one waits."""

READY = b"!"
ALIVE = b"."


class WorkerState(Enum):
    """The state of a worker.

    STARTING → RUNNING           it serves
    STARTING, RUNNING → WAITING  it has died, and is started again later
    WAITING → STARTING           its time has come
    any → ENDED                  it has ended while all are being stopped, or before it was ready at first
    """

    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"
    ENDED = "ended"


class CrewState(Enum):
    """The state of a crew.

    STARTING → RUNNING             all workers serve
    STARTING, RUNNING → STOPPING   a stop signal; a worker that could not start
    """

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"


class Worker:
    """A worker as the first process sees it: its process, and this end of the connection with it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.state = WorkerState.WAITING
        self.pid = 0
        self.start_at = 0.0  # when it is to be started, while it waits
        self.heard_at = 0.0
        self.connection: socket.socket | None = None

    def disconnect(self) -> None:
        """Close this end of the connection. A worker that runs stops then."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Lifeline(Descriptor):
    """A worker's end of the connection: the worker stops when the first process closes it, or ends."""

    def __init__(self, reactor: Reactor, sock: socket.socket, alive_every: float) -> None:
        self._reactor = reactor
        self._socket = sock
        sock.setblocking(False)
        reactor.watch(self, True, False)
        self._send(READY)
        if alive_every:
            calls = LoopingCall(self._send, ALIVE)
            calls.clock = reactor
            calls.start(alive_every)

    def _send(self, data: bytes) -> None:
        with suppress(OSError):  # the other end has gone, which on_readable notices
            self._socket.send(data)

    def fileno(self) -> int:
        return self._socket.fileno()

    def on_readable(self) -> None:
        """Stop: the first process sends nothing, so this is the end of the stream."""
        self._reactor.stop_if_running()

    def on_error(self, error: Exception) -> None:
        self._reactor.stop_if_running()

    def shut_down(self) -> None:
        self._reactor.forget(self)


class Crew:
    """Runs `count` workers. `work(number, connection)` is what a worker does; it returns its exit status.

    `sockets` are paused when a worker is not started again at once, and resumed when it is. With
    `alive_every` a worker that does not turn for twice as many seconds is killed. The functions `on_…` can be
    set: `on_hang_up` is called after a SIGHUP, which the workers get too; `on_alive` in intervals.
    """

    def __init__(
        self,
        count: int,
        work: Callable[[int, socket.socket], int],
        sockets: SharedSockets,
        alive_every: float = 0.0,
    ) -> None:
        self.on_ready: Callable[[], object] = lambda: None
        self.on_stop: Callable[[], object] = lambda: None
        self.on_alive: Callable[[], object] = lambda: None
        self.on_hang_up: Callable[[], object] | None = None
        self._work = work
        self._sockets = sockets
        self._alive_every = alive_every
        self._workers = [Worker(number) for number in range(count)]
        self._restarts: deque[float] = deque(maxlen=MOST_RESTARTS)
        self._status = 0
        self._alive_at = 0.0
        self._state = CrewState.STARTING

    def run(self) -> int:
        """Run the workers until a signal stops them, or the first start of one fails. The exit status."""
        with self._signals() as events:
            for worker in self._workers:
                self._start(worker)
            while any(worker.state is not WorkerState.ENDED for worker in self._workers):
                self._wait(events)
        return self._status

    # --- events

    @contextmanager
    def _signals(self) -> Iterator[int]:
        """A descriptor from which the numbers of signals can be read, one byte each."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        numbers = [each for each in (*STOPPING, signal.SIGCHLD) if not is_ignored(each)]
        numbers += [signal.SIGHUP] if self.on_hang_up is not None else []
        before = {each: signal.signal(each, lambda number, frame: None) for each in numbers}
        wakeup_before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        try:
            yield reading
        finally:
            signal.set_wakeup_fd(wakeup_before)
            for each, handler in before.items():
                signal.signal(each, handler)
            os.close(reading)
            os.close(writing)

    def _wait(self, events: int) -> None:
        """Wait for the next event, and handle all that there are."""
        connections = {each.connection: each for each in self._workers if each.connection is not None}
        waited: list[int | socket.socket] = [events, *connections]
        ready, _, _ = select.select(waited, [], [], self._until_next())
        for each in ready:
            if isinstance(each, socket.socket):
                self._hear(connections[each])
        for number in os.read(events, 4096) if events in ready else b"":
            self._on_signal(number)
        self._reap()
        self._start_those_due()
        self._check_signs_of_life()

    def _until_next(self) -> float | None:
        """Seconds until something is due; None: nothing is."""
        now = time.monotonic()
        times = [each.start_at for each in self._workers if each.state is WorkerState.WAITING]
        times += [self._alive_at] if self._alive_every and self._state is CrewState.RUNNING else []
        return max(0.0, min(times) - now) if times else None

    def _on_signal(self, number: int) -> None:
        if number == signal.SIGHUP:
            if self.on_hang_up is not None:
                self.on_hang_up()
            self._send_all(signal.SIGHUP)
        elif number in STOPPING and self._state is CrewState.STOPPING:
            self._send_all(signal.SIGKILL)
            kill(number)
        elif number in STOPPING:
            self._stop()

    def _hear(self, worker: Worker) -> None:
        data = b""
        with suppress(OSError):  # the process was killed
            data = worker.connection.recv(4096) if worker.connection is not None else b""
        worker.heard_at = time.monotonic()
        if READY in data:
            worker.state = WorkerState.RUNNING
        elif not data:  # it is ending: SIGCHLD tells how
            worker.disconnect()
        if self._state is CrewState.STARTING and all(
            each.state is WorkerState.RUNNING for each in self._workers
        ):
            self._state = CrewState.RUNNING
            self.on_ready()

    def _check_signs_of_life(self) -> None:
        now = time.monotonic()
        if self._state is not CrewState.RUNNING or not self._alive_every or now < self._alive_at:
            return
        self._alive_at = now + self._alive_every
        self.on_alive()
        for worker in self._workers:
            if worker.state is WorkerState.RUNNING and now - worker.heard_at > 2 * self._alive_every:
                log.error("worker %d does not turn any more, and is killed", worker.number + 1)
                os.kill(worker.pid, signal.SIGKILL)

    # --- starts and ends

    def _start(self, worker: Worker) -> None:
        ours, theirs = socket.socketpair()
        worker.state, worker.heard_at = WorkerState.STARTING, time.monotonic()
        worker.pid = os.fork()
        if not worker.pid:
            ours.close()
            self._become(worker.number, theirs)
        theirs.close()
        worker.connection = ours
        log.info("worker %d is process %d", worker.number + 1, worker.pid)

    def _become(self, number: int, connection: socket.socket) -> NoReturn:
        """In the new process: do the work, and end."""
        signal.set_wakeup_fd(-1)
        for each in (*STOPPING, signal.SIGCHLD):
            signal.signal(each, signal.SIG_DFL)
        if self.on_hang_up is not None:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is a reactor
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all: the first process stops the others
        for worker in self._workers:
            worker.disconnect()
        os._exit(self._work(number, connection))

    def _reap(self) -> None:
        for worker in self._workers:
            if worker.state in (WorkerState.STARTING, WorkerState.RUNNING):
                pid, status = os.waitpid(worker.pid, os.WNOHANG)
                if pid:
                    worker.disconnect()
                    self._on_end(worker, os.waitstatus_to_exitcode(status))

    def _on_end(self, worker: Worker, status: int) -> None:
        if self._state is CrewState.RUNNING:
            self._schedule_restart(worker, status)
            return
        worker.state = WorkerState.ENDED
        if self._state is CrewState.STARTING:  # it has said why
            self._status = status if status > 0 else 128 - status
            self._stop()

    def _schedule_restart(self, worker: Worker, status: int) -> None:
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        now = time.monotonic()
        delay = 0.0
        if len(self._restarts) == MOST_RESTARTS:
            delay = max(0.0, self._restarts[0] + PER_SECONDS - now)
        worker.state, worker.start_at = WorkerState.WAITING, now + delay
        self._restarts.append(worker.start_at)
        if delay:
            self._sockets.pause(worker.number)
        when = f"in {delay:.0f} s, after {MOST_RESTARTS} restarts within a minute" if delay else "now"
        log.warning(
            "worker %d, process %d, has ended %s: it is started again %s",
            *(worker.number + 1, worker.pid, how, when),
        )

    def _start_those_due(self) -> None:
        for worker in self._workers:
            if worker.state is WorkerState.WAITING and worker.start_at <= time.monotonic():
                self._sockets.resume(worker.number)
                self._start(worker)

    def _stop(self) -> None:
        """Let all workers stop, which the end of their connection tells them."""
        self._state = CrewState.STOPPING
        self.on_stop()
        for worker in self._workers:
            worker.disconnect()
            if worker.state is WorkerState.WAITING:
                worker.state = WorkerState.ENDED

    def _send_all(self, number: int) -> None:
        for worker in self._workers:
            if worker.state in (WorkerState.STARTING, WorkerState.RUNNING):
                os.kill(worker.pid, number)
