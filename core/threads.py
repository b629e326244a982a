"""defer_to_thread: runs a blocking call in a thread, and gives its result to the reactor's thread.

A call that blocks the reactor's thread blocks all connections. Some calls exist only in a blocking form,
such as the look-up of a host name. The thread is a daemon, so a call that never returns does not keep the
program alive.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar, TypeVarTuple

from core.deferred import Deferred
from core.interfaces import ReactorCore
from core.mistakes.checks import check_callable

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


def defer_to_thread(
    reactor: ReactorCore, f: Callable[[*Arguments], Result], *args: *Arguments
) -> Deferred[Result]:
    """Call `f(*args)` in a new thread. The Deferred gets its return value, or its exception.

    If the system allows no further thread, it gets the RuntimeError.
    """
    check_callable("defer_to_thread", f)
    deferred: Deferred[Result] = Deferred()

    def work() -> None:
        try:
            result = f(*args)
        except Exception as error:
            reactor.call_from_thread(deferred.errback, error)
        else:
            reactor.call_from_thread(deferred.callback, result)

    try:
        threading.Thread(target=work, daemon=True, name=f"reactor: {getattr(f, '__name__', f)}").start()
    except RuntimeError as error:
        reactor.call_soon(deferred.errback, error)
    return deferred


def processor_wait(thread: int = 0) -> float:
    """Seconds for which a thread, by its native number, was ready and had no processor; 0: this thread.

    It is 0.0 where the kernel does not tell: only Linux does, in /proc.
    """
    path = f"/proc/self/task/{thread or threading.get_native_id()}/schedstat"
    with suppress(OSError), open(path, "rb") as file:
        return int(file.read().split()[1]) / 1e9
    return 0.0
