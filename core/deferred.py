"""A Deferred is a result that is not there yet, and the chain of steps that it will pass through.

So a program can say now what is to be done later. Each step gets what the last one gave. An error is a
result too: an exception, raised or given, goes past the callbacks to the next errback, and what that gives
goes on to the callbacks again. Where a step gives a Deferred, the chain waits for it and takes its result
over, which can be done once. To `await` is the same: a coroutine is one step that is taken many times.
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

Step = tuple[object, object, tuple[object, ...]]
"""What to call with a value, what to call with an error (None: let it pass), and further arguments."""

logger = getLogger(__name__)


class State(Enum):
    """What a chain is at."""

    PENDING = "pending"  # neither `callback` nor `errback` was called
    READY = "ready"  # a result is here, for the next step if there is one
    RUNNING = "running"  # a step is being called
    SUSPENDED = "suspended"  # a step gave a Deferred that has no result yet


class Chain:
    """The works of a Deferred. They know no types, because each step may change the result's."""

    def __init__(self, canceller: object) -> None:
        self._canceller = canceller
        self._state = State.PENDING
        self._result: object = None  # while suspended, the chain that will give it
        self._steps: deque[Step | Chain] = deque()  # a chain in this queue waits to take the result
        self._taken = False
        self._swallow = False  # the first result: it comes although nobody wants it any more

    def cancel(self) -> None:
        """Give up waiting: the result is now CancelledError, unless the canceller gives another.

        A chain that waits for a Deferred cancels that one. If the result is here, this does nothing.
        """
        chain = self._source()
        if chain._state is State.PENDING:
            canceller, chain._canceller = chain._canceller, None
            if callable(canceller):
                canceller(chain)
            else:
                chain._swallow = True
        if chain._state is State.PENDING:
            chain._fire(CancelledError())

    def _fire(self, result: object) -> None:
        if self._state is State.PENDING:
            self._canceller = None
            self._settle(result)
            self._run()
        elif self._swallow:
            self._swallow = False
        else:
            raise AlreadyCalled(repr(self))

    def _run(self) -> None:
        """Take the steps that can be taken, here and then in each chain that takes the result over.

        If each chain ran the next one instead, a thousand would be too many for Python's stack.
        """
        stack = [self]
        while stack:
            chain = stack[-1]
            if chain._state is not State.READY or not chain._steps:
                stack.pop()
            elif isinstance(step := chain._steps.popleft(), Chain):
                step._settle(chain._take())
                stack.append(step)
            else:
                chain._call(*step)

    def _call(self, callback: object, errback: object, args: tuple[object, ...]) -> None:
        f = errback if isinstance(self._result, Exception) else callback
        if not callable(f):
            return
        self._state = State.RUNNING
        try:
            result = f(self._result, *args)
        except Exception as error:
            # Without this frame: it holds the chain, which will hold the error. Such a circle is found
            # late, and only then would an error that nobody handles be logged.
            result = error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
        finally:
            self._state = State.READY
        self._settle(result)

    def _settle(self, result: object) -> None:
        """Have `result` for the next step; if it is a Deferred, that one's result, once it is there."""
        self._state = State.READY
        if isinstance(result, Chain):
            if result._source() is self:
                result = RuntimeError(f"{result!r} would wait for itself")
            elif result._taken:
                result = RuntimeError(f"{result!r} was returned or awaited before: its result is taken")
            elif result._state is State.READY:
                result = result._take()
            else:
                result._taken = True
                result._steps.append(self)
                self._state = State.SUSPENDED
        self._result = result

    def _take(self) -> object:
        result, self._result, self._taken = self._result, None, True
        return result

    def _source(self) -> "Chain":
        """The chain that this one waits for in the end; itself if it does not wait."""
        chain = self
        while isinstance(chain._result, Chain):
            chain = chain._result
        return chain

    def __repr__(self) -> str:
        result = f": {self._result!r}" if self._state is State.READY else ""
        return f"<Deferred {self._state.value}{result}>"

    def __del__(self) -> None:
        if isinstance(self._result, Exception):
            logger.error("nobody handled an error in a Deferred", exc_info=self._result)


class Deferred(Chain, Generic[T]):
    """A chain whose result is a T, or an error.

    What `add_callback` and the others return is the same Deferred, typed by what its new step gives. Go on
    with that: its former name still says T, for no checker can follow an object that changes its type.
    """

    def __init__(self, canceller: "Callable[[Deferred[T]], object] | None" = None) -> None:
        """`canceller` is called by `cancel()`, to stop what would have brought the result."""
        super().__init__(canceller)

    @staticmethod
    def from_coroutine(coroutine: Coroutine[object, object, Outcome[R]]) -> "Deferred[R]":
        """Start `coroutine`, which may await Deferreds; the result is what it returns.

        To cancel it is to cancel what it awaits, so that as a rule CancelledError is raised in it.
        """
        started = succeed(None)
        return step(started, drive, drive, coroutine, started._steps)

    def __await__(self) -> Generator["Deferred[T]", T, T]:
        return (yield self)

    @property
    def called(self) -> bool:
        """Whether there was a first result."""
        return self._state is not State.PENDING

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
        return step(self, callback, errback)

    def add_callback(self, f: Callable[[T, *Args], Outcome[R]], *args: *Args) -> "Deferred[R]":
        """Add a step that calls `f(value, *args)`; an error goes past it."""
        return step(self, f, None, *args)

    def add_errback(self, f: Callable[[Exception, *Args], Outcome[R]], *args: *Args) -> "Deferred[T | R]":
        """Add a step that calls `f(error, *args)`; a value goes past it."""
        return step(self, None, f, *args)

    def add_both(self, f: Callable[[T | Exception, *Args], Outcome[R]], *args: *Args) -> "Deferred[R]":
        """Add a step that calls `f(result, *args)` with the value or error."""
        return step(self, f, f, *args)

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


def step(deferred: object, callback: object, errback: object, *args: object) -> Deferred[R]:
    """Add a step, and vouch for R: this is the one place where the checker has to take our word."""
    assert isinstance(deferred, Deferred)
    deferred._steps.append((callback, errback, args))
    deferred._run()
    return deferred


def drive(result: object, coroutine: Coroutine[object, object, object], steps: deque[Step | Chain]) -> object:
    """The step that runs `coroutine` up to its next `await`, and will be the next step again.

    It gets the steps and not the Deferred for the sake of the traceback, as in `Chain._call`.
    """
    try:
        awaited = coroutine.throw(result) if isinstance(result, Exception) else coroutine.send(result)
    except StopIteration as end:
        return end.value
    steps.appendleft((drive, drive, (coroutine, steps)))
    return awaited if isinstance(awaited, Deferred) else TypeError(f"{awaited!r} is no Deferred")


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


def maybe_deferred(f: Callable[[*Args], Outcome[R]], *args: *Args) -> Deferred[R]:
    """Call `f(*args)` at once; whatever it returns or raises comes as a Deferred."""
    return succeed(None).add_callback(lambda _: f(*args))


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
