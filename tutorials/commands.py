"""The commands of the lessons: list, next, predict, run, check, hint, reset and solution."""

import argparse
import difflib
import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import traceback
from collections.abc import Sequence
from pathlib import Path

from core import cli
from core.endpoints import TCPEndpoint
from core.formats.text import visible
from core.formats.weather import Weather
from core.formats.weather import parse as parse_weather
from tutorials.board.link import CONSENT, Link, ProgressReporter
from tutorials.board.roster import describe
from tutorials.board.wire import as_name, board_address
from tutorials.course import predict, watch
from tutorials.course.checker import Interrupted, check
from tutorials.course.evidence import CannotCheck
from tutorials.course.progress import changing, digest, load
from tutorials.course.report import Outcome, as_json, report, shown
from tutorials.course.shelf import CLONE, Lesson, find, lessons, word
from tutorials.transcript import trace_lines

FIRST_PORT = 8100
"""`run` takes the port FIRST_PORT plus the lesson's number."""


def as_path(text: str) -> Path:
    """For argparse: a path that is not empty."""
    return Path(cli.path(text))


def make_parser(name: str, description: str, example: str = "3") -> cli.Parser:
    """A parser with the flags that all commands have."""
    command = f"python -m tutorials {name}"
    parser = cli.Parser(command, description, f"{command} {example}".rstrip(), has_reactor=False)
    folder = Path(os.environ.get("REACTOR_SCHOOL_LESSONS") or "my_lessons")
    parser.add_argument(
        "--folder", type=as_path, default=folder, metavar="DIR", help="where your programs are"
    )
    parser.add_argument("--lang", metavar="LANG", help="the language of the course, if it has it")
    return parser


def parse(parser: cli.Parser, arguments: Sequence[str]) -> "Options":
    """Parse the command line, and set the language for the texts."""
    options = parser.parse_args(arguments, Options())
    if options.lang:
        os.environ["REACTOR_SCHOOL_LANG"] = options.lang
    return options


class Options:
    """The values of the flags, with their types."""

    folder: Path
    lang: str | None
    lesson: str | None
    lessons: list[str]
    json: bool
    seed: int | None
    weather: str | None
    file: Path | None
    trace: bool
    anyway: bool
    board: TCPEndpoint | None
    name: str | None
    word: str


def lesson_of(parser: cli.Parser, options: Options) -> Lesson:
    """The lesson that is named, or the one that was begun last. Exits 2 if there is none."""
    name = options.lesson
    if name is None:
        here = load(options.folder)[0].here
        name = str(here) if here else None
    if name is None:
        parser.error("no lesson is begun yet: python -m tutorials next begins the first one")
    return named(parser, name)


def named(parser: cli.Parser, name: str) -> Lesson:
    """The lesson with this number or name. Exits 2 if there is none."""
    lesson = find(name)
    if lesson is None:
        parser.error(f"there is no lesson {name!r}; there are 1 to {lessons()[-1].number}")
    return lesson


def program_of(parser: cli.Parser, options: Options, lesson: Lesson) -> Path:
    """The learner's file. Exits 2 if it is not there."""
    path = options.folder / lesson.file
    if not path.is_file():
        parser.error(
            f"there is no {path}: python -m tutorials next {lesson.number} begins lesson {lesson.number}"
        )
    return path


# --- list and next


def list_lessons(arguments: Sequence[str]) -> None:
    """The command `list`, and `python -m tutorials` alone."""
    parser = make_parser("list", "list the lessons, and what to type next", "")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parse(parser, arguments)
    progress, problem = load(options.folder)
    states = {lesson: progress.state(lesson.number, options.folder / lesson.file) for lesson in lessons()}
    passed = sum(state in ("passed", "changed since") for state in states.values())
    following = next_command(
        options.folder, [lesson for lesson, state in states.items() if state != "passed"]
    )
    if options.json:
        rows = [
            {"number": lesson.number, "name": lesson.name, "title": lesson.title, "state": state}
            for lesson, state in states.items()
        ]
        cli.print_lines(json.dumps({"lessons": rows, "passed": passed, "next": following}))
        return
    lines = [problem] if problem else []
    lines += [f"{lesson.number:2}  {lesson.title:42}{state}" for lesson, state in states.items()]
    lines += ["", f"{passed} of {len(states)} passed. Next: {following}"]
    cli.print_lines(*lines)


def next_command(folder: Path, left: Sequence[Lesson]) -> str:
    """The command to type next, if the lessons `left` are not passed yet."""
    here = load(folder)[0].here
    if not left:
        return "nothing: you have passed all of them"
    if any(lesson.number == here for lesson in left):
        return f"python -m tutorials check {here}"
    return "python -m tutorials next"


def begin(arguments: Sequence[str]) -> None:
    """The command `next`: begin a lesson."""
    parser = make_parser("next", "begin a lesson: copy its starter, and print where it is")
    parser.add_argument("lesson", nargs="?", metavar="N", help="its number or name; default: the next one")
    options = parse(parser, arguments)
    lesson = named(parser, options.lesson) if options.lesson else first_open(options.folder)
    if lesson is None:
        cli.print_lines("You have passed all lessons.")
        return
    try:
        is_new = lesson.begin(options.folder)
        with changing(options.folder) as progress:
            progress.entry(lesson.number)
            progress.here = lesson.number
    except OSError as error:
        cli.fail(f"cannot write into {options.folder}: {error.strerror}")
    there = "your program" if is_new else "your program, as you left it"
    lines = [f"Lesson {lesson.number}, {lesson.title}", "", f"  read      {shown(lesson.page)}"]
    lines += [f"            python -m tutorials page {lesson.number}"]
    lines += [f"  edit      {options.folder / lesson.file}   ({there})"]
    lines += [
        f"  guess     python -m tutorials predict {lesson.number}",
        f"  try       python -m tutorials run {lesson.number}",
    ]
    cli.print_lines(*lines, f"  check     python -m tutorials check {lesson.number}")


def first_open(folder: Path) -> Lesson | None:
    """The first lesson that is not passed."""
    progress, _ = load(folder)
    return next((each for each in lessons() if not progress.entry(each.number).passed), None)


# --- predict and run


def guess(arguments: Sequence[str]) -> None:
    """The command `predict`: guess the output of a program."""
    parser = make_parser("predict", "guess what a program prints, then see it run")
    parser.add_argument("lesson", nargs="?", metavar="N", help="the lesson; default: the one begun last")
    options = parse(parser, arguments)
    lesson = lesson_of(parser, options)
    most = len(predict.answers(lesson))
    cli.print_lines(*predict.question(lesson), "", f"Your answer, 1 to {most}:")
    line = sys.stdin.readline()
    if not (line.strip().isascii() and line.strip().isdigit() and 1 <= int(line) <= most):
        cli.fail(f"{visible(line.strip())!r} is no number from 1 to {most}", 2)
    cli.print_lines("", *predict.verdict(lesson, int(line)))


def run(arguments: Sequence[str]) -> None:
    """The command `run`: run the own program."""
    parser = make_parser("run", "run your program in the foreground; Ctrl-C stops it")
    parser.add_argument("lesson", nargs="?", metavar="N", help="the lesson; default: the one begun last")
    parser.add_argument(
        "--weather",
        metavar="SPEC",
        help="a simulated bad network, such as slow, rough or slice,delay=5-50",
    )
    options = parse(parser, arguments)
    lesson = lesson_of(parser, options)
    weather = weather_of(parser, options, lesson)
    path, port = program_of(parser, options, lesson), FIRST_PORT + lesson.number
    cli.print_lines(
        *[line.format(port=port) for line in lesson.texts("try")] or [f"connect with  nc 127.0.0.1 {port}"]
    )
    extra = [text.format(port=port) for text in lesson.texts("arguments")]
    environment = {**os.environ, "PYTHONPATH": f"{lesson.directory}{os.pathsep}{CLONE}"}
    command = [str(path), str(port), *extra]
    if not weather.is_calm():
        command = ["-m", "tutorials.weathered", f"{options.weather},seed={weather.seed}", *command]
    with subprocess.Popen([sys.executable, *command], env=environment) as child:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to the program, too
        status = child.wait()
    raise SystemExit(128 - status if status < 0 else status)


def weather_of(parser: cli.Parser, options: Options, lesson: Lesson) -> Weather:
    """The weather for `run`, calm without the flag. Exits 2 if it is none, or if the lesson has none."""
    if options.weather and "from core" not in lesson.solution.read_text("utf-8"):
        parser.error(f"lesson {lesson.number} is written without core, which makes the weather")
    try:
        return cli.weather(options.weather or "calm")
    except argparse.ArgumentTypeError as error:
        parser.error(str(error))


# --- check


def check_lessons(arguments: Sequence[str]) -> None:
    """The command `check`: check the own program."""
    parser = make_parser("check", "check your program: play the other side, and tell what was seen")
    parser.add_argument(
        "lessons", nargs="*", metavar="N", help="lessons, or `all`; default: the one begun last"
    )
    parser.add_argument("--seed", type=cli.count, metavar="N", help="draw the same texts and numbers again")
    parser.add_argument("--weather", metavar="WEATHER", help="only in this weather, as calm, slice or merge")
    parser.add_argument(
        "--file", type=as_path, metavar="PATH", help="check this file, and leave the progress alone"
    )
    parser.add_argument(
        "--trace", action="store_true", help="show all that was sent and came, and tracebacks"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object for each lesson")
    options = parse(parser, arguments)
    chosen = [(lesson, checked_file(parser, options, lesson)) for lesson in chosen_lessons(parser, options)]
    seed = random.randrange(1, 10_000) if options.seed is None else options.seed
    if options.seed is None and not options.json:
        cli.print_error(f"seed {seed}")
    statuses = [check_one(options, lesson, path, seed) for lesson, path in chosen]
    raise SystemExit(max(statuses))


def chosen_lessons(parser: cli.Parser, options: Options) -> list[Lesson]:
    """The lessons to check. Exits 2 if one does not exist."""
    if options.weather is not None:
        try:
            parse_weather(options.weather)
        except ValueError as error:
            parser.error(str(error))
    if options.lessons == ["all"]:
        return [lesson for lesson in lessons() if (options.folder / lesson.file).is_file()] or parser.error(
            f"there is no program in {options.folder}: python -m tutorials next begins the first lesson"
        )
    options.lesson = None
    return [named(parser, name) for name in options.lessons] or [lesson_of(parser, options)]


def checked_file(parser: cli.Parser, options: Options, lesson: Lesson) -> Path:
    """The file to check: the one that is named, or the learner's. Exits 2 if it is not there."""
    if options.file is None:
        return program_of(parser, options, lesson)
    if not options.file.is_file():
        parser.error(f"there is no file {options.file}")
    return options.file


def check_one(options: Options, lesson: Lesson, path: Path, seed: int) -> int:
    """Check one lesson, and print the outcome. Returns the exit status."""
    try:
        outcome = check(lesson, path, seed, [options.weather] if options.weather else [])
    except Interrupted:
        cli.fail("check: interrupted", 130)
    except (CannotCheck, OSError) as error:
        return cannot_check(options, lesson, error)
    if options.file is None:
        record(options.folder, outcome)
    cli.print_lines(as_json(outcome)) if options.json else cli.print_lines(
        *report(outcome), *(trace_lines(outcome) if options.trace else [])
    )
    return 0 if outcome.evidence is None else 1


def cannot_check(options: Options, lesson: Lesson, error: Exception) -> int:
    """Print that the check itself has failed, and store its traceback."""
    log = options.folder / ".checker.log"
    options.folder.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        traceback.print_exception(error, file=file)
    if options.json:
        cli.print_lines(json.dumps({"lesson": lesson.number, "result": "not checked"}))
    cli.print_error(word("report.not_checked", number=lesson.number, reason=error, log=log))
    return 3


def record(folder: Path, outcome: Outcome) -> None:
    """Store the outcome in the progress."""
    with changing(folder) as progress:
        entry = progress.entry(outcome.lesson.number)
        entry.tries += 1
        entry.step, entry.result = outcome.step, outcome.result
        entry.mistake = outcome.explanation.mistake if outcome.explanation else ""
        progress.here = outcome.lesson.number
        if outcome.evidence is None:
            entry.passed = digest(outcome.path)


def watch_lesson(arguments: Sequence[str]) -> None:
    """The command `watch`: it ends with q or Ctrl-C."""
    parser = make_parser("watch", "check your program each time it is saved; keys run the other commands", "")
    parser.add_argument(
        "--board", type=board_address, metavar="ADDRESS:8900", help="show your teacher's board where you are"
    )
    parser.add_argument("--name", metavar="NAME", help="with --board: your name there")
    parser.add_argument("--word", default="", metavar="WORD", help="with --board: the word of the board")
    options = parse(parser, arguments)
    options.lesson = None
    program_of(parser, options, lesson_of(parser, options))
    watch.run(options.folder, reporter(parser, options))


def reporter(parser: cli.Parser, options: Options) -> ProgressReporter | None:
    """The connection with the board, None without one. Prints its contents. Exits 2 for a wrong name."""
    if options.board is None and options.name is None:
        return None
    if options.board is None or options.name is None:
        parser.error("--board and --name go together: --board ADDRESS:8900 --name NAME")
    try:
        name = as_name(options.name)
    except ValueError as error:
        parser.error(str(error))
    board = ProgressReporter(Link(name, options.word, cli.print_lines), options.board, options.folder)
    board.look()
    now = describe(board.link.status)
    cli.print_lines(CONSENT.format(address=options.board, name=name, now=now), "")
    return board


# --- hint, reset, solution


def hint(arguments: Sequence[str]) -> None:
    """The command `hint`: print the next hint."""
    parser = make_parser(
        "hint", "print the next hint: a question, an idea, the solution's lines in mixed order"
    )
    parser.add_argument("lesson", nargs="?", metavar="N", help="the lesson; default: the one begun last")
    options = parse(parser, arguments)
    lesson = lesson_of(parser, options)
    with changing(options.folder) as progress:
        entry = progress.entry(lesson.number)
        entry.hints += 1
        number = entry.hints
    hints = lesson.texts("hints")
    if number <= len(hints):
        cli.print_lines(*textwrap.wrap(f"Hint {number} of {len(hints) + 1}: {hints[number - 1]}", 80))
    else:
        text = "These are the solution's lines in mixed order. One more among them is of a wrong solution."
        heading = textwrap.wrap(f"Hint {len(hints) + 1} of {len(hints) + 1}: {text}", 80)
        cli.print_lines(*heading, "", *mixed_lines(lesson))


def mixed_lines(lesson: Lesson) -> list[str]:
    """The lines of the solution that the starter lacks, and one of a wrong solution, in mixed order."""
    starter = {line.strip() for line in lesson.starter.read_text("utf-8").splitlines()}
    lines = [line.strip() for line in lesson.solution.read_text("utf-8").splitlines()]
    new = [line for line in dict.fromkeys(lines) if line and line not in starter]
    drawn = random.Random(lesson.number)
    wrong = sorted((lesson.directory / "wrong").glob("*.py"))
    others = [line.strip() for path in wrong for line in path.read_text("utf-8").splitlines() if line.strip()]
    other = [
        line
        for line in others
        if line not in starter and line not in new and not line.startswith(('"""', "#"))
    ]
    mixed = [*new, *([drawn.choice(other)] if other else [])]
    drawn.shuffle(mixed)
    return mixed


def keep(path: Path) -> Path:
    """Keep a file under the next free number, as `03_stream.py.1`."""
    number = 1
    while (kept := path.with_name(f"{path.name}.{number}")).exists():
        number += 1
    path.rename(kept)
    return kept


def reset(arguments: Sequence[str]) -> None:
    """The command `reset`: begin a lesson anew."""
    parser = make_parser("reset", "begin a lesson anew; your program is kept under another name")
    parser.add_argument("lesson", metavar="N", help="the lesson")
    options = parse(parser, arguments)
    lesson = named(parser, options.lesson or "")
    path = program_of(parser, options, lesson)
    cli.print_lines(f"Begin {path} anew? Your program is kept. [y/N]")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        cli.print_lines("Nothing was changed.")
        return
    kept = keep(path)
    lesson.begin(options.folder)
    cli.print_lines(f"{path} is the starter again. Your program is {kept}.")


def solution(arguments: Sequence[str]) -> None:
    """The command `solution`: show the solution."""
    parser = make_parser("solution", "show the solution, as a difference to your program")
    parser.add_argument("lesson", metavar="N", help="the lesson")
    parser.add_argument("--anyway", action="store_true", help="also before the lesson is passed")
    options = parse(parser, arguments)
    lesson = named(parser, options.lesson or "")
    if not load(options.folder)[0].entry(lesson.number).passed and not options.anyway:
        again = f"python -m tutorials solution {lesson.number} --anyway"
        cli.fail(f"lesson {lesson.number} is not passed yet. To see its solution all the same: {again}")
    own = options.folder / lesson.file
    mine = own.read_text("utf-8", "replace").splitlines() if own.is_file() else []
    theirs = lesson.solution.read_text("utf-8").splitlines()
    difference = list(difflib.unified_diff(mine, theirs, str(own), shown(lesson.solution), lineterm=""))
    cli.print_lines(
        *([visible(line) for line in difference] or ["Your program is the solution, line by line."])
    )
