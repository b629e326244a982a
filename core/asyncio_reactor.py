"""The same reactor on a loop that somebody else owns: asyncio's own, uvloop's, or a Textual program's.

The borrowed loop watches one descriptor for us: the poller's own, which is readable as soon as anything in
it is ready. So it does not matter what the loop makes of errors and hang-ups (uvloop stops watching a socket
that has one); what follows, from `deliver` down to `line_received`, is the same code.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVarTuple

from core.errors import ReactorAlreadyRunning
from core.interfaces import Closable
from core.mistakes import check_callable
from core.reactor import Reactor, RunState

Arguments = TypeVarTuple("Arguments")


LOOK_EVERY = 0.02
"""Seconds between two looks, where the poller is no descriptor that a loop could watch (`select`)."""


class AsyncioReactor(Reactor):
    """A Reactor that turns when `loop` does; without one it makes asyncio's default loop, and closes it.

    On a loop that runs already (inside a coroutine, or a Textual program) it works at once: `run()` is for
    programs in which nobody else runs the loop.
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
            self._loop.call_later(LOOK_EVERY, self._look_now_and_then)
        else:
            self._loop.add_reader(number, self._on_ready)

    @property
    def engine(self) -> str:
        """Whose loop it is: asyncio or uvloop, as a rule."""
        return type(self._loop).__module__.partition(".")[0]

    def turn(self) -> None:
        """Run the loop until something was seen to. Not while it runs."""
        self._run_loop(lambda: False)

    def _turn_while(self, condition: Callable[[], bool]) -> None:
        while condition():  # again, should somebody else stop the loop
            self._run_loop(condition)

    def _run_loop(self, goes_on: Callable[[], bool]) -> None:
        """Run the loop until `goes_on()` is false at the end of a turn."""
        self._goes_on = goes_on
        try:
            self._loop.run_forever()
        finally:
            self._goes_on = lambda: True
        if not self.sleeping:  # the loop's last round brought events after the end of the turn
            self.finish_turn(self._pop_soon())

    def run(self, install_signal_handlers: bool = True) -> None:
        """As any reactor. ReactorAlreadyRunning also if somebody else runs the loop."""
        if self._loop.is_running():
            raise ReactorAlreadyRunning("somebody else runs the loop")
        super().run(install_signal_handlers)

    def call_when_running(self, f: Callable[[*Arguments], object], *args: *Arguments) -> None:
        """Call `f(*args)` now if the loop runs, whoever runs it, otherwise as soon as `run()` does."""
        check_callable("call_when_running", f)
        if self.state is RunState.IDLE and self._loop.is_running():
            f(*args)
        else:
            super().call_when_running(f, *args)

    def _on_ready(self) -> None:
        self.deliver(self._poller.poll(0))
        self._schedule_turn()

    def _look_now_and_then(self) -> None:
        if not self._is_closed:
            self._on_ready()
            self._loop.call_later(LOOK_EVERY, self._look_now_and_then)

    def _schedule_turn(self) -> None:
        """There is something for the end of the turn: have it come once this round of events is over."""
        if self._turn is None:
            self._turn = self._loop.call_soon(self._end_turn)

    def _end_turn(self) -> None:
        self._turn = None
        self.finish_turn(self._pop_soon())
        if self._soon:
            self._schedule_turn()
        due = self._calls.next_time()
        if due != self._alarm_at:
            self._set_alarm(due)
        if not self._goes_on():
            self._loop.stop()

    def _set_alarm(self, due: float | None) -> None:
        """Have a turn come when the next call is due."""
        self._alarm_at = due
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._loop.call_later(self._until_next_call(), self._on_alarm)

    def _on_alarm(self) -> None:
        self._alarm_at = None  # it may have come too early, by a rounding
        self._schedule_turn()

    def call_soon(self, f: Callable[[*Arguments], object], *args: *Arguments) -> None:
        """Call `f(*args)` on the next turn."""
        super().call_soon(f, *args)
        self._schedule_turn()

    def call_at_turn_end(self, f: Callable[[], object]) -> None:
        """Call `f()` when the loop has delivered what it has."""
        super().call_at_turn_end(f)
        self._schedule_turn()

    def close_at_turn_end(self, closable: Closable) -> None:
        """Close it when the loop has delivered what it has."""
        super().close_at_turn_end(closable)
        self._schedule_turn()

    def close(self) -> None:
        """Give back what the reactor itself holds, and the loop if it made it."""
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
