"""Reads the edits and the call trees of a lesson's page, and tries them on a real server."""

import re
import shutil
from pathlib import Path

from tests.running import ROOT, Server, until_logged

EDIT = re.compile(r"^```diff\n--- (.+)\n((?:[-+ ].*\n)+)```$", re.MULTILINE)
CALL_TREE = re.compile(r"^```text\n(Loop\.turn\n(?:.+\n)+)```$", re.MULTILINE)


def broken(lesson: Path, number: int, directory: Path) -> dict[str, str]:
    """Copy the code to `directory` and apply edit `number` of `lesson`.

    Returns the environment variables with which Python imports the copy.
    """
    path, body = EDIT.findall(lesson.read_text("utf-8"))[number]
    before = "".join(line[1:] + "\n" for line in body.splitlines() if line[0] in " -")
    after = "".join(line[1:] + "\n" for line in body.splitlines() if line[0] in " +")
    for package in {"core", "servers", Path(path).parts[0]}:
        shutil.copytree(ROOT / package, directory / package)
    text = (directory / path).read_text("utf-8")
    assert text.count(before) == 1, f"{path} must contain these lines exactly once:\n{before}"
    (directory / path).write_text(text.replace(before, after), "utf-8")
    return {"PYTHONPATH": str(directory), "PYTHONSAFEPATH": "1"}


def call_trees(lesson: Path) -> list[str]:
    """The call trees on the page of `lesson`, without the descriptor numbers."""
    return [without_numbers(text) for text in CALL_TREE.findall(lesson.read_text("utf-8"))]


def without_numbers(call_tree: str) -> str:
    """Remove the descriptor numbers, which differ between machines and are missing after a close."""
    return re.sub(r" -?\d+$", "", call_tree, flags=re.MULTILINE)


def until_asleep(server: Server, after: str = "") -> None:
    """Wait until the call tree of `server` ends with `after` and then a turn that waits in `poll`."""
    until_logged(server, lambda printed: printed.endswith(f"{after}\n\nLoop.turn\n  kernel: poll\n"))


def has_printed(server: Server, expected: list[str]) -> None:
    """Stop `server`, and check that it has printed each call tree of `expected`."""
    assert server.stop() == 0
    printed = without_numbers(server.stderr())
    for call_tree in expected:
        assert f"\n{call_tree}\n" in printed, f"{call_tree}\nis not in\n{printed}"
