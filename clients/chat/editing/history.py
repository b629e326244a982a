"""The entered lines, for the arrow keys of the full screen, as readline keeps them."""

from core.formats.text import fold

REMEMBERED = 200
"""Lines."""


class History:
    """The user moves through the entered lines and the new one. A line keeps its changes until Enter."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._lines: list[str] = []
        self._changed: dict[int, str] = {}
        self._position = 0  # of the line that is shown; the new one is behind the last
        self._sought = ""
        self._found: str | None = None  # the last result of `search`

    def add(self, line: str) -> None:
        """Remember that `line` was entered, unless it is empty or equals the last one. All changes go."""
        if line and self._lines[-1:] != [line]:
            self._lines = [*self._lines, line][-self._most :]
        self._position = len(self._lines)
        self._changed.clear()

    def move(self, step: int, text: str) -> str | None:
        """The line before (`step` -1) or after the one that is shown, which is now `text`. None: no such."""
        position = self._position + step
        return self._go(position, text) if 0 <= position <= len(self._lines) else None

    def search(self, text: str) -> str | None:
        """The newest line, of those before the one that is shown, which contains `text`. None: no such.

        If `text` is the last result, the search goes on for the same text as before.
        """
        if text != self._found:
            self._sought = text
        for position in range(self._position - 1, -1, -1):
            if fold(self._sought) in fold(self._lines[position]):
                self._found = self._go(position, text)
                return self._found
        return None

    def _go(self, position: int, text: str) -> str:
        self._changed[self._position] = text
        self._position = position
        return self._changed.get(position, self._lines[position] if position < len(self._lines) else "")
