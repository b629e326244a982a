"""`--log FILE`: the conversation, one line for each message, in the form in which a pipe gets it.

Whatever characters a message has, it takes one line, since what would end a line has been made visible
long before. A line is in the file as soon as it is on the screen, so that `tail -f` shows it.
"""

import os
from collections.abc import Callable, Iterable

from clients.chat.rendering import MESSAGES, StyledLine, piped


class LogFile:
    """Appends to the file at `path`. OSError if it cannot be opened.

    Should it not take a line later (the disk is full), `on_error` is told, once, and no more is written.
    """

    def __init__(self, path: str) -> None:
        # Unbuffered: what could not be written must not be tried again at the end of the program.
        self._number: int | None = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.path = path
        self.on_error: Callable[[OSError], object] = lambda error: None

    def write(self, lines: Iterable[StyledLine]) -> None:
        """Add those of `lines` that people said."""
        text = "".join(piped(line) + "\n" for line in lines if line.role in MESSAGES)
        left = text.encode(errors="replace")
        try:
            while left and self._number is not None:
                left = left[os.write(self._number, left) :]
        except OSError as error:
            self.close()
            self.on_error(error)

    def close(self) -> None:
        """That is all."""
        number, self._number = self._number, None
        if number is not None:
            os.close(number)
