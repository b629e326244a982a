"""The log file of a server, and its rotation: after a SIGHUP the file is opened anew, by its name.

A disk can be full, or gone. So a thread writes the file (core/standard_streams.py), another one opens it,
and the reactor waits for neither.
"""

import logging
import os
import signal
import stat
from contextlib import suppress
from logging.handlers import MemoryHandler
from typing import TextIO

from core import cli
from core.errors import in_words
from core.reactor import Reactor
from core.standard_streams import BackgroundWriter, open_to_append, write_all, writer
from core.threads import defer_to_thread

log = logging.getLogger(__name__)

MOST_EARLY = 10_000
"""Records that can wait until the file is open."""


class LogFile:
    """The log at `path`. Records of `level` and above are kept until `open`, and written from then on."""

    def __init__(self, path: str, level: str) -> None:
        self.path = path
        self._made = False
        self._early = MemoryHandler(MOST_EARLY, flushLevel=logging.CRITICAL + 1, flushOnClose=False)
        logging.basicConfig(level=level.upper(), handlers=[self._early])

    def open(self, in_background: bool = True) -> None:
        """Open the file, append the records so far, and log to it. OSError if it cannot be written.

        With `in_background` a thread writes. A process that starts others has no threads.
        """
        self._made = not os.path.lexists(self.path)
        self._file = open(open_to_append(self.path), "w", encoding="utf-8")  # noqa: SIM115 - open to the end
        handler = cli.log_handler(writer(self._file) if in_background else DirectWriter(self._file))
        self._early.setTarget(handler)
        self._early.flush()
        log_to(handler)

    def write_in_background(self) -> BackgroundWriter:
        """Let a thread write from now on, in the process of a worker."""
        output = writer(self._file)
        log_to(cli.log_handler(output))
        return output

    def may_be_rotated(self) -> bool:
        """Whether a file that was renamed can be replaced by a new one. True for a device."""
        is_regular = stat.S_ISREG(os.fstat(self._file.fileno()).st_mode)
        return not is_regular or os.access(os.path.dirname(self.path), os.W_OK | os.X_OK)

    def reopen(self) -> None:
        """Go on in the file that has the name now, which is created if there is none. OSError."""
        number = open_to_append(self.path)
        try:
            os.dup2(number, self._file.fileno(), inheritable=False)
        finally:
            os.close(number)

    def reopen_on_hang_up(self, reactor: Reactor) -> None:
        """Call `reopen` after each SIGHUP, where there is one. Called in the main thread."""

        def reopen() -> None:
            defer_to_thread(reactor, self.reopen).add_callbacks(self._on_reopened, self._on_failure)

        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, lambda number, frame: reactor.call_from_thread(reopen))

    def try_to_reopen(self) -> None:
        """As `reopen`; success and failure are logged."""
        try:
            self.reopen()
        except OSError as error:
            self._on_failure(error)
        else:
            self._on_reopened(None)

    def _on_reopened(self, _: None) -> None:
        log.info("the log is opened anew")

    def _on_failure(self, error: Exception) -> None:
        log.error("cannot open the log anew: %s. It goes on in the old file.", in_words(error))

    def discard(self) -> None:
        """Remove a file that `open` has made: the start has failed, and leaves nothing behind."""
        if self._made:
            with suppress(OSError):
                os.unlink(self.path)


class DirectWriter:
    """Writes to `stream` at once, for a process without sessions. Text that cannot be written is lost."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError):
            write_all(self._stream.fileno(), text.encode(self._stream.encoding, "replace"))

    def flush(self) -> None:
        """Nothing to do. `logging` expects a stream to have it."""


def log_to(handler: logging.Handler) -> None:
    """Let `handler` have all records, instead of the handlers so far."""
    logging.getLogger().handlers[:] = [handler]
