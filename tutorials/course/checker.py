"""Checks a program: starts it once in each weather, plays the lesson's check against it, and explains."""

import ast
import importlib.util
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

import core
from core.deferred import Deferred
from core.formats.weather import parse
from core.reactor import Reactor
from core.threads import processor_wait
from tutorials.course.evidence import CannotCheck, Event, Evidence, Kind, NotYet, syntax
from tutorials.course.mistakes import Explanation, explain
from tutorials.course.report import Outcome
from tutorials.course.shelf import CLONE, Lesson, word
from tutorials.course.steps import World

CROWDED = 0.5
"""Seconds of waiting for a processor within a run, over which a right program may have failed by chance."""


class Interrupted(Exception):
    """Ctrl-C came during the check. Everything is closed."""


def check(lesson: Lesson, path: Path, seed: int, weathers: Sequence[str] = ()) -> Outcome:
    """Check the program `path`. Raises Interrupted, and CannotCheck for a fault that is not the program's."""
    began = time.monotonic()
    path = path.resolve()
    tried: list[str] = []
    traces: list[Sequence[Event]] = []
    evidence, explanation = before_start(lesson, path)
    for weather in weathers or lesson.weathers:
        if evidence is not None:
            break
        tried.append(weather)
        run = play(lesson, path, weather, seed)
        evidence = run.evidence
        traces.append(run.trace)
    if evidence is not None and explanation is None:
        explanation = explain(lesson, evidence)
    tried = tried or list(weathers or lesson.weathers)[:1]
    return Outcome(lesson, path, seed, tried, time.monotonic() - began, evidence, explanation, traces)


def play(lesson: Lesson, path: Path, weather: str, seed: int, runs: int = 2) -> "Run":
    """A run of the check. One that fails on a busy machine is repeated: the one that got further counts."""
    run, waited = Run(lesson, path, weather, seed), processor_wait()
    run.play()
    if run.evidence is None or runs == 1 or processor_wait() - waited < CROWDED:
        return run
    again = play(lesson, path, weather, seed, runs - 1)
    return again if again.evidence is None or again.evidence.step > run.evidence.step else run


class Run:
    """One run of a check: a reactor, a world, and the program. `evidence` is None if it has passed."""

    def __init__(self, lesson: Lesson, path: Path, weather: str, seed: int) -> None:
        self._lesson, self._path = lesson, path
        self._weather = replace(parse(weather), seed=seed)
        self._done = False
        self.evidence: Evidence | None = None
        self._error: Exception | None = None
        self.trace: Sequence[Event] = ()

    def play(self) -> None:
        """Play the check to its end, or to the first step that fails."""
        reactor = Reactor()
        reactor.stall_limit = 60.0
        with closing(reactor):
            world = World(reactor, self._path, self._lesson.directory, self._weather, self._lesson.total)
            reactor.call_when_running(self._begin, world)
            try:
                reactor.run()
                was_interrupted = not self._done  # when the programs are ended, the check may go on
            finally:
                self.trace = world.trace()
                left = world.close()
                reactor.clear()
        if was_interrupted:
            raise Interrupted
        if self._error is not None:
            raise CannotCheck(f"{type(self._error).__name__}: {self._error}") from self._error
        if left:
            self.evidence = self._with_processes(left, world.evidence)

    def _with_processes(self, left: Sequence[int], evidence: Evidence) -> Evidence:
        """The evidence if the program has left processes behind."""
        count = "1 process was" if len(left) == 1 else f"{len(left)} processes were"
        if self.evidence is None:
            came = f"{count} still running"
            seen = replace(evidence, expected="all processes of the program end with it", came=came)
            seen.facts.add("left_behind")
            return seen
        self.evidence.notes.append(f"{count} left behind, and ended")
        if self.evidence.kind is Kind.EXIT and not self.evidence.sent and self.evidence.status == 0:
            self.evidence.facts.add("left_behind")
        return self.evidence

    def _begin(self, world: World) -> None:
        async def play() -> None:
            try:
                await self._lesson.check(world)
            except NotYet as error:
                self.evidence = await world.gather(error)
                self.evidence.source = self._path.read_text("utf-8", "replace")
            await world.hang_up()
            self._done = True

        def finish(result: object) -> None:
            if isinstance(result, Exception):
                self._done, self._error = True, result
            world.reactor.crash()

        Deferred.from_coroutine(play()).add_both(finish)


def before_start(lesson: Lesson, path: Path) -> tuple[Evidence | None, Explanation | None]:
    """The mistakes that show without a run: the text is no Python, or an import is not there."""
    evidence = Evidence(title="the program is read", step=1, total=lesson.total, kind=Kind.START)
    try:
        tree = syntax(path)
    except SyntaxError as error:
        line = (error.text or "").rstrip("\n")
        caret = " " * max((error.offset or 1) - 1, 0) + "^"
        evidence.expected, evidence.came = "a Python program", f"{error.msg} in line {error.lineno}"
        evidence.notes = [line, caret] if line else []
        evidence.wrote = error.lineno or 0
        return evidence, Explanation("syntax", word("mistakes.syntax", text=error.msg))
    except ValueError as error:  # a NUL, or no UTF-8
        evidence.expected, evidence.came = "a Python program", str(error)
        return evidence, Explanation("syntax", word("mistakes.syntax", text=error))
    missing = next((name for name in imports(tree) if not exists(name, lesson, path)), None)
    if missing is None:
        return None, None
    evidence.expected, evidence.came = "imports that are there", f"no module or name {missing!r}"
    text = word("mistakes.no_module", module=missing, hint=nearest(missing, lesson))
    return evidence, Explanation("no_module", text)


def imports(tree: ast.Module) -> list[str]:
    """The modules that the program imports, and the names from `core`, as `core.Protokol`."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            is_core = node.module == "core"
            names += [f"core.{alias.name}" for alias in node.names] if is_core else [node.module]
    return names


def exists(name: str, lesson: Lesson, path: Path) -> bool:
    """Whether the module is there, or the name in `core`."""
    top, _, rest = name.partition(".")
    if top == "core" and rest:
        module = CLONE / "core" / rest.replace(".", "/")
        return rest == "*" or hasattr(core, rest) or module.is_dir() or module.with_suffix(".py").is_file()
    beside = any((place / f"{top}.py").is_file() for place in (path.parent, lesson.directory))
    return beside or top in sys.stdlib_module_names or importlib.util.find_spec(top) is not None


def nearest(name: str, lesson: Lesson) -> str:
    """A hint: the nearest name that exists."""
    known = ["core", *[f"core.{each}" for each in core.__all__], *[given.stem for given in lesson.gives()]]
    if close := get_close_matches(name, known, 1):
        return f"Did you mean {close[0]}?"
    return "Nothing else than core and Python's own library is needed here."
