"""Tab completes a name or a command. Tab again, until another key is pressed, gives the next candidate.

The completion recognises its own last result, so the fronts need not report the other keys.
"""

import unicodedata
from collections.abc import Callable, Sequence

PUNCTUATION = ",.;:!?)"


class Completion:
    """`candidates(prefix)` returns what a word can become, the best first."""

    def __init__(self, candidates: Callable[[str], Sequence[str]]) -> None:
        self._candidates = candidates
        self._made: tuple[str, int] | None = None  # the line as the last Tab left it
        self._head = ""
        self._tail = ""
        self._offers: Sequence[str] = ()
        self._turn = 0

    def tab(self, text: str, cursor: int, step: int = 1) -> tuple[str, int]:
        """The line after Tab (`step` -1: Shift-Tab), and its cursor; unchanged if there is no candidate."""
        if (text, cursor) == self._made:
            self._turn += step
        else:
            self._begin(text, cursor)
        if not self._offers:
            return text, cursor
        done = self._completed(self._offers[self._turn % len(self._offers)])
        self._made = done + self._tail, len(done)
        return self._made

    def replaces_space(self, text: str, cursor: int, key: str) -> bool:
        """Whether the punctuation mark `key` takes the place of the space that Tab put before the cursor."""
        before = text[:cursor]
        is_ours = (text, cursor) == self._made and before.endswith(" ") and not _are_names(before)
        return is_ours and key in PUNCTUATION

    def _begin(self, text: str, cursor: int) -> None:
        """Split the line. A name begins after any character that a name cannot have."""
        start = cursor
        while start and _is_of_a_name(text[start - 1]):
            start -= 1
        if text.startswith("/") and start == 1:
            start = 0
        self._head, self._tail = text[:start], text[cursor:]
        self._offers = self._candidates(text[start:cursor])
        self._turn = 0

    def _completed(self, word: str) -> str:
        """The line up to the end of `word`, with a colon after the names at its start.

        The colon and the space are added only if they do not follow already.
        """
        head, behind = self._head, " "
        if _are_names(head):
            head = head.removesuffix(": ") + ", "
        if _are_names(f"{head}{word}: "):
            behind = ": "
        if self._tail.startswith(behind[0]):
            behind = ""
        elif self._tail.startswith(" "):
            behind = behind.rstrip()
        return head + word + behind


def _is_of_a_name(character: str) -> bool:
    return character.isalnum() or character in "_-" or unicodedata.category(character).startswith("M")


def _are_names(head: str) -> bool:
    """Whether `head` begins a line that is for some people: `bob, bea: `."""
    names = head.removesuffix(": ").split(", ")
    return head.endswith(": ") and all(name and all(map(_is_of_a_name, name)) for name in names)
