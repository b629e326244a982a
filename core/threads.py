"""What blocks is done in a thread of its own, and its result comes back to the reactor's.

The reactor has one thread, and whoever blocks it blocks everyone. Some calls cannot but block: looking a
name up is the one that every client makes. The thread is a daemon, so that one that hangs does not keep
the program from ending.
"""

import threading
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from core.deferred import Deferred
from core.interfaces import ReactorCore
from core.mistakes import check_callable

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


def defer_to_thread(
    reactor: ReactorCore, f: Callable[[*Arguments], Result], *args: *Arguments
) -> Deferred[Result]:
    """Call `f(*args)` in a thread; the result has its value, or what it raised."""
    check_callable("defer_to_thread", f)
    deferred: Deferred[Result] = Deferred()

    def work() -> None:
        try:
            result = f(*args)
        except Exception as error:
            reactor.call_from_thread(deferred.errback, error)
        else:
            reactor.call_from_thread(deferred.callback, result)

    threading.Thread(target=work, daemon=True, name=f"reactor: {getattr(f, '__name__', f)}").start()
    return deferred
