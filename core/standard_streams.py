"""Standard streams: each may be missing, a terminal, non-blocking, or impossible to write to.

The lesson: writing to a full pipe, or to a terminal that Ctrl-S has stopped, blocks the thread that writes.
In the reactor's thread this would stop every session. So the reactor only appends to a queue, and the queue
has a limit, because memory has one. A BackgroundWriter is this queue, and the thread that empties it.
"""

import atexit
import errno
import logging
import os
import select
import stat
import sys
import time
from collections import deque
from collections.abc import Callable
from functools import cache
from threading import Condition, Thread
from typing import TextIO

from core.interfaces import Bytes

log = logging.getLogger(__name__)

MAX_QUEUED = 1 << 20
"""Characters that wait to be written. Text over this limit is dropped and counted."""

PIECE = 4096
"""Bytes in one write."""

CLOSE_WITHIN = 1.0
"""Seconds without any progress after which `close` gives up."""

CLOSE_ROUNDS = 5
"""`close` waits at most so many times CLOSE_WITHIN seconds."""

GATHER = 0.01
"""Seconds in which the thread waits for more text before it writes. Without this, a busy chat would spend
a fifth of its processor time on waking it."""

RETRY_AFTER = 1.0
"""Seconds before the next attempt when writing has failed, for instance because the disk is full."""


def open_missing() -> None:
    """Open /dev/null for each standard stream that was closed when the process started (`<&-`, `>&-`).

    Otherwise the next socket would get the number of the stream. A command calls this before it opens any.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - it stays open


def is_terminal(stream: TextIO | None) -> bool:
    """Whether `stream` exists and is a terminal."""
    return stream is not None and stream.isatty()


def has_gone(number: int, error: Exception) -> bool:
    """Whether `error`, of descriptor `number`, means that no reader or no terminal is at its other end."""
    if isinstance(error, OSError) and error.errno == errno.EIO:  # of a disk this would be a failure
        return stat.S_ISCHR(os.fstat(number).st_mode)
    return isinstance(error, BrokenPipeError)


def write_all(number: int, data: Bytes) -> None:
    """Write all of `data`. Waits while descriptor `number` is full, even if it is non-blocking. OSError."""
    # os.write would not know the Windows console.
    with open(number, "wb", buffering=0, closefd=False) as file:
        left = memoryview(data)
        while left:
            written = file.write(left)
            if written is None:
                select.select([], [number], [])
            left = left[written or 0 :]


def open_to_append(path: str) -> int:
    """A descriptor to append to `path`, which is created if it does not exist. OSError.

    For a FIFO that no process reads this fails at once, instead of waiting for a reader.
    """
    number = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), 0o666)
    if hasattr(os, "set_blocking"):
        os.set_blocking(number, True)
    return number


class BackgroundWriter:
    """Writes text to `stream` in a thread, which the first `write` starts. Any thread may call `write`.

    When lines were dropped, a line says how many as soon as the stream accepts text again. When the reader of
    the stream has gone, all text is discarded. `error` is that of the last write, if it failed. Each failure
    before the first success calls `on_error`, in the thread.
    """

    has_warned = False  # that there is no thread: once is enough for all writers

    def __init__(self, stream: TextIO, limit: int = MAX_QUEUED) -> None:
        self.error: OSError | None = None
        self.on_error: Callable[[], object] = lambda: None
        self._number = stream.fileno()
        self._encoding = stream.encoding
        self._limit = limit
        self._queue: deque[str] = deque()
        self._queued = 0
        self._dropped = 0
        self._pieces = 0  # that were written
        self._is_closed = False
        self._is_over = False  # the reader has gone, or `close` has given up: discard all text
        self._changed = Condition()
        self._thread: Thread | None = None

    def write(self, text: str) -> None:
        """Queue `text`, which has whole lines. Never blocks. A letter that the encoding lacks becomes `?`.

        After `close`, and if the system allows no thread, it is written at once, which can block.
        """
        if self._is_over:
            return
        with self._changed:
            if self._dropped or self._queued + len(text) > self._limit:
                self._dropped += text.count("\n")
            else:
                self._queue.append(text)
                self._queued += len(text)
            self._changed.notify()
        if self._is_closed or not self._start():
            self._write_queued()

    def flush(self) -> None:
        """Nothing to do. `logging` expects a stream to have it."""

    def close(self) -> bool:
        """Wait until everything is written, as long as the stream accepts something. False if it does not."""
        atexit.unregister(self.close)  # otherwise a stream that blocks would be waited for twice
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        for _ in range(CLOSE_ROUNDS):
            pieces = self._pieces
            if self._thread is None or self._join(self._thread):
                return True
            if pieces == self._pieces:
                break
        self._is_over = True
        return False

    def _start(self) -> bool:
        """Start the thread if there is none, as at first and after a fork. False if this is impossible."""
        if self._thread is None or not self._thread.is_alive():
            thread = Thread(target=self._run, daemon=True, name="background writer")
            try:
                thread.start()
            except RuntimeError as error:  # the system allows no further thread
                if not BackgroundWriter.has_warned:
                    BackgroundWriter.has_warned = True
                    log.warning("output that is not read can block this program: %s", error)
                return False
            self._thread = thread
        return True

    def _join(self, thread: Thread) -> bool:
        thread.join(CLOSE_WITHIN)
        return not thread.is_alive()

    def _run(self) -> None:
        while self._wait():
            if not self._is_closed:
                time.sleep(GATHER)
            self._write_queued()
            if self.error is not None:
                if self._is_closed:
                    return
                with self._changed:
                    self._changed.wait_for(lambda: self._is_closed, RETRY_AFTER)

    def _wait(self) -> bool:
        """Wait for text to write. False after `close`, when nothing is left."""
        with self._changed:
            self._changed.wait_for(lambda: self._queued or self._dropped or self._is_closed)
            return bool(self._queued or self._dropped)

    def _write_queued(self) -> None:
        data, dropped = self._pop()
        at = 0
        try:
            for at in range(0, len(data), PIECE):
                if self._is_over:  # the descriptor's number may have a new owner by now
                    return
                write_all(self._number, data[at : at + PIECE])
                self._pieces += 1
            self.error = None
        except OSError as error:
            if has_gone(self._number, error):
                self._is_over = True
                return
            with self._changed:
                self._dropped += dropped or data[at:].count(b"\n")
            self.error = error
            if not self._pieces:
                self.on_error()

    def _pop(self) -> tuple[bytes, int]:
        """The queued text; when there is none, a line about the dropped lines, with their number."""
        with self._changed:
            text, dropped = "".join(self._queue), 0
            self._queue.clear()
            self._queued = 0
            if not text and self._dropped:
                dropped, self._dropped = self._dropped, 0
                end_of_line = "\n" if self.error else ""  # half a line may have been written
                text = f"{end_of_line}[lines dropped here, because they could not be written: {dropped}]\n"
        return text.encode(self._encoding, "replace"), dropped


@cache
def writer(stream: TextIO) -> BackgroundWriter:
    """The writer of a standard stream. At its end the process waits for it, as `close` does."""
    made = BackgroundWriter(stream)
    atexit.register(made.close)
    return made
