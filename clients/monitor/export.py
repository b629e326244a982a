"""What the table shows, as a file: JSON for programs, CSV for spreadsheets."""

import csv
import json
from collections.abc import Sequence
from itertools import chain, count
from pathlib import Path

from clients.monitor.sessions.model import Now
from clients.monitor.sessions.server import SessionRow
from core.formats.feed import Row

FORMULA = ("=", "+", "-", "@")


def write(path: Path, lines: Sequence[SessionRow], now: Now) -> Path:
    """Write `lines` to a new file at `path`; if there is one, to NAME-2, NAME-3, … Where it is now.

    ValueError for another ending than .json or .csv, and for a directory that is not there; OSError.
    """
    if path.suffix not in (".json", ".csv"):
        raise ValueError(f"{str(path)!r}: the name has to end with .json or .csv")
    if not path.parent.is_dir():
        raise ValueError(f"there is no directory {path.parent}")
    rows = [record(line, now) for line in lines]
    names = chain([path], (path.with_stem(f"{path.stem}-{number}") for number in count(2)))
    free = next(name for name in names if not name.exists())
    with free.open("x", encoding="utf-8", newline="") as file:
        if path.suffix == ".json":
            json.dump(rows, file, indent=2)
        else:
            writer = csv.writer(file)
            writer.writerow(["server", *Row._fields])
            writer.writerows([_inert(value) for value in row.values()] for row in rows)
    return free


def record(line: SessionRow, now: Now) -> dict[str, object]:
    """A session as JSON has it."""
    return {"server": line.server.name, **line.row._asdict(), "idle": round(line.idle(now.seconds), 3)}


def _inert(value: object) -> object:
    """A spreadsheet takes a text that begins like a formula for one: a quote before it stops that."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
