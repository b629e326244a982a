"""What a lesson has the class break and watch, taken from its page and tried on a real server."""

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from tests.servers.running import GUARD, ROOT, Server

EDIT = re.compile(r"^```diff\n--- (.+)\n((?:[-+ ].*\n)+)```$", re.MULTILINE)
DRAWING = re.compile(r"^```text\n(Loop\.turn\n(?:.+\n)+)```$", re.MULTILINE)


def broken(lesson: Path, number: int, house: Path) -> dict[str, str]:
    """Make a copy of the code in `house` with an edit of `lesson` in it. The environment that uses it."""
    path, body = EDIT.findall(lesson.read_text("utf-8"))[number]
    before = "".join(line[1:] + "\n" for line in body.splitlines() if line[0] in " -")
    after = "".join(line[1:] + "\n" for line in body.splitlines() if line[0] in " +")
    for package in ("core", "servers"):
        shutil.copytree(ROOT / package, house / package)
    text = (house / path).read_text("utf-8")
    assert text.count(before) == 1, f"this is not, or not only once, in {path}:\n{before}"
    (house / path).write_text(text.replace(before, after), "utf-8")
    return {"PYTHONPATH": str(house), "PYTHONSAFEPATH": "1"}


def drawings(lesson: Path) -> list[str]:
    """The turns that `lesson` shows, without the numbers of descriptors."""
    return [without_numbers(text) for text in DRAWING.findall(lesson.read_text("utf-8"))]


def without_numbers(drawing: str) -> str:
    """Descriptors may have other numbers elsewhere, and have none once they are closed."""
    return re.sub(r" -?\d+$", "", drawing, flags=re.MULTILINE)


def until(found: Callable[[], object], text: Callable[[], str]) -> None:
    """Look again and again until `found` says yes. `text` is what it looks at."""
    end = time.monotonic() + GUARD
    while not found():
        assert time.monotonic() < end, f"it did not come in\n{text()}"


def until_logged(server: Server, found: Callable[[str], object]) -> None:
    """Wait until `found` says yes to what `server` has logged, or drawn."""
    until(lambda: found(server.stderr()), server.stderr)


def until_asleep(server: Server, after: str = "") -> None:
    """Wait until `server` draws itself sleeping, right below what ends with `after`."""
    until_logged(server, lambda drawn: drawn.endswith(f"{after}\n\nLoop.turn\n  kernel: poll\n"))


def has_drawn(server: Server, expected: list[str]) -> None:
    """See that `server`, which ends with this, has drawn each of these turns."""
    assert server.stop() == 0
    drawn = without_numbers(server.stderr())
    for drawing in expected:
        assert f"\n{drawing}\n" in drawn, f"{drawing}\nis not in\n{drawn}"
