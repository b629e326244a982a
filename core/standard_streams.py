"""Standard streams: each may be missing, a terminal, non-blocking, or impossible to write to."""

import errno
import os
import select
import stat
import sys
from typing import TextIO

from core.interfaces import Bytes


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
