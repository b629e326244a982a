"""Deferred: a result that is not available yet, and the chain of callbacks that will process it.

Each step of the chain has a callback, an errback or both. The result of a step decides what comes next:

    a value                            the chain is on its callback side: the next callback gets the value
    an exception, raised or returned   the chain is on its error side: the next errback gets the exception
    a Deferred                         the chain is suspended until that Deferred has a result, and takes it

The result of a Deferred can be taken by one other chain only. `await` works in the same way: a coroutine is
a step that is called once more for each of its awaits. DeferredList and gather_results wait for several
Deferreds.
"""

from collections import deque
from collections.abc import Callable, Coroutine, Generator, Iterable, Sequence
from contextvars import Context, copy_context
from enum import Enum
from logging import getLogger
from typing import Generic, Literal, ParamSpec, TypeAlias, TypeVar, TypeVarTuple, overload

from core.errors import AlreadyCalled, CancelledError, FirstError
from core.interfaces import ReactorTime
from core.mistakes.checks import check_callable, check_coroutine, not_a_deferred
from core.mistakes.hints import log_failure
from core.mistakes.table import Mistake, caller, place_of

T = TypeVar("T")
R = TypeVar("R")
S = TypeVar("S")
Args = TypeVarTuple("Args")
P = ParamSpec("P")

# The last alternative adds nothing, but mypy infers the R of `Deferred[R]` only in a recursive type.
Outcome: TypeAlias = R | Exception | "Deferred[R]" | "Deferred[Outcome[R]]"
"""The types that a step can return so that the next callback gets R, or the next errback an exception."""


failed: set[int] = set()
"""The ids of the chains that have failed and have no errback yet. The reactor looks at it after each turn."""


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
        self._discarded: object = None  # the error that gather_results has passed on: it is not reported here
        self._made_at = caller()

    def cancel(self) -> None:
        """Stop waiting: call the canceller, then fail with CancelledError unless the canceller gave a result.

        A suspended chain cancels the Deferred that it waits for. A chain that has a result ignores the call.
        """
        if (source := self._source()) is not self:
            source.cancel()
            return
        if self._state is ChainState.PENDING:
            canceller, self._canceller = self._canceller, None
            self._ignore_next = canceller is None
            if callable(canceller):
                canceller(self)
        if self._state is ChainState.PENDING:
            self._fire(CancelledError())

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
                stack.pop()._note_failure()
            elif isinstance(step := chain._steps.popleft(), Chain):
                result, chain._result = chain._result, None
                step._settle(result)
                stack.append(step)
            else:
                chain._call(*step)

    def _note_failure(self) -> None:
        if isinstance(self._result, Exception) and self._result is not self._discarded:
            failed.add(id(self))
        else:
            failed.discard(id(self))

    def _discard(self, error: Exception) -> Exception:
        """The step that passes `error` on. It is not reported, even if no later step handles it."""
        self._discarded = error
        return error

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
        """The chain that this one waits for, directly or through others; itself if it does not wait."""
        chain = self
        while isinstance(chain._result, Chain):
            chain = chain._result
        return chain

    def _drive(self, value: object, coroutine: Coroutine[object, object, object], context: Context) -> object:
        """The step that runs `coroutine` up to its next `await`, and then adds itself as the next step."""
        try:
            if isinstance(value, Exception):
                awaited = context.run(coroutine.throw, value)
            else:
                awaited = context.run(coroutine.send, value)
        except StopIteration as end:
            return end.value
        self._steps.appendleft((self._drive, self._drive, (coroutine, context)))
        return awaited if isinstance(awaited, Chain) else not_a_deferred(awaited)

    def __repr__(self) -> str:
        result = f": {self._result!r}" if self._state is ChainState.READY else ""
        return f"<Deferred {self._state.value}{result}>"

    def __del__(self) -> None:
        failed.discard(id(self))
        if isinstance(self._result, Exception) and self._result is not self._discarded:
            facts = {"place": self._made_at and place_of(*self._made_at), "error": repr(self._result)}
            sentence = Mistake.UNHANDLED_ERROR.sentence(**facts)
            log_failure(getLogger(__name__), self._result, "%s", sentence)


class Deferred(Chain, Generic[T]):
    """A chain whose result is a T or an exception. A coroutine awaits it:

    from core import Deferred, Reactor, defer_to_thread

    async def greet() -> None:
        name = await defer_to_thread(reactor, input, "Your name? ")
        print("Hello,", name)
        reactor.stop()

    reactor = Reactor()
    Deferred.from_coroutine(greet())
    reactor.run()

    `add_callback` and the others return the same object, with the result type of the new step. Continue with
    that return value: a type checker still takes the old variable for a Deferred[T].
    """

    def __init__(self, canceller: "Callable[[Deferred[T]], object] | None" = None) -> None:
        super().__init__(canceller)

    @staticmethod
    def from_coroutine(coroutine: Coroutine[object, object, Outcome[R]]) -> "Deferred[R]":
        """Start `coroutine`; the Deferred gets its result. `cancel()` cancels the Deferred that it awaits.

        It runs in a copy of the caller's context (contextvars). Raises TypeError for anything else.
        """
        check_coroutine("from_coroutine", coroutine)
        started = succeed(None)
        return started._add(started._drive, None, coroutine, copy_context())

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
        check_callable("add_callbacks", callback)
        check_callable("add_callbacks", errback)
        return self._add(callback, errback)

    def add_callback(self, f: Callable[[T, *Args], Outcome[R]], *args: *Args) -> "Deferred[R]":
        """Add a step that calls `f(value, *args)`. An exception skips this step."""
        check_callable("add_callback", f)
        return self._add(f, None, *args)

    def add_errback(self, f: Callable[[Exception, *Args], Outcome[R]], *args: *Args) -> "Deferred[T | R]":
        """Add a step that calls `f(error, *args)`. A value skips this step."""
        check_callable("add_errback", f)
        return self._add(None, f, *args)

    def add_both(self, f: Callable[[T | Exception, *Args], Outcome[R]], *args: *Args) -> "Deferred[R]":
        """Add a step that calls `f(result, *args)` with the value or exception."""
        check_callable("add_both", f)
        return self._add(f, f, *args)

    def add_timeout(
        self,
        seconds: float,
        clock: ReactorTime,
        on_timeout_cancel: Callable[[T | Exception, float], Outcome[T]] | None = None,
    ) -> "Deferred[T]":
        """Cancel after `seconds`, unless the steps added so far have finished.

        After that the result is what `on_timeout_cancel(result, seconds)` returns. The default turns a
        CancelledError into a TimeoutError, and passes any other result on.
        """
        call = clock.call_later(seconds, self.cancel)

        def stop(result: T | Exception) -> Outcome[T]:
            if call.active():
                call.cancel()
            elif on_timeout_cancel is not None:
                return on_timeout_cancel(result, seconds)
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


def maybe_deferred(
    f: Callable[P, Outcome[R] | Coroutine[object, object, Outcome[R]]], *args: P.args, **kwargs: P.kwargs
) -> Deferred[R]:
    """Call `f(*args, **kwargs)`, and return its result as a Deferred.

    A Deferred is returned as it is; a coroutine is started. An exception, raised or returned, is its error.
    """
    try:
        result: object = f(*args, **kwargs)
    except Exception as error:
        return fail(error)
    if isinstance(result, Deferred):
        return result
    if isinstance(result, Coroutine):
        return Deferred.from_coroutine(result)
    return succeed(None)._add(lambda _: result, None)


class DeferredList(Deferred[S], Generic[S]):
    """A Deferred of `[(True, value) or (False, error), …]`, once each of `deferreds` has its result.

    With `fire_on_one_callback`, the first value is enough: the result is then `(value, index)`. With
    `fire_on_one_errback`, the first error is enough: the list fails with FirstError.

    Each Deferred keeps its result for the steps that are added to it later. So an error in one of them still
    needs an errback there, unless `consume_errors` replaces it by None. `cancel()` cancels all of them.
    """

    @overload
    def __init__(
        self: "DeferredList[list[tuple[bool, T | Exception]]]",
        deferreds: Iterable[Deferred[T]],
        fire_on_one_callback: Literal[False] = False,
        fire_on_one_errback: bool = False,
        consume_errors: bool = False,
    ) -> None: ...
    @overload
    def __init__(
        self: "DeferredList[tuple[T, int]]",
        deferreds: Iterable[Deferred[T]],
        fire_on_one_callback: Literal[True],
        fire_on_one_errback: bool = False,
        consume_errors: bool = False,
    ) -> None: ...
    def __init__(
        self,
        deferreds: Iterable[Deferred[T]],
        fire_on_one_callback: bool = False,
        fire_on_one_errback: bool = False,
        consume_errors: bool = False,
    ) -> None:
        super().__init__()
        self._deferreds = list(deferreds)
        self._results: dict[int, tuple[bool, object]] = {}
        self._on_one_callback, self._on_one_errback = fire_on_one_callback, fire_on_one_errback
        self._consume_errors = consume_errors
        if not (self._deferreds or fire_on_one_callback):
            self._fire([])
        for index, deferred in enumerate(self._deferreds):
            deferred.add_both(self._record, index)

    def _record(self, result: object, index: int) -> object:
        error = result if isinstance(result, Exception) else None
        self._results[index] = (error is None, result)
        if not self.called:
            if error is not None and self._on_one_errback:
                self._fire(FirstError(error, index))
            elif error is None and self._on_one_callback:
                self._fire((result, index))
            elif len(self._results) == len(self._deferreds):
                self._fire([self._results[each] for each in sorted(self._results)])
        return None if error is not None and self._consume_errors else result

    def cancel(self) -> None:
        if self.called:
            super().cancel()
        else:
            for deferred in self._deferreds:
                deferred.cancel()


def gather_results(deferreds: Sequence[Deferred[T]], consume_errors: bool = False) -> Deferred[list[T]]:
    """A Deferred of the list of all values, in order, or of the first error. `cancel()` cancels all of them.

    `consume_errors` replaces the error in one of them by None, for the steps that are added to it later. Even
    without it these errors are not reported as unhandled: the first is the result, the others are discarded.
    """
    gathered = DeferredList(deferreds, fire_on_one_errback=True, consume_errors=consume_errors)
    for deferred in deferreds:
        deferred.add_errback(deferred._discard)
    return gathered._add(lambda results: [value for _, value in results], lambda error: error.sub_failure)
