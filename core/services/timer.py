"""A service that calls a function again and again."""

import logging
from collections.abc import Callable
from functools import partial
from typing import ParamSpec

from core.deferred import Deferred, succeed
from core.interfaces import ReactorTime
from core.mistakes.hints import log_failure
from core.services.service import Service
from core.task import LoopingCall

P = ParamSpec("P")
log = logging.getLogger(__name__)


class TimerService(Service):
    """Calls `f(*args, **kwargs)` at its start, and then every `step` seconds, as a LoopingCall does.

    `clock` can be set to a Clock for a test; otherwise it is the reactor. An error in `f` is logged, and ends
    the calls.
    """

    clock: ReactorTime | None = None
    _calls: LoopingCall | None = None
    _finished: Deferred[None] | None = None
    volatile = (*Service.volatile, "_calls", "_finished")

    def __init__(self, step: float, f: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        self.step = step
        self.call = partial(f, *args, **kwargs)

    def start_service(self) -> None:
        super().start_service()
        self._calls = LoopingCall(self.call)
        self._calls.clock = self.clock or self.find_reactor()
        self._finished = self._calls.start(self.step).add_callbacks(lambda _: None, self._report)

    def _report(self, error: Exception) -> None:
        log_failure(log, error, "the timer of %s has ended", self.name or self.call)

    def stop_service(self) -> Deferred[None]:
        """Make no further call. The Deferred fires when the present call, if any, has its result."""
        super().stop_service()
        if self._calls is not None and self._calls.running:
            self._calls.stop()
        return self._finished or succeed(None)
