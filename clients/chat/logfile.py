"""The log (`--log FILE`): one line for each message, in the form of the piped mode.

A message is one line, whatever characters it contains, because line ends in it are already replaced by
visible characters. A line is written at once, so `tail -f` shows it.
"""

import os
from collections.abc import Callable, Iterable

from clients.chat.rendering import MESSAGES, StyledLine, render_piped


class LogFile:
    """Appends to the file at `path`. Raises OSError if it cannot be opened.

    If another program renames or removes the file (logrotate), the next line goes to a new one. If that or a
    write fails (the disk is full), `on_error` is called once and the file is closed.
    """

    def __init__(self, path: str) -> None:
        # Not buffered: otherwise text that could not be written would be written again at exit.
        self._path = path
        self._number: int | None = self._open()
        self.on_error: Callable[[OSError], object] = lambda error: None

    def write(self, lines: Iterable[StyledLine]) -> None:
        """Append the messages of people among `lines`."""
        text = "".join(render_piped(line) + "\n" for line in lines if line.role in MESSAGES)
        left = text.encode(errors="replace")
        try:
            if self._number is not None and left and not self._is_there(self._number):
                self.close()
                self._number = self._open()
            while left and self._number is not None:
                left = left[os.write(self._number, left) :]
        except OSError as error:
            self.close()
            self.on_error(error)

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def _is_there(self, number: int) -> bool:
        """Whether the open file is still the one at the path."""
        try:
            return os.path.samestat(os.fstat(number), os.stat(self._path))
        except FileNotFoundError:
            return False

    def close(self) -> None:
        """Close the file. Idempotent."""
        number, self._number = self._number, None
        if number is not None:
            os.close(number)
