"""Compares screens with approved ones in `goldens/*.txt`.

To approve new ones, empty the directory and run the tests twice; then review the difference.
"""

from pathlib import Path

FOLDER = Path(__file__).parent / "goldens"


def holds(name: str, screen: str, folder: Path = FOLDER) -> None:
    """Check that `screen` equals the approved one. A new screen is stored, and fails once, to be reviewed."""
    path = folder / f"{name}.txt"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_text(screen, encoding="utf-8")
        raise AssertionError(f"{path} is new: review it")
    assert screen == path.read_text(encoding="utf-8")
