"""Runs the tests of a learner's file, its first argument, on turnstiles of which all but one are broken.

It reads the name of a turnstile from standard input, one a line, and prints the outcome of the tests as a
line of JSON.
"""

import importlib.util
import inspect
import json
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass, field
from io import StringIO
from linecache import getline
from pathlib import Path
from types import CodeType, FrameType, ModuleType

from core.testing import Clock

FILE = sys.argv[1]
SOURCE = Path(__file__).with_name("turnstile.py")
MOST_PRINTED = 10_000
"""Characters of the tests' own output that are passed on."""

NO_LINE = "the turnstile received no line"
ADVANCE = Clock.advance
SLOW = 0.1
"""Seconds from which on a test is called slow."""

EDITS = {
    "right": ("", ""),
    "keeps coins": ('b"coin back"', 'b"open"'),
    "needs no coin": ('b"locked")\n            return', 'b"through")\n            return'),
    "lets two through": ("        self._timer.cancel()\n        self._timer = None\n", ""),
    "stays open": ("OPEN_FOR, self._lock", "60 * OPEN_FOR, self._lock"),
    "keeps its timer": ("        self._timer.cancel()\n", ""),
    "silent": ("self.send_line", "repr"),
}
"""The turnstiles: the text that is replaced in turnstile.py, and the new one."""


@dataclass
class Outcome:
    """The outcome of the tests on one turnstile."""

    failures: list[str] = field(default_factory=list)
    """Three lines for each test that failed."""
    rows: list[str] = field(default_factory=list)
    """A line for each test: its name, the data that the turnstile received and sent, and how time passed."""
    line: int = 0
    """The learner's line in which the first test failed."""
    seconds: float = 0.0
    """Seconds that all tests have taken up to now, on all turnstiles."""
    busy: float = 0.0
    """The seconds of processor time among them."""


def make_turnstile(name: str, said: list[str]) -> ModuleType:
    """The module `turnstile` with an edit. `said` gets its lines, and how far a test's clock is advanced."""
    text, (before, after) = SOURCE.read_text("utf-8"), EDITS[name]
    assert before in text, f"turnstile.py has no {before!r}"
    module = ModuleType("turnstile")
    exec(compile(text.replace(before, after), str(SOURCE), "exec"), module.__dict__)
    for method, form in (("line_received", ", {}:"), ("send_line", " {}")):
        setattr(module.Turnstile, method, listening(getattr(module.Turnstile, method), said, form))
    setattr(Clock, "advance", listening(ADVANCE, said, ", {:g} s:"))  # noqa: B010 - for mypy
    return module


def listening(method: Callable[..., object], said: list[str], form: str) -> Callable[..., object]:
    """`method`, which also appends its argument to `said`."""

    def call(self: object, argument: bytes | float) -> object:
        text = argument.decode("utf-8", "replace") if isinstance(argument, bytes) else argument
        said.append(form.format(text))
        return method(self, argument)

    return call


def load_file() -> ModuleType:
    """The learner's module. What it imports from its own directory is imported again."""
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if path and name != "__main__" and Path(path).parent == Path(FILE).parent:
            del sys.modules[name]
    spec = importlib.util.spec_from_file_location("learners_tests", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def why_it_fails(test: Callable[[], object], outcome: Outcome) -> str:
    """Call a test. Returns the reason if it fails, or ""."""
    began, busy = time.perf_counter(), time.process_time()
    try:
        result = test()
        if inspect.iscoroutine(result):
            result.close()
            raise TypeError("an async def does nothing unless it is awaited")
    except BaseException as error:  # a failure of pytest is no Exception
        lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if is_own(frame)]
        line = lines[-1] if lines else first_line(test)
        outcome.line = outcome.line or line
        return f"{type(error).__name__} in line {line}: {str(error) or getline(FILE, line).strip()}"
    finally:
        outcome.seconds += time.perf_counter() - began
        outcome.busy += time.process_time() - busy
    return ""


def first_line(test: object) -> int:
    """The line in which a function begins, 0 if it is none."""
    code = getattr(test, "__code__", None)
    return code.co_firstlineno if isinstance(code, CodeType) else 0


def is_own(frame: FrameType) -> bool:
    """Whether the learner's file has this code."""
    return frame.f_code.co_filename == FILE


def run(name: str, before: Outcome) -> Outcome:
    """Run all tests on a turnstile, after those of `before`. The file itself counts as a test if it fails."""
    outcome, said = Outcome(), list[str]()
    sys.modules["turnstile"] = make_turnstile(name, said)
    tests: dict[str, Callable[[], object]] = {}

    def load() -> None:
        found = vars(load_file())
        tests.update(
            {key: value for key, value in found.items() if key.startswith("test_") and callable(value)}
        )

    if reason := why_it_fails(load, outcome):
        outcome.failures += ["The file itself fails:", f"  {reason}"]
    outcome.seconds, outcome.busy = before.seconds, before.busy
    for test_name, test in tests.items():
        said.clear()
        began, reason = outcome.seconds, why_it_fails(test, outcome)
        slow = " (slow)" if outcome.seconds - began >= SLOW else ""
        dialog = "".join(said).strip(", ") or NO_LINE
        outcome.rows.append(f"{test_name}: {dialog}{slow}")
        if reason:
            outcome.failures += [f"{test_name} fails:", f"  {reason}", f"  {dialog}"]
    return outcome


def main() -> None:
    """Run the tests on each turnstile that is asked for, until the end of the input."""
    outcome = Outcome()
    print("ready", flush=True)
    while name := sys.stdin.readline().strip():
        with redirect_stdout(StringIO()) as printed:
            outcome = run(name, outcome)
        print(printed.getvalue()[:MOST_PRINTED] + json.dumps(asdict(outcome)), flush=True)


main()
