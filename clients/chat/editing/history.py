"""The lines that were entered before, to be brought back by the up arrow; and the one left half typed."""

LONGEST = 4000
"""Characters in a line; even if each takes four bytes, a chat server takes the line."""

REMEMBERED = 200
"""Lines."""


class History:
    """A walk through what was entered. The line under the fingers is kept until one comes back to it."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._lines: list[str] = []
        self._position = 0  # that of the line shown; behind the last one is the one under the fingers
        self._half_typed = ""

    def add(self, line: str) -> None:
        """`line` was entered. An empty one, and the same one again, are not kept; the walk is over."""
        if line and self._lines[-1:] != [line]:
            self._lines = [*self._lines, line][-self._most :]
        self._position = len(self._lines)
        self._half_typed = ""

    def up(self, text: str) -> str | None:
        """The line before; None if there is none. `text` is what stands there now."""
        if self._position == 0:
            return None
        if self._position == len(self._lines):
            self._half_typed = text
        self._position -= 1
        return self._lines[self._position]

    def down(self) -> str | None:
        """The line after; None if there is none."""
        if self._position == len(self._lines):
            return None
        self._position += 1
        return self._half_typed if self._position == len(self._lines) else self._lines[self._position]
