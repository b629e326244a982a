"""A Deferred is a result that is not there yet, and the chain of steps that it will pass through.

So a program can say now what is to be done later. Each step gets what the last one gave; an exception,
raised or given, goes past the callbacks to the next errback, and what that gives goes on to the callbacks.
Where a step gives a Deferred, the chain waits for it and takes its result over, which can be done once. To
`await` is the same: a coroutine is one step that is taken many times.
"""

from collections import deque
from collections.abc import Callable, Coroutine, Generator, Sequence
from enum import Enum
from logging import getLogger
from typing import Generic, TypeAlias, TypeVar, TypeVarTuple

from core.errors import AlreadyCalled, CancelledError
from core.interfaces import ReactorTime

T = TypeVar("T")
R = TypeVar("R")
S = TypeVar("S")
Args = TypeVarTuple("Args")

# The last alternative says nothing new, but only in a recursive type does mypy find the R of `Deferred[R]`.
Outcome: TypeAlias = R | Exception | "Deferred[R]" | "Deferred[Outcome[R]]"
"""What a step may give for the next one to get R, or the next errback an error."""


class ChainState(Enum):
    """What a chain is at."""

    PENDING = "pending"  # neither `callback` nor `errback` was called
    READY = "ready"  # a result is here, for the next step if there is one
    RUNNING = "running"  # a step is being called
    SUSPENDED = "suspended"  # a step gave a Deferred that has no result yet


class Chain:
    """The works of a Deferred. They know no types, because each step may change the result's."""

    def __init__(self, canceller: object) -> None:
        self._canceller = canceller
        self._state = ChainState.PENDING
        self._result: object = None  # while suspended, the chain that will give it
        self._steps: deque[Chain | tuple[object, object, tuple[object, ...]]] = deque()
        self._taken = False  # or promised to a chain
        self._swallow = False  # the first result: it comes although nobody wants it any more

    def cancel(self) -> None:
        """Give up waiting: call the canceller; unless that gives a result, it is CancelledError.

        A chain that waits for a Deferred cancels that one. If the result is here, this does nothing.
        """
        chain = self._source()
        if chain._state is ChainState.PENDING:
            canceller, chain._canceller = chain._canceller, None
            chain._swallow = canceller is None
            if callable(canceller):
                canceller(chain)
        if chain._state is ChainState.PENDING:
            chain._fire(CancelledError())

    def _fire(self, result: object) -> None:
        if self._state is ChainState.PENDING:
            self._canceller = None
            self._settle(result)
            self._run()
        elif self._swallow:
            self._swallow = False
        else:
            raise AlreadyCalled(repr(self))

    def _add(self, callback: object, errback: object, *args: object) -> "Deferred[R]":
        """Add a step, and vouch for R: here, and only here, the checker has to take our word."""
        self._steps.append((callback, errback, args))
        self._run()
        assert isinstance(self, Deferred)
        return self

    def _run(self) -> None:
        """Take the steps that can be taken, here and then in each chain that takes the result over.

        If each chain ran the next one instead, a thousand would be too many for Python's stack.
        """
        stack = [self]
        while stack:
            chain = stack[-1]
            if chain._state is not ChainState.READY or not chain._steps:
                stack.pop()
            elif isinstance(step := chain._steps.popleft(), Chain):
                result, chain._result = chain._result, None
                step._settle(result)
                stack.append(step)
            else:
                chain._call(*step)

    def _call(self, callback: object, errback: object, args: tuple[object, ...]) -> None:
        """Take one step. A callback or errback that is None lets the result pass."""
        f = errback if isinstance(self._result, Exception) else callback
        if callable(f):
            self._state = ChainState.RUNNING
            try:
                result = f(self._result, *args)
            except Exception as error:
                result = error
            finally:
                self._state = ChainState.READY
            self._settle(result)

    def _settle(self, result: object) -> None:
        """Have `result` for the next step; if it is a Deferred, that one's result, once it is there."""
        self._state = ChainState.READY
        if isinstance(inner := result, Chain):
            taken, inner._taken = inner._taken, True
            if taken:
                result = RuntimeError("this Deferred was returned or awaited before: its result is taken")
            elif self._taken and inner._source() is self:  # nobody waits for a chain that is not taken
                result = RuntimeError("this Deferred would wait for itself")
            elif inner._state is ChainState.READY:
                result, inner._result = inner._result, None
            else:
                inner._steps.append(self)
                self._state = ChainState.SUSPENDED
        self._result = result

    def _source(self) -> "Chain":
        """The chain that this one waits for in the end; itself if it does not wait."""
        chain = self
        while isinstance(chain._result, Chain):
            chain = chain._result
        return chain

    def _drive(self, result: object, coroutine: Coroutine[object, object, object]) -> object:
        """The step that runs `coroutine` up to its next `await`, and is then the next step again."""
        try:
            awaited = coroutine.throw(result) if isinstance(result, Exception) else coroutine.send(result)
        except StopIteration as end:
            return end.value
        self._steps.appendleft((self._drive, self._drive, (coroutine,)))
        return awaited if isinstance(awaited, Chain) else TypeError(f"{awaited!r} is no Deferred")

    def __repr__(self) -> str:
        result = f": {self._result!r}" if self._state is ChainState.READY else ""
        return f"<Deferred {self._state.value}{result}>"

    def __del__(self) -> None:
        if isinstance(self._result, Exception):
            getLogger(__name__).error("nobody handled an error in a Deferred", exc_info=self._result)


class Deferred(Chain, Generic[T]):
    """A chain whose result is a T, or an error.

    What `add_callback` and the others return is the same Deferred, typed by what its new step gives. Go on
    with that: its former name still says T, for no checker can follow an object that changes its type.
    """

    def __init__(self, canceller: "Callable[[Deferred[T]], object] | None" = None) -> None:
        super().__init__(canceller)

    @staticmethod
    def from_coroutine(coroutine: Coroutine[object, object, Outcome[R]]) -> "Deferred[R]":
        """Start `coroutine`, for its result. To cancel it is to cancel the Deferred that it awaits."""
        started = succeed(None)
        return started._add(started._drive, None, coroutine)

    def __await__(self) -> Generator["Deferred[T]", T, T]:
        return (yield self)

    @property
    def called(self) -> bool:
        """Whether there was a first result."""
        return self._state is not ChainState.PENDING

    def callback(self, value: T | Exception) -> None:
        """Give the first result. AlreadyCalled; but once after a `cancel()` without canceller, nothing."""
        self._fire(value)

    def errback(self, error: Exception) -> None:
        """As `callback`, with an error."""
        self._fire(error)

    def add_callbacks(
        self, callback: Callable[[T], Outcome[R]], errback: Callable[[Exception], Outcome[S]]
    ) -> "Deferred[R | S]":
        """Add a step that calls `callback(value)` or `errback(error)`."""
        return self._add(callback, errback)

    def add_callback(self, f: Callable[[T, *Args], Outcome[R]], *args: *Args) -> "Deferred[R]":
        """Add a step that calls `f(value, *args)`; an error goes past it."""
        return self._add(f, None, *args)

    def add_errback(self, f: Callable[[Exception, *Args], Outcome[R]], *args: *Args) -> "Deferred[T | R]":
        """Add a step that calls `f(error, *args)`; a value goes past it."""
        return self._add(None, f, *args)

    def add_both(self, f: Callable[[T | Exception, *Args], Outcome[R]], *args: *Args) -> "Deferred[R]":
        """Add a step that calls `f(result, *args)` with the value or error."""
        return self._add(f, f, *args)

    def add_timeout(self, seconds: float, clock: ReactorTime) -> "Deferred[T]":
        """Cancel it, with TimeoutError, if the steps so far are not through in `seconds`."""
        call = clock.call_later(seconds, self.cancel)

        def stop(result: T | Exception) -> T | Exception:
            if call.active():
                call.cancel()
            elif isinstance(result, CancelledError):
                return TimeoutError(f"no result in {seconds} seconds")
            return result

        return self.add_both(stop)


def succeed(value: T) -> Deferred[T]:
    """A Deferred that has its result."""
    deferred = Deferred[T]()
    deferred.callback(value)
    return deferred


def fail(error: Exception) -> Deferred[T]:
    """A Deferred that has failed."""
    deferred = Deferred[T]()
    deferred.errback(error)
    return deferred


def gather_results(deferreds: Sequence[Deferred[T]]) -> Deferred[list[T]]:
    """All values in their order, or the first error; later errors are dropped. Cancels all of them."""
    values: dict[int, T] = {}

    def cancel(_: object) -> None:
        for deferred in deferreds:
            deferred.cancel()

    def give(result: list[T] | Exception) -> None:
        if not gathered.called:
            gathered.callback(result)

    def keep(value: T, index: int) -> T:
        values[index] = value
        if len(values) == len(deferreds):
            give([values[each] for each in sorted(values)])
        return value

    gathered = Deferred[list[T]](cancel)
    for index, deferred in enumerate(deferreds):
        deferred.add_callback(keep, index).add_errback(give)
    return gathered if deferreds else succeed([])
