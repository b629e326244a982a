"""A stream that is written by a thread, so that a terminal or pipe that is not read blocks nothing else.

The lesson: writing to a full pipe, or to a terminal that Ctrl-S has stopped, blocks the thread that writes.
In the reactor's thread this would stop every session. So the reactor only appends to a queue, and the queue
has a limit, because memory has one.
"""

import select
import sys
from collections import deque
from functools import cache
from threading import Condition, Thread
from typing import TextIO

MAX_QUEUED = 1 << 20
"""Characters that wait to be written. Text over this limit is dropped and counted."""

CLOSE_WITHIN = 1.0
"""Seconds that `close` waits for the stream to accept the rest of the queue."""

RETRY_AFTER = 1.0
"""Seconds before the next attempt when writing has failed, for instance because the disk is full."""


class BackgroundWriter:
    """Writes text to `stream` in a thread, which the first `write` starts. Any thread may call `write`.

    When lines were dropped, a line says how many as soon as the stream accepts text again. When the reader of
    the stream has gone, all text is discarded.
    """

    def __init__(self, stream: TextIO, limit: int = MAX_QUEUED) -> None:
        # Unbuffered, because Python flushes buffers when it ends, and would wait for the blocked thread.
        self._file = open(stream.fileno(), "wb", buffering=0, closefd=False)  # noqa: SIM115
        self._encoding = stream.encoding
        self._limit = limit
        self._queue: deque[str] = deque()
        self._queued = 0
        self._dropped = 0
        self._is_closed = False
        self._changed = Condition()
        self._thread: Thread | None = None

    def write(self, text: str) -> None:
        """Queue `text`, which has whole lines. Never blocks. A letter that the encoding lacks becomes `?`."""
        with self._changed:
            if self._dropped or self._queued + len(text) > self._limit:
                self._dropped += text.count("\n")
            else:
                self._queue.append(text)
                self._queued += len(text)
            self._changed.notify()
            if self._thread is None:
                self._thread = Thread(target=self._run, daemon=True, name="background writer")
                self._thread.start()

    def close(self) -> bool:
        """Wait until everything is written, but at most CLOSE_WITHIN seconds. False if the stream blocks."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        if self._thread is None:
            return True
        self._thread.join(CLOSE_WITHIN)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while data := self._next():
            try:
                self._write_all(data)
            except BrokenPipeError:
                return
            except OSError:
                if self._is_closed:
                    return
                with self._changed:
                    self._dropped += data.count(b"\n")
                    self._changed.wait_for(lambda: self._is_closed, RETRY_AFTER)

    def _next(self) -> bytes:
        """Wait for the next text to write. Empty after `close`, when nothing is left."""
        with self._changed:
            self._changed.wait_for(lambda: self._queued or self._dropped or self._is_closed)
            text = "".join(self._queue)
            self._queue.clear()
            self._queued = 0
            if not text and self._dropped:
                text = f"[lines dropped here, because they could not be written: {self._dropped}]\n"
                self._dropped = 0
        return text.encode(self._encoding, "replace")

    def _write_all(self, data: bytes) -> None:
        while data:
            written = self._file.write(data)
            if written is None:  # another program made the stream non-blocking
                select.select([], [self._file], [])
            data = data[written or 0 :]


@cache
def standard_output() -> BackgroundWriter:
    """The writer of this process's stdout, for what is printed while connections are open."""
    return BackgroundWriter(sys.stdout)
