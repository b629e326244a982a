"""A reactor on an asyncio event loop: asyncio's own, uvloop's, or that of a Textual program.

The asyncio loop watches one descriptor: the poller's own, which is readable when any watched descriptor is
ready. So the poller handles errors and hang-ups (uvloop would stop watching a socket that has one), and
everything from `deliver` to `line_received` is the same code.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVarTuple

from core.errors import ReactorAlreadyRunning
from core.interfaces import Closable
from core.reactor import Reactor, RunState

Arguments = TypeVarTuple("Arguments")


POLL_INTERVAL = 0.02
"""Seconds between two polls, where the poller has no descriptor that a loop can watch (`select`)."""


class AsyncioReactor(Reactor):
    """A Reactor on `loop`; without one, on a new loop of asyncio's default kind, which it closes itself.

    On a loop that already runs (in a coroutine, or in a Textual program) it works at once. `run()` is for
    programs in which no other code runs the loop.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._owns_loop = loop is None
        self._loop = loop or asyncio.new_event_loop()
        self._turn: asyncio.Handle | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at: float | None = None
        self._goes_on: Callable[[], bool] = lambda: True
        self._is_closed = False
        super().__init__()
        number = self._poller.fileno()
        if number is None:
            self._loop.call_later(POLL_INTERVAL, self._poll_regularly)
        else:
            self._loop.add_reader(number, self._on_ready)

    @property
    def engine(self) -> str:
        """The package of the loop, such as asyncio or uvloop."""
        return type(self._loop).__module__.partition(".")[0]

    def turn(self) -> None:
        """Run the loop until the end of one turn. Not allowed while the loop runs."""
        self._run_loop(lambda: False)

    def _turn_while(self, condition: Callable[[], bool]) -> None:
        while condition():  # again if other code has stopped the loop
            self._run_loop(condition)

    def _run_loop(self, goes_on: Callable[[], bool]) -> None:
        """Run the loop until `goes_on()` returns False at the end of a turn."""
        self._goes_on = goes_on
        try:
            self._loop.run_forever()
        finally:
            self._goes_on = lambda: True
        if not self.sleeping:  # the loop delivered events after the end of the last turn
            self.finish_turn()

    def run(self, install_signal_handlers: bool = True) -> None:
        """As `Reactor.run`. ReactorAlreadyRunning also if other code runs the loop."""
        if self._loop.is_running():
            raise ReactorAlreadyRunning("other code runs the asyncio loop: the reactor works without run()")
        super().run(install_signal_handlers)

    def _runs(self) -> bool:
        return super()._runs() or (self.state is RunState.IDLE and self._loop.is_running())

    def _on_ready(self) -> None:
        self.deliver(self._poller.poll(0))
        self._schedule_turn()

    def _poll_regularly(self) -> None:
        if not self._is_closed:
            self._on_ready()
            self._loop.call_later(POLL_INTERVAL, self._poll_regularly)

    def _schedule_turn(self) -> None:
        if self._turn is None:
            self._turn = self._loop.call_soon(self._end_turn)

    def _end_turn(self) -> None:
        self._turn = None
        self.finish_turn()
        if self._soon:
            self._schedule_turn()
        due = self._calls.next_time()
        if due != self._alarm_at:
            self._set_alarm(due)
        if not self._goes_on():
            self._loop.stop()

    def _set_alarm(self, due: float | None) -> None:
        """Schedule a turn for the time at which the next call is due."""
        self._alarm_at = due
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._loop.call_later(self._until_next_call(), self._on_alarm)

    def _on_alarm(self) -> None:
        self._alarm_at = None  # rounding may have made it early: set it again
        self._schedule_turn()

    def call_soon(self, f: Callable[[*Arguments], object], *args: *Arguments) -> None:
        super().call_soon(f, *args)
        self._schedule_turn()

    def call_at_turn_end(self, f: Callable[[], object]) -> None:
        super().call_at_turn_end(f)
        self._schedule_turn()

    def close_at_turn_end(self, closable: Closable) -> None:
        super().close_at_turn_end(closable)
        self._schedule_turn()

    def close(self) -> None:
        """Close the reactor's own descriptors, and the loop if the reactor has made it."""
        self._is_closed = True
        number = self._poller.fileno()
        if number is not None:
            self._loop.remove_reader(number)
        super().close()
        if self._alarm is not None:
            self._alarm.cancel()
        if self._turn is not None:
            self._turn.cancel()
        if self._owns_loop:
            self._loop.close()
