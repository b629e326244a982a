"""Deferred: a result that is not available yet, and the chain of callbacks that will process it.

Each step of the chain has a callback, an errback or both. The result of a step decides what comes next:

    a value                            the chain is on its callback side: the next callback gets the value
    an exception, raised or returned   the chain is on its error side: the next errback gets the exception
    a Deferred                         the chain is suspended until that Deferred has a result, and takes it

The result of a Deferred can be taken by one other chain only. `await` works in the same way: a coroutine is
a step that is called once more for each of its awaits.
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

# The last alternative adds nothing, but mypy infers the R of `Deferred[R]` only in a recursive type.
Outcome: TypeAlias = R | Exception | "Deferred[R]" | "Deferred[Outcome[R]]"
"""The types that a step can return so that the next callback gets R, or the next errback an exception."""


class ChainState(Enum):
    """The state of a chain.

    from       to         when
    PENDING    READY      callback() or errback() gives the first result
    READY      RUNNING    a step is called
    RUNNING    READY      the step has returned or raised
    READY      SUSPENDED  the result is a Deferred that has no result yet
    SUSPENDED  READY      that Deferred has its result
    """

    PENDING = "pending"
    READY = "ready"
    RUNNING = "running"
    SUSPENDED = "suspended"


class Chain:
    """The implementation of a Deferred, without types: each step can change the type of the result."""

    def __init__(self, canceller: object) -> None:
        self._canceller = canceller
        self._state = ChainState.PENDING
        self._result: object = None  # while suspended, the chain that this one waits for
        self._steps: deque[Chain | tuple[object, object, tuple[object, ...]]] = deque()
        self._taken = False  # the result was passed, or will be passed, to another chain
        self._ignore_next = False  # after cancel() without a canceller, one late result is ignored

    def cancel(self) -> None:
        """Stop waiting: call the canceller, then fail with CancelledError unless the canceller gave a result.

        A suspended chain cancels the Deferred that it waits for. With a result, this does nothing.
        """
        chain = self._source()
        if chain._state is ChainState.PENDING:
            canceller, chain._canceller = chain._canceller, None
            chain._ignore_next = canceller is None
            if callable(canceller):
                canceller(chain)
        if chain._state is ChainState.PENDING:
            chain._fire(CancelledError())

    def _fire(self, result: object) -> None:
        if self._state is ChainState.PENDING:
            self._canceller = None
            self._settle(result)
            self._run()
        elif self._ignore_next:
            self._ignore_next = False
        else:
            raise AlreadyCalled(repr(self))

    def _add(self, callback: object, errback: object, *args: object) -> "Deferred[R]":
        """Add a step. The type R is asserted here and nowhere else; the type checker cannot verify it."""
        self._steps.append((callback, errback, args))
        self._run()
        assert isinstance(self, Deferred)
        return self

    def _run(self) -> None:
        """Call the steps that can be called, in this chain and then in the chains that wait for its result.

        The loop has a stack of its own: by recursion, a thousand chains would overflow Python's stack.
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
        """Call one step. None as the callback or errback passes the result on."""
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
        """Set the result for the next step. If it is a Deferred, wait for that Deferred's result."""
        self._state = ChainState.READY
        if isinstance(inner := result, Chain):
            taken, inner._taken = inner._taken, True
            if taken:
                result = RuntimeError("this Deferred was returned or awaited before; that can be done once")
            elif self._taken and inner._source() is self:  # if not taken, no chain waits for self
                result = RuntimeError("this Deferred would wait for itself")
            elif inner._state is ChainState.READY:
                result, inner._result = inner._result, None
            else:
                inner._steps.append(self)
                self._state = ChainState.SUSPENDED
        self._result = result

    def _source(self) -> "Chain":
        """The last chain in the row of those that this one waits for; itself if it does not wait."""
        chain = self
        while isinstance(chain._result, Chain):
            chain = chain._result
        return chain

    def _drive(self, result: object, coroutine: Coroutine[object, object, object]) -> object:
        """The step that runs `coroutine` up to its next `await`, and then adds itself as the next step."""
        try:
            awaited = coroutine.throw(result) if isinstance(result, Exception) else coroutine.send(result)
        except StopIteration as end:
            return end.value
        self._steps.appendleft((self._drive, self._drive, (coroutine,)))
        return awaited if isinstance(awaited, Chain) else TypeError(f"{awaited!r} is not a Deferred")

    def __repr__(self) -> str:
        result = f": {self._result!r}" if self._state is ChainState.READY else ""
        return f"<Deferred {self._state.value}{result}>"

    def __del__(self) -> None:
        if isinstance(self._result, Exception):
            getLogger(__name__).error("unhandled error in Deferred", exc_info=self._result)


class Deferred(Chain, Generic[T]):
    """A chain whose result is a T or an exception.

    `add_callback` and the others return the same object, with the result type of the new step. Continue with
    that return value: a type checker still takes the old variable for a Deferred[T].
    """

    def __init__(self, canceller: "Callable[[Deferred[T]], object] | None" = None) -> None:
        super().__init__(canceller)

    @staticmethod
    def from_coroutine(coroutine: Coroutine[object, object, Outcome[R]]) -> "Deferred[R]":
        """Start `coroutine`; the Deferred gets its result. `cancel()` cancels the Deferred that it awaits."""
        started = succeed(None)
        return started._add(started._drive, None, coroutine)

    def __await__(self) -> Generator["Deferred[T]", T, T]:
        return (yield self)

    @property
    def called(self) -> bool:
        """Whether `callback`, `errback` or `cancel` has given the first result."""
        return self._state is not ChainState.PENDING

    def callback(self, value: T | Exception) -> None:
        """Give the first result; an exception is an error. Raises AlreadyCalled if there was one.

        One call after a `cancel()` without a canceller is ignored.
        """
        self._fire(value)

    def errback(self, error: Exception) -> None:
        """Give an exception as the first result, as `callback` does."""
        self._fire(error)

    def add_callbacks(
        self, callback: Callable[[T], Outcome[R]], errback: Callable[[Exception], Outcome[S]]
    ) -> "Deferred[R | S]":
        """Add a step that calls `callback(value)` or `errback(error)`."""
        return self._add(callback, errback)

    def add_callback(self, f: Callable[[T, *Args], Outcome[R]], *args: *Args) -> "Deferred[R]":
        """Add a step that calls `f(value, *args)`. An exception passes it."""
        return self._add(f, None, *args)

    def add_errback(self, f: Callable[[Exception, *Args], Outcome[R]], *args: *Args) -> "Deferred[T | R]":
        """Add a step that calls `f(error, *args)`. A value passes it."""
        return self._add(None, f, *args)

    def add_both(self, f: Callable[[T | Exception, *Args], Outcome[R]], *args: *Args) -> "Deferred[R]":
        """Add a step that calls `f(result, *args)` with the value or exception."""
        return self._add(f, f, *args)

    def add_timeout(self, seconds: float, clock: ReactorTime) -> "Deferred[T]":
        """Cancel after `seconds`, with TimeoutError, unless the steps added so far have finished."""
        call = clock.call_later(seconds, self.cancel)

        def stop(result: T | Exception) -> T | Exception:
            if call.active():
                call.cancel()
            elif isinstance(result, CancelledError):
                return TimeoutError(f"no result in {seconds} seconds")
            return result

        return self.add_both(stop)


def succeed(value: T) -> Deferred[T]:
    """A Deferred that has the result `value`."""
    deferred = Deferred[T]()
    deferred.callback(value)
    return deferred


def fail(error: Exception) -> Deferred[T]:
    """A Deferred that has failed with `error`."""
    deferred = Deferred[T]()
    deferred.errback(error)
    return deferred


def gather_results(deferreds: Sequence[Deferred[T]]) -> Deferred[list[T]]:
    """A Deferred of the list of all values, in order, or of the first error. Later errors are discarded.

    Cancelling it cancels all of them.
    """
    values: dict[int, T] = {}

    def cancel(_: object) -> None:
        for deferred in deferreds:
            deferred.cancel()

    def finish(result: list[T] | Exception) -> None:
        if not gathered.called:
            gathered.callback(result)

    def record(value: T, index: int) -> T:
        values[index] = value
        if len(values) == len(deferreds):
            finish([values[each] for each in sorted(values)])
        return value

    gathered = Deferred[list[T]](cancel)
    for index, deferred in enumerate(deferreds):
        deferred.add_callback(record, index).add_errback(finish)
    return gathered if deferreds else succeed([])
