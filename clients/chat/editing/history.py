"""The entered lines, for the arrow keys of the full screen, as readline keeps them."""

REMEMBERED = 200
"""Lines."""


class History:
    """The user moves through the entered lines and the new one. A line keeps its changes until Enter."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._lines: list[str] = []
        self._changed: dict[int, str] = {}
        self._position = 0  # of the line that is shown; the new one is behind the last

    def add(self, line: str) -> None:
        """Remember that `line` was entered, unless it is empty or equals the last one. All changes go."""
        if line and self._lines[-1:] != [line]:
            self._lines = [*self._lines, line][-self._most :]
        self._position = len(self._lines)
        self._changed.clear()

    def move(self, step: int, text: str) -> str | None:
        """The line before (`step` -1) or after the one that is shown, which is now `text`. None: no such."""
        position = self._position + step
        if not 0 <= position <= len(self._lines):
            return None
        self._changed[self._position] = text
        self._position = position
        return self._changed.get(position, self._lines[position] if position < len(self._lines) else "")
