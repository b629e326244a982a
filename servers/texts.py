"""Quotes and insults are texts of ours, in files that anyone may replace by their own."""

from pathlib import Path

from core.cli import fail

DATA = Path(__file__).parent / "data"


def read_text(path: str | Path) -> str:
    """A text file in UTF-8. Ends the program with one line if it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")
    except UnicodeDecodeError as error:
        fail(f"cannot read {path}: not UTF-8 at byte {error.start}")
