"""The place where the line mode prints, and the one for a terminal that edits and shows the line itself."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence


class Screen(ABC):
    """The place where lines are printed."""

    @abstractmethod
    def print(self, *lines: str) -> None:
        """Print `lines` above the typed line."""

    def ring(self) -> None:
        """Call the user's attention."""

    def show_undelivered(self, rows: Sequence[str]) -> None:
        """Show `rows`, the lines that are not delivered yet, dim above the prompt."""

    def show_prompt(self, prompt: str) -> None:
        """Show `prompt` before the typed line."""


class DumbScreen(Screen):
    """Prints, and that is all: the terminal itself shows what is typed."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show

    def print(self, *lines: str) -> None:
        self._show("".join(line + "\n" for line in lines))
