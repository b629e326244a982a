"""Stop signals: a signal may arrive between any two instructions, so it becomes an ordinary event."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STOPPING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]

before_kill: list[Callable[[], object]] = []
"""Called before a signal ends the process: for instance to restore a terminal."""

NOT_FATAL = {
    getattr(signal, f"SIG{name}", None)
    for name in ("CHLD", "CONT", "INFO", "KILL", "STOP", "TSTP", "TTIN", "TTOU", "URG", "WINCH")
}
"""The signals whose default action does not end a process, and the one that cannot be handled."""

FAULTS = {getattr(signal, f"SIG{name}", None) for name in ("BUS", "FPE", "ILL", "SEGV")}
"""The signals after which Python code cannot run."""


@contextmanager
def stop_signals(stop: Callable[[], object], wakeup_fileno: int) -> Iterator[None]:
    """Within this context the first Ctrl-C or SIGTERM calls `stop()`, and a second one ends the process.

    A Ctrl-C that was ignored when the process started (`nohup`, `&` in a script) remains ignored. Python runs
    a signal handler only between its own instructions. So the interpreter also writes a byte to
    `wakeup_fileno`, which ends a wait in the kernel. Outside the main thread this does nothing, because only
    the main thread can set signal handlers.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    before = {each: signal.getsignal(each) for each in STOPPING if not is_ignored(each)}
    handler = _handler(stop, list(before))
    for each in before:
        signal.signal(each, handler)
    wakeup_before = signal.set_wakeup_fd(wakeup_fileno, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup_before)
        for each, previous in before.items():
            signal.signal(each, previous)


def _handler(stop: Callable[[], object], numbers: list[int]) -> Callable[[int, object], None]:
    """The handler for `numbers`: the first signal calls `stop()`, the second one ends the process."""
    is_stopping = False

    def on_signal(number: int, frame: object) -> None:
        nonlocal is_stopping
        if is_stopping:
            kill(number)
        is_stopping = True
        # Process 1 of a container ignores a signal without a handler: pid_namespaces(7).
        if not before_kill and os.getpid() != 1:
            for each in numbers:
                signal.signal(each, signal.SIG_DFL)
        stop()

    return on_signal


def exit_on_signals() -> None:
    """From now on the first Ctrl-C, SIGTERM or SIGHUP raises SystemExit(0), and the next ones are ignored.

    For a program that has started others: its `finally` and `with` blocks end them. A Ctrl-C or SIGHUP that
    was ignored when the process started remains ignored.
    """
    numbers = [each for each in STOPPING if not is_ignored(each)]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)

    def on_signal(number: int, frame: object) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        sys.exit(0)

    for each in numbers:
        signal.signal(each, on_signal)


def leave_to_main_thread() -> None:
    """Have the system give no signal to this thread, so that each one interrupts the main thread's wait.

    Not for a thread that starts processes: these would inherit it.
    """
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


def is_ignored(number: int) -> bool:
    """Whether the signal is to be left alone: a Ctrl-C that is ignored. A SIGTERM is never left alone."""
    return number == signal.SIGINT and signal.getsignal(number) is signal.SIG_IGN


def kill(number: int) -> None:
    """End the process at once, as the signal does where nothing handles it."""
    for call in before_kill:
        call()
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
    os._exit(128 + number)


@contextmanager
def restoring(restore: Callable[[], object]) -> Iterator[None]:
    """Within this context, call `restore` before a signal ends the process, if its action is the default.

    `restore` must wait for no lock and no thread: the interrupted code may hold the lock.
    """
    before_kill.append(restore)

    def on_signal(number: int, frame: object) -> None:
        kill(number)

    for number in signal.valid_signals() - NOT_FATAL - FAULTS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, on_signal)
    try:
        yield
    finally:
        before_kill.remove(restore)
        for number in signal.valid_signals():
            if signal.getsignal(number) is on_signal:  # and not one that was set meanwhile
                signal.signal(number, signal.SIG_DFL)
