"""Screens as they were when somebody looked at them and found them good: `goldens/*.txt`.

To take new ones, empty the folder and run the tests twice; then look at the difference.
"""

from pathlib import Path

FOLDER = Path(__file__).parent / "goldens"


def holds(name: str, screen: str, folder: Path = FOLDER) -> None:
    """`screen` is what it was; a new one is kept, and fails once, so that somebody looks at it."""
    path = folder / f"{name}.txt"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_text(screen, encoding="utf-8")
        raise AssertionError(f"{path} is new: look at it")
    assert screen == path.read_text(encoding="utf-8")
