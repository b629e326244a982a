"""Checked access to parsed JSON: each function returns a value of its type, or raises ValueError."""

import json
from collections.abc import Mapping


def as_number(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15:
        return float(value)
    raise ValueError(f"not a number: {value!r:.40}")


def as_whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(f"not a whole number: {value!r:.40}")


def as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise ValueError(f"not a text: {value!r:.40}")


def as_items(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    raise ValueError(f"not a list: {value!r:.40}")


def as_objects(value: object) -> list[dict[str, object]]:
    return [item for item in as_items(value) if isinstance(item, dict)]


def parse_object(line: bytes) -> Mapping[str, object]:
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("not a line of JSON") from None
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found
