"""DeferredList and gather_results: several Deferreds become one, which waits for all of them."""

from collections.abc import Iterable, Sequence
from typing import Generic, Literal, TypeVar, overload

from core.deferred import Deferred

T = TypeVar("T")
S = TypeVar("S")


class FirstError(Exception):
    """The first error in a DeferredList: `sub_failure` is the error, `index` the position of its Deferred."""

    def __init__(self, sub_failure: Exception, index: int) -> None:
        super().__init__(sub_failure, index)
        self.sub_failure = sub_failure
        self.index = index


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
        self._on_one_callback = fire_on_one_callback
        self._on_one_errback = fire_on_one_errback
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
    return gathered.add_callbacks(_values, _first)


def _values(results: list[tuple[bool, T | Exception]]) -> list[T]:
    return [value for _, value in results if not isinstance(value, Exception)]


def _first(error: Exception) -> Exception:
    return error.sub_failure if isinstance(error, FirstError) else error
