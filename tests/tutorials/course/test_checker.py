"""Programs that do what no lesson asks for: each is ended, and told what was seen of it."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from tests.running import GUARD, ROOT, environment
from tutorials.course.checker import check
from tutorials.course.program import PROC
from tutorials.course.report import Outcome, report
from tutorials.course.shelf import find

OWN = "REACTOR_SCHOOL_TEST"

SERVER = """
import sys
from core import Factory, LineReceiver, Reactor

class Counter(LineReceiver):
    def line_received(self, line):
        {body}

reactor = Reactor()
reactor.listen_tcp({port}, Factory.for_protocol(Counter))
{before}
reactor.run()
"""


def checked(tmp_path: Path, text: str) -> Outcome:
    """The outcome of the check of lesson 2 for this program."""
    lesson = find("2")
    assert lesson is not None
    path = tmp_path / "02_bytes.py"
    path.write_text(text, "utf-8")
    return check(lesson, path, 1, ["calm"])


def server(body: str = "pass", before: str = "", port: str = "int(sys.argv[1])") -> str:
    """A server that does `body` with a line, and `before` before it runs."""
    return SERVER.format(body=body, before=before, port=port)


def mistake(outcome: Outcome) -> str:
    """The ID of the mistake that is told, "" for none."""
    return outcome.explanation.mistake if outcome.explanation else ""


@pytest.fixture(autouse=True)
def own_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mark the processes of this test in their environment: the tests may run several times at once."""
    monkeypatch.setenv(OWN, uuid4().hex)


def marked() -> list[str]:
    """The processes that a check of this test has left behind."""
    own, found = f"{OWN}={os.environ[OWN]}".encode(), []
    for environ in PROC.glob("[0-9]*/environ"):
        try:
            if own in environ.read_bytes().split(b"\0") and environ.parent.name != str(os.getpid()):
                found.append(environ.parent.name)
        except OSError:
            continue
    return found


def test_a_syntax_error_is_shown_with_a_caret_and_nothing_is_run(tmp_path: Path) -> None:
    outcome = checked(tmp_path, "open('was_run', 'w')\nprint((1, 2)\n")
    lines = report(outcome)
    assert mistake(outcome) == "syntax"
    assert "  came       '(' was never closed in line 2" in lines
    assert "             print((1, 2)" in lines
    assert "                  ^" in lines
    assert not (tmp_path / "was_run").exists()


@pytest.mark.parametrize("text", ["\0", "x = 1\n\xff".encode("latin-1").decode("utf-8", "surrogateescape")])
def test_what_is_no_text_is_no_program(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.py").write_bytes(text.encode("utf-8", "surrogateescape"))
    lesson = find("2")
    assert lesson is not None
    assert mistake(check(lesson, tmp_path / "x.py", 1, ["calm"])) == "syntax"


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("from core import LineReciever", "Did you mean core.LineReceiver?"),
        ("import coer", "Did you mean core?"),
        ("import flask_of_nobody", "Nothing else than core and Python's own library is needed here."),
    ],
)
def test_a_module_that_is_not_there_is_named_with_the_nearest_one(
    tmp_path: Path, line: str, hint: str
) -> None:
    outcome = checked(tmp_path, line + "\n")
    assert mistake(outcome) == "no_module"
    assert outcome.explanation is not None
    assert outcome.explanation.text.endswith(hint)


def test_what_lies_beside_the_program_can_be_imported(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("VALUE = 1\n", "utf-8")
    outcome = checked(tmp_path, "from helper import VALUE\nprint(VALUE)\n")
    assert mistake(outcome) == "ended"


def test_an_exception_before_it_listens_is_told_with_its_line(tmp_path: Path) -> None:
    outcome = checked(tmp_path, "x = 1\nx / 0\n")
    assert mistake(outcome) == "raises"
    assert "  came       ZeroDivisionError: division by zero" in report(outcome)
    assert any(line.endswith("02_bytes.py:2") for line in report(outcome))


def test_a_program_that_ends_at_once_is_told_that_nothing_keeps_it_running(tmp_path: Path) -> None:
    assert mistake(checked(tmp_path, "print('hello')\n")) == "ended"


def test_a_program_that_never_listens_is_told_where_it_is(tmp_path: Path) -> None:
    outcome = checked(tmp_path, "import time\ntime.sleep(60)\n")
    assert mistake(outcome) == "silent"
    assert any("02_bytes.py:2, time.sleep(60)" in line for line in report(outcome))


def test_a_program_that_listens_elsewhere_is_told_where(tmp_path: Path) -> None:
    outcome = checked(tmp_path, server(port="0"))
    assert mistake(outcome) == "other_port"


def test_a_handler_that_blocks_is_named_with_its_line(tmp_path: Path) -> None:
    outcome = checked(tmp_path, server(body="__import__('time').sleep(60)"))
    assert mistake(outcome) == "blocked"
    assert any("in Counter.line_received" in line for line in report(outcome))


def test_a_handler_that_spins_is_told_so(tmp_path: Path) -> None:
    outcome = checked(tmp_path, server(body="exec('while True: pass')"))
    assert mistake(outcome) == "spins"


def test_of_much_output_the_first_and_last_lines_are_shown(tmp_path: Path) -> None:
    outcome = checked(tmp_path, server(before="for n in range(100000): print('line', n)"))
    lines = report(outcome)
    assert "  printed    line 0" in lines
    assert outcome.evidence is not None
    assert len(outcome.evidence.output) == 64 << 10
    assert f"             … and {outcome.evidence.dropped[0]:,} bytes more, which were not kept" in lines
    assert outcome.evidence.dropped[0] > 500_000


def test_reading_the_keyboard_waits_for_ever(tmp_path: Path) -> None:
    outcome = checked(tmp_path, "input()\n")
    assert mistake(outcome) == "silent"
    assert any("input()" in line for line in report(outcome))


def test_a_program_that_takes_too_much_memory_is_ended(tmp_path: Path) -> None:
    outcome = checked(tmp_path, server(before="waste = bytearray(600 << 20)"))
    assert mistake(outcome) == "too_big"


def test_processes_that_were_left_behind_are_found_and_ended(tmp_path: Path) -> None:
    start = "import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True)"
    lesson = find("2")
    assert lesson is not None
    text = lesson.solution.read_text("utf-8").replace("reactor.run()", f"{start}\nreactor.run()")
    assert mistake(checked(tmp_path, text)) == "left_behind"
    assert marked() == []


def test_a_program_that_ignores_sigterm_passes_and_is_killed(tmp_path: Path) -> None:
    lesson = find("2")
    assert lesson is not None
    ignore = "reactor.call_when_running(signal.signal, signal.SIGTERM, signal.SIG_IGN)"
    text = lesson.solution.read_text("utf-8").replace(
        "reactor.run()", f"import signal\n{ignore}\nreactor.run()"
    )
    outcome = checked(tmp_path, text)
    assert outcome.evidence is None, "\n".join(report(outcome))
    assert marked() == []


def test_ctrl_c_ends_the_check_in_a_line_and_leaves_nothing(tmp_path: Path) -> None:
    program = tmp_path / "02_bytes.py"
    program.write_text(f"open({str(tmp_path / 'runs')!r}, 'w')\nimport time\ntime.sleep(60)\n", "utf-8")
    command = [sys.executable, "-m", "tutorials", "check", "2", "--seed", "1", "--file", str(program)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not (tmp_path / "runs").exists():
        assert process.poll() is None
        os.sched_yield()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=GUARD)
    assert (process.returncode, out, err) == (130, "", "check: interrupted\n")
    assert marked() == []
