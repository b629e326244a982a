"""Runs inside the learner's process: starts the program, and reports its log and where it is.

Usage: python -m tutorials.course.inside REPORT_FD LESSON_DIRECTORY FILE [ARGUMENT …]
The reports are lines of JSON.
On SIGUSR1 Python writes the stack to the same descriptor, also from within `time.sleep` and `input`.
"""

import faulthandler
import json
import logging
import os
import runpy
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType

MOST_DESCRIPTORS = 256
MOST_FILE = 64 << 20
"""Bytes that a file of the program may have."""


class Reporter(logging.Handler):
    """Writes what happens in the program of the file `path` to a descriptor, one JSON object a line."""

    def __init__(self, descriptor: int, path: str) -> None:
        super().__init__(logging.WARNING)
        self._descriptor = descriptor
        self._path = path
        self._wrote = 0

    def report(self, kind: str, **facts: object) -> None:
        """Write `facts` as one line of JSON."""
        line = json.dumps({"kind": kind, **facts}).encode() + b"\n"
        while line:
            line = line[os.write(self._descriptor, line) :]

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        facts = {} if error is None else self.describe(error)
        self.report("log", level=record.levelname, logger=record.name, message=record.getMessage(), **facts)

    def emit_of_thread(self, arguments: threading.ExceptHookArgs) -> None:
        """Report the exception that has ended a thread."""
        if arguments.exc_value is not None:
            message = "an exception has ended a thread"
            self.report("log", level="ERROR", message=message, **self.describe(arguments.exc_value))

    def describe(self, error: BaseException) -> dict[str, object]:
        """The type, the text, the learner's line and the traceback of `error`."""
        trace = "".join(traceback.format_exception(error))
        line = self.line_of(error.__traceback__)
        return {"type": type(error).__name__, "text": str(error), "line": line, "trace": trace}

    def line_of(self, trace: TracebackType | None) -> int:
        """The innermost line of the learner's file in a traceback, or 0."""
        lines = [at for frame, at in traceback.walk_tb(trace) if frame.f_code.co_filename == self._path]
        return lines[-1] if lines else 0

    def note_write(self, frame: FrameType | None) -> None:
        """Report the learner's line that writes to a connection, if it is another one than before."""
        while frame is not None and frame.f_code.co_filename != self._path:
            frame = frame.f_back
        if frame is not None and frame.f_lineno != self._wrote:
            self._wrote = frame.f_lineno
            self.report("wrote", line=self._wrote)


def watch_writes(reporter: Reporter) -> None:
    """Report the lines of the program that write to a connection."""
    from core.transports.datagram import DatagramPort
    from core.transports.stream import StreamTransport

    for transport in (StreamTransport, DatagramPort):
        inner: Callable[..., object] = transport.write

        def write(self: object, *arguments: object, inner: Callable[..., object] = inner) -> None:
            reporter.note_write(sys._getframe(1))
            inner(self, *arguments)

        # A warning of the core names the call outside of the core: this must not count as one.
        code = inner.__code__
        write.__code__ = write.__code__.replace(
            co_filename=code.co_filename, co_firstlineno=code.co_firstlineno, co_qualname=code.co_qualname
        )
        setattr(transport, "write", write)  # noqa: B010 - mypy does not permit `transport.write = write`


def limit() -> None:
    """Limit the descriptors and the size of files, where the system can."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_DESCRIPTORS, MOST_DESCRIPTORS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_FILE, MOST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(descriptor: int, lesson: str, file: str, arguments: list[str]) -> None:
    """Do as `python FILE ARGUMENT …` does, or `python run.py FILE ARGUMENT …` if the lesson has a run.py."""
    reporter = Reporter(descriptor, file)
    logging.getLogger().addHandler(reporter)
    threading.excepthook = reporter.emit_of_thread
    if hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGUSR1, file=descriptor)
    runner = Path(lesson) / "run.py"
    sys.argv = [*([str(runner)] if runner.is_file() else []), file, *arguments]
    clone = str(Path(__file__).parents[2])
    others = [place for place in sys.path if place not in ("", clone)]
    sys.path[:] = [str(Path(file).parent), lesson, clone, *others]
    watch_writes(reporter)
    limit()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # core.engine.loading has set a handler
    signal.signal(signal.SIGINT, signal.default_int_handler)
    reporter.report("begins")
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except Exception as error:
        reporter.report("exception", **reporter.describe(error))
        raise SystemExit(1) from None


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:])
