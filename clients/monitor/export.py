"""Writes the sessions in the table to a file: JSON for programs, CSV for spreadsheets."""

import csv
import json
import os
from collections.abc import Sequence
from itertools import chain, count
from pathlib import Path

from clients.monitor.sessions.model import Now
from clients.monitor.sessions.server import SessionRow
from core.formats.feed import Row

FORMULA = ("=", "+", "-", "@")


def write(name: str, sessions: Sequence[SessionRow], now: Now) -> Path:
    """Write `sessions` to a new file and return its path, as `new_path` does. OSError, ValueError."""
    rows = [as_object(session, now) for session in sessions]
    path = new_path(name, (".json", ".csv"))
    try:
        _write(path, rows)
    except OSError:
        path.unlink(missing_ok=True)  # half a file would be taken for a whole one
        raise
    return path


def new_path(name: str, endings: Sequence[str]) -> Path:
    """The path `name`, or NAME-2, NAME-3, … if that exists; `~` is the home directory.

    ValueError if `name` has none of `endings`, or if there is no such directory.
    """
    path = Path(os.path.expanduser(name.strip()))
    if path.suffix not in endings:
        raise ValueError(f"the name has to end with {' or '.join(endings)}")
    if not path.parent.is_dir():
        raise ValueError(f"there is no directory {path.parent}")
    names = chain([path], (path.with_stem(f"{path.stem}-{number}") for number in count(2)))
    return next(name for name in names if not name.exists())


def _write(path: Path, rows: Sequence[dict[str, object]]) -> None:
    with path.open("x", encoding="utf-8", newline="") as file:
        if path.suffix == ".json":
            json.dump(rows, file, indent=2)
        else:
            writer = csv.writer(file)
            writer.writerow(["server", *Row._fields])
            writer.writerows([_quoted(value) for value in row.values()] for row in rows)


def as_object(session: SessionRow, now: Now) -> dict[str, object]:
    """A session as a JSON object."""
    idle = round(session.idle(now.seconds), 3)
    return {"server": session.server.name, **session.row._asdict(), "idle": idle}


def _quoted(value: object) -> object:
    """A text that begins like a formula gets a quote in front, so that no spreadsheet evaluates it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
