"""The place where the line mode prints, while the terminal itself edits and shows the line."""

from collections.abc import Callable, Sequence


class Screen:
    """Prints lines with `show`, and that is all. A subclass edits the line."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show

    def print(self, *lines: str) -> None:
        """Print `lines` above the typed line."""
        self._show("".join(line + "\n" for line in lines))

    def ring(self) -> None:
        """Call the user's attention."""

    def show_undelivered(self, rows: Sequence[str]) -> None:
        """Show `rows`, the lines that are not delivered yet, dim above the prompt."""

    def show_prompt(self, prompt: str) -> None:
        """Show `prompt` before the typed line."""
