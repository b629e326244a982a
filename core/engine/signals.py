"""Stop signals: a signal may arrive between any two instructions, so it becomes an ordinary event."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STOPPING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]


@contextmanager
def stop_signals(stop: Callable[[], object], wakeup_fileno: int) -> Iterator[None]:
    """Within this context the first Ctrl-C or SIGTERM calls `stop()`, and a second one ends the process.

    Python runs a signal handler only between its own instructions. So the interpreter also writes a byte to
    `wakeup_fileno`, which ends a wait in the kernel. Outside the main thread this does nothing, because only
    the main thread can set signal handlers.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_signal(number: int, frame: object) -> None:
        for each in STOPPING:
            signal.signal(each, signal.SIG_DFL)
        stop()

    before = {each: signal.signal(each, on_signal) for each in STOPPING}
    wakeup_before = signal.set_wakeup_fd(wakeup_fileno, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup_before)
        for each, handler in before.items():
            signal.signal(each, handler)
