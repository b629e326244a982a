"""Quotes and insults are texts of ours, in files that anyone may replace by their own."""

from pathlib import Path

from core.cli import fail

DATA = Path(__file__).parents[1] / "data"


def read_text(path: str | Path) -> str:
    """A text file in UTF-8. Ends the program if it cannot be read: whoever named it named a wrong one."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}", 2)
    except UnicodeDecodeError as error:
        fail(f"cannot read {path}: not UTF-8 at byte {error.start}", 2)
