"""The log (`--log FILE`): one line for each message, in the form of the piped mode.

A message is one line, whatever characters it contains, because line ends in it are already replaced by
visible characters. A line is written at once, so `tail -f` shows it.
"""

import os
from collections.abc import Callable, Iterable

from clients.chat.rendering import MESSAGES, StyledLine, render_piped


class LogFile:
    """Appends to the file at `path`. Raises OSError if it cannot be opened.

    If a later write fails (the disk is full), `on_error` is called once and the file is closed.
    """

    def __init__(self, path: str) -> None:
        # Not buffered: otherwise text that could not be written would be written again at exit.
        self._number: int | None = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.on_error: Callable[[OSError], object] = lambda error: None

    def write(self, lines: Iterable[StyledLine]) -> None:
        """Append the messages of people among `lines`."""
        text = "".join(render_piped(line) + "\n" for line in lines if line.role in MESSAGES)
        left = text.encode(errors="replace")
        try:
            while left and self._number is not None:
                left = left[os.write(self._number, left) :]
        except OSError as error:
            self.close()
            self.on_error(error)

    def close(self) -> None:
        """Close the file. Idempotent."""
        number, self._number = self._number, None
        if number is not None:
            os.close(number)
