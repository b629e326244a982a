"""Text files with data of a server: quotes, insults. Users may replace them by files of their own."""

from pathlib import Path

from core.cli import fail

DATA = Path(__file__).parents[1] / "data"


def read_text(path: str | Path) -> str:
    """Read a text file in UTF-8. If this fails, exits 2 with a message, since the user named the file."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}", 2)
    except UnicodeDecodeError as error:
        fail(f"cannot read {path}: not UTF-8 at byte {error.start}", 2)
