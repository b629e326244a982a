"""Calls that are made later: LoopingCall calls a function again and again, defer_later calls it once."""

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar, overload

from core.deferred import Deferred, Outcome, maybe_deferred
from core.interfaces import ReactorTime
from core.mistakes.checks import check_callable, check_seconds
from core.timers import DelayedCall

P = ParamSpec("P")
R = TypeVar("R")


class LoopingCall:
    """Calls `f(*args, **kwargs)` every `interval` seconds.

        ticking = LoopingCall(print, "tick")
        ticking.clock = reactor
        ticking.start(1.0)

    The schedule does not drift: a call is due at each multiple of the interval after the start, however long
    `f` takes. If `f` returns a Deferred or a coroutine, the next call waits for its result. A call that
    cannot be made in its interval is skipped. An error in `f` ends the loop.
    """

    clock: ReactorTime | None = None
    """The reactor, or a Clock in a test. Set it before `start`."""

    running = False
    """True from `start` until `stop` or an error in `f`."""

    interval: float | None = None
    """The seconds between two calls, as given to `start`; 0 means one call in each turn."""

    def __init__(self, f: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        check_callable("LoopingCall", f)
        self._f = partial(f, *args, **kwargs)
        self._call: DelayedCall | None = None  # the next one; None while `f` runs
        self._counted_at: float | None = None

    @staticmethod
    def with_count(f: Callable[[int], object]) -> "LoopingCall":
        """A LoopingCall of `f(count)`; `count` is the number of calls that were due since the last one."""
        check_callable("with_count", f)
        looping = LoopingCall(lambda: looping._call_with_count(f))
        return looping

    def start(self, interval: float, now: bool = True) -> "Deferred[LoopingCall]":
        """Call `f` now and then every `interval` seconds; with `now` False, first after one interval.

        The Deferred has this LoopingCall as its result after `stop()`, or fails with the error of `f`.
        Raises ValueError for a negative interval, and RuntimeError while `clock` is not set.
        """
        assert not self.running, "start() of a LoopingCall that is running"
        check_seconds("start", interval)
        if self.clock is None:
            raise RuntimeError("a LoopingCall needs a clock before start(): looping.clock = reactor")
        self.running, self.interval = True, interval
        self._interval, self._time, self._now = interval, self.clock, now
        self._started = self._time.seconds()
        done = self._done = Deferred[LoopingCall]()
        if now:
            self()
        else:
            self._schedule()
        return done

    def stop(self) -> None:
        """Make no further call."""
        assert self.running, "stop() of a LoopingCall that is not running"
        self.running = False
        if self._call is not None:
            self._call.cancel()
            self._call = None
            self._done.callback(self)

    def reset(self) -> None:
        """Skip the next call: a new interval starts now."""
        assert self.running, "reset() of a LoopingCall that is not running"
        if self._call is not None:
            self._call.cancel()
            self._started = self._time.seconds()
            self._schedule()

    def __call__(self) -> None:
        self._call = None
        maybe_deferred(self._f).add_callback(self._on_result).add_errback(self._fail)

    def _on_result(self, _: object) -> None:
        if self.running:
            self._schedule()
        else:
            self._done.callback(self)

    def _fail(self, error: Exception) -> None:
        self.running = False
        self._done.errback(error)

    def _schedule(self) -> None:
        """Schedule the call at the end of the current interval."""
        now, delay = self._time.seconds(), self._interval
        if delay:
            delay -= (now - self._started) % delay
        if now + delay == now:  # the rest of this interval is too small for a float
            delay = self._interval
        self._call = self._time.call_later(delay, self)

    def _call_with_count(self, f: Callable[[int], object]) -> object:
        now, count = self._time.seconds(), 1
        if self._interval:
            first = self._started - self._interval if self._now else self._started
            last = first if self._counted_at is None else self._counted_at
            count = self._intervals_until(now) - self._intervals_until(last)
        if count <= 0:
            return None
        self._counted_at = now
        return f(count)

    def _intervals_until(self, time: float) -> int:
        return int((time - self._started) / self._interval)

    def __repr__(self) -> str:
        f, args, kwargs = self._f.func, self._f.args, self._f.keywords
        name = getattr(f, "__qualname__", repr(f))
        return f"LoopingCall<{self.interval!r}>({name}, *{args!r}, **{kwargs!r})"


@overload
def defer_later(clock: ReactorTime, delay: float) -> Deferred[None]: ...
@overload
def defer_later(
    clock: ReactorTime, delay: float, f: Callable[P, Outcome[R]], *args: P.args, **kwargs: P.kwargs
) -> Deferred[R]: ...
def defer_later(
    clock: ReactorTime, delay: float, f: object = None, *args: object, **kwargs: object
) -> Deferred[R]:
    """A Deferred of `f(*args, **kwargs)`, called in `delay` seconds; without `f`, of None.

    `cancel()` cancels the call. Raises ValueError for a delay that is negative or NaN.
    """
    if f is not None:
        check_callable("defer_later", f)
    deferred = Deferred[None](lambda _: call.cancel())
    call = clock.call_later(delay, deferred.callback, None)
    return deferred._add(lambda _: f(*args, **kwargs) if callable(f) else None, None)
