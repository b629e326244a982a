"""What the table shows, as a file: JSON for programs, CSV for spreadsheets."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

from clients.monitor.model import Line, Now
from core.formats.feed import Row

FORMULA = ("=", "+", "-", "@")


def write(path: Path, lines: Sequence[Line], now: Now) -> None:
    """Write `lines` to a new file. ValueError for another ending than .json or .csv; OSError."""
    rows = [record(line, now) for line in lines]
    if path.suffix == ".json":
        with path.open("x", encoding="utf-8") as file:
            json.dump(rows, file, indent=2)
    elif path.suffix == ".csv":
        with path.open("x", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["server", *Row._fields])
            writer.writerows([_inert(value) for value in row.values()] for row in rows)
    else:
        raise ValueError(f"{path.name}: the name has to end with .json or .csv")


def record(line: Line, now: Now) -> dict[str, object]:
    """A session as JSON has it."""
    return {"server": line.server.name, **line.row._asdict(), "idle": round(line.idle(now.seconds), 3)}


def _inert(value: object) -> object:
    """A spreadsheet takes a text that begins like a formula for one: a quote before it stops that."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
