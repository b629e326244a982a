"""Where the body goes: a file, a pipe or a terminal.

A file or a pipe can block, and cannot be waited for as a socket can. So a thread writes each piece, while the
response pauses.
"""

import os
import stat
import sys
from typing import BinaryIO

from clients.talk import VisibleText
from core.deferred import Deferred, fail
from core.reactor import Reactor
from core.standard_streams import is_terminal, write_all
from core.threads import defer_to_thread


class BinaryForTerminal(Exception):
    """The body is no text, so a terminal cannot show it."""


class Output:
    """A descriptor that the body is written to as it is."""

    path = ""
    """The path of the file, or "" for standard output."""

    def __init__(self, reactor: Reactor, number: int) -> None:
        self._reactor = reactor
        self.number = number

    def is_regular(self) -> bool:
        """Whether it is a file on a disk, and no terminal, device or pipe."""
        return stat.S_ISREG(os.fstat(self.number).st_mode)

    def write(self, data: bytes) -> Deferred[None]:
        """Write all of `data`. The Deferred gets None, or the OSError."""
        written = defer_to_thread(self._reactor, write_all, self.number, data)
        return written.add_errback(self._without_thread, data)

    def _without_thread(self, error: Exception, data: bytes) -> Exception | None:
        if not isinstance(error, RuntimeError):
            return error
        write_all(self.number, data)  # the system allows no further thread
        return None

    def end(self) -> Deferred[None]:
        """Write what is left after the last piece, and close."""
        return self.write(b"")


class TerminalOutput(Output):
    """A terminal. It gets text, in which control characters are replaced by visible ones."""

    def __init__(self, reactor: Reactor, number: int, encoding: str) -> None:
        super().__init__(reactor, number)
        self._encoding = encoding
        self._text = VisibleText()

    def write(self, data: bytes) -> Deferred[None]:
        """As for any output. Fails with BinaryForTerminal if there is a NUL in `data`."""
        if b"\0" in data:
            return fail(BinaryForTerminal())
        return self._show(self._text.feed(data))

    def end(self) -> Deferred[None]:
        return self._show(self._text.feed(b"", final=True))

    def _show(self, text: str) -> Deferred[None]:
        return super().write(text.encode(self._encoding, "replace"))


class FileOutput(Output):
    """The file at `path`. With `appends` it keeps what it has. Raises OSError if it cannot be opened."""

    def __init__(self, reactor: Reactor, path: str, appends: bool) -> None:
        self.path = path
        self._file: BinaryIO = open(path, "ab" if appends else "wb", buffering=0)  # noqa: SIM115 - end() closes it
        super().__init__(reactor, self._file.fileno())

    def end(self) -> Deferred[None]:
        return super().end().add_callback(lambda _: self._file.close())


def standard_output(reactor: Reactor) -> Output:
    """The output for stdout, which is a terminal or not."""
    if is_terminal(sys.stdout):
        return TerminalOutput(reactor, sys.stdout.fileno(), sys.stdout.encoding)
    return Output(reactor, sys.stdout.fileno())
