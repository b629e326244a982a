"""The lessons that a learner has begun and passed: a JSON file beside the programs, replaced atomically."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from core.formats import json_values

try:
    import fcntl
except ImportError:  # Windows has none: two checks at once may lose one's count of tries there
    fcntl = None  # type: ignore[assignment]

FILE = ".progress.json"


@dataclass
class Entry:
    """The progress in one lesson. `passed` is the hash of the program that passed, "" before.

    `step`, `result` and `mistake` are of the last check.
    """

    passed: str = ""
    tries: int = 0
    hints: int = 0
    step: int = 0
    result: str = ""
    mistake: str = ""


@dataclass
class Progress:
    """The progress in all lessons, by number, and the lesson that was begun or checked last (0: none)."""

    entries: dict[int, Entry] = field(default_factory=dict)
    here: int = 0

    def entry(self, number: int) -> Entry:
        """The entry of a lesson. It is added if there is none."""
        return self.entries.setdefault(number, Entry())

    def state(self, number: int, program: Path) -> str:
        """`passed`, `changed since`, `here` or `not begun`; `begun` for another one that has a file."""
        passed = self.entries.get(number, Entry()).passed
        if passed:
            return "passed" if digest(program) in ("", passed) else "changed since"
        if number == self.here:
            return "here"
        return "begun" if program.exists() else "not begun"


def digest(program: Path) -> str:
    """The hash of a program's text, "" if it cannot be read."""
    try:
        return hashlib.sha256(program.read_bytes()).hexdigest()[:16]
    except OSError:
        return ""


def load(folder: Path) -> tuple[Progress, str]:
    """The progress in `folder`, and a line about a broken file, which is put aside; "" if there was none."""
    path = folder / FILE
    try:
        return parse(path.read_bytes()), ""
    except FileNotFoundError:
        return Progress(), ""
    except OSError as error:
        return Progress(), f"cannot read {path}: {error.strerror}. The progress begins anew."
    except ValueError:
        aside = path.with_suffix(".broken.json")
        with suppress(OSError):
            path.replace(aside)
        complaint = f"{path} is broken. It was put aside as {aside.name}, and the progress begins anew."
        return Progress(), complaint


def parse(data: bytes) -> Progress:
    """The progress that `data` describes. ValueError if it describes none."""
    value = json.loads(data)
    try:
        entries = {int(number): parse_entry(fields) for number, fields in value["entries"].items()}
        return Progress(entries, int(value["here"]))
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"no progress: {error!r}") from None


def parse_entry(fields: Mapping[str, object]) -> Entry:
    """The progress in one lesson, if `fields` describe it. An earlier version stored no last check."""
    whole, text = json_values.as_whole, json_values.as_text
    last = whole(fields.get("step", 0)), text(fields.get("result", "")), text(fields.get("mistake", ""))
    return Entry(text(fields["passed"]), whole(fields["tries"]), whole(fields["hints"]), *last)


@contextmanager
def changing(folder: Path) -> Iterator[Progress]:
    """The progress, which is stored at the end of the `with` block. Two processes wait for each other."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".progress.lock").open("w") as lock:
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX)
        progress, _ = load(folder)
        yield progress
        store(folder, progress)


def store(folder: Path, progress: Progress) -> None:
    """Replace the file by one with `progress`."""
    entries = {str(number): asdict(entry) for number, entry in sorted(progress.entries.items())}
    text = json.dumps({"entries": entries, "here": progress.here}, indent=1)
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    os.replace(name, folder / FILE)
