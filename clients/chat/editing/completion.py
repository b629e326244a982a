"""Tab finishes a word, and Tab again tries the next one that would fit, until something else is typed.

Nothing has to tell it that something else was typed: it knows the line that it made, and begins anew
with any other.
"""

from collections.abc import Callable, Sequence


class Completion:
    """Knows by `candidates(prefix)` what a word may become, the best first."""

    def __init__(self, candidates: Callable[[str], Sequence[str]]) -> None:
        self._candidates = candidates
        self._made: tuple[str, int] | None = None  # the line as the last Tab left it
        self._head = ""
        self._tail = ""
        self._offers: Sequence[str] = ()
        self._turn = 0

    def tab(self, text: str, cursor: int, step: int = 1) -> tuple[str, int]:
        """The line after Tab (`step` -1 for Shift-Tab), and its cursor; as it was if nothing fits."""
        if (text, cursor) == self._made:
            self._turn += step
        else:
            self._begin(text, cursor)
        if not self._offers:
            return text, cursor
        done = self._head + self._finished(self._offers[self._turn % len(self._offers)])
        self._made = done + self._tail, len(done)
        return self._made

    def _begin(self, text: str, cursor: int) -> None:
        start = max(text.rfind(space, 0, cursor) for space in " \t") + 1
        self._head, self._tail = text[:start], text[cursor:]
        self._offers = self._candidates(text[start:cursor])
        self._turn = 0

    def _finished(self, word: str) -> str:
        """A name at the start of a line is who is spoken to."""
        return word + (": " if not self._head and not word.startswith("/") else " ")
