"""The parts that all commands share."""

import argparse
import io
import logging
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import cli
from core.asyncio_reactor import AsyncioReactor
from core.endpoints import TCPEndpoint
from core.reactor import Reactor
from core.standard_streams import writer

ROOT = Path(__file__).parent.parent.parent


def parser() -> cli.Parser:
    """A command with a flag of each kind."""
    made = cli.Parser("servers.tea", "the tea server", "python -m servers.tea --cups 2")
    made.add_argument("--cups", type=cli.count, default=1, help="how many")
    made.add_argument("--sugar", action="store_true", help="with sugar")
    made.add_argument("--milk", help="which milk")
    return made


def test_help_ends_with_an_example(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parser().parse_args(["--help"])
    assert end.value.code == 0
    assert capfd.readouterr().out.endswith("\n\nexample: python -m servers.tea --cups 2\n")


def test_a_long_example_stays_on_one_line_to_be_copied() -> None:
    example = "python -m servers.tea " + "--milk 'a little' " * 20
    assert cli.Parser("servers.tea", "the tea server", example).format_help().endswith(f"{example}\n")


def test_help_shows_a_default_only_if_there_is_one() -> None:
    text = parser().format_help()
    assert "how many (default: 1)" in text
    assert "(default: None)" not in text
    assert "(default: False)" not in text


def test_help_shows_no_default_of_a_flag_that_changes_nothing_when_it_is_left_out() -> None:
    command = parser()
    cli.add_weather(command)
    command.add_argument("--spoon", action="append", default=[], help="which spoons")
    assert command.format_help().count("(default:") == 3


@pytest.mark.parametrize(
    "flags", [["--cup", "2"], ["--cups", "-1"], ["--cups"], ["--reactor", "x"], ["more"]]
)
def test_a_wrong_flag_exits_2_in_one_line(flags: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parser().parse_args(flags)
    writer(sys.stderr).close()
    said = capfd.readouterr()
    assert (end.value.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert said.err.startswith("python -m servers.tea: ")


def test_fail_prints_one_line_and_exits(capfd: pytest.CaptureFixture[str]) -> None:
    for status in (1, 2):
        with pytest.raises(SystemExit) as end:
            cli.fail("no tea", status)
        writer(sys.stderr).close()
        assert (end.value.code, capfd.readouterr()) == (status, ("", "no tea\n"))


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("0010", 10), ("999999999", 999_999_999)])
def test_a_count_is_a_whole_number(text: str, number: int) -> None:
    assert cli.count(text) == number


@given(st.text() | st.integers().map(str) | st.floats().map(str))
def test_any_text_is_a_count_or_a_port_or_refused(text: str) -> None:
    for convert, most in ((cli.count, 10**9), (cli.port_number, 65535)):
        try:
            number = convert(text)
        except argparse.ArgumentTypeError:
            continue
        assert 0 <= number <= most
        assert int(text) == number


@pytest.mark.parametrize(
    "text", ["-1", "65536", "", "http", "8000.0", "\N{SUPERSCRIPT TWO}", "\N{ARABIC-INDIC DIGIT TWO}"]
)
def test_a_port_outside_0_to_65535_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="from 0 to 65535"):
        cli.port_number(text)


@pytest.mark.parametrize("text", ["0", "-5", "x"])
def test_a_number_that_must_be_positive_is_refused_from_1_up(text: str) -> None:
    assert cli.positive("1") == 1
    with pytest.raises(argparse.ArgumentTypeError, match="from 1 up"):
        cli.positive(text)


def test_an_empty_path_is_refused_because_it_would_mean_the_current_directory() -> None:
    assert cli.path(" ") == " "
    with pytest.raises(argparse.ArgumentTypeError, match="the path is empty"):
        cli.path("")


def test_an_endpoint_is_parsed_or_refused_with_a_right_one() -> None:
    assert cli.endpoint("tcp:8000") == TCPEndpoint("127.0.0.1", 8000)
    with pytest.raises(argparse.ArgumentTypeError, match=r"tcp:127\.0\.0\.1:8000"):
        cli.endpoint("8000")


@pytest.mark.parametrize(
    ("name", "kind"), [("poll", Reactor), ("asyncio", AsyncioReactor), ("uvloop", AsyncioReactor)]
)
def test_every_engine_can_be_made(name: str, kind: type[Reactor]) -> None:
    reactor = cli.make_reactor(name)
    assert type(reactor) is kind
    reactor.call_soon(reactor.crash)
    reactor.run()
    reactor.close()
    assert [*cli.ENGINES] == ["poll", "asyncio", "uvloop"]


def test_an_engine_that_is_not_installed_exits_2_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "uvloop.py").write_text("raise ImportError")
    code = "import sys; sys.path.insert(0, sys.argv[1]); from core import cli; cli.make_reactor('uvloop')"
    result = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "pip install uvloop" in result.stderr


# --- the command that started it


SHOW_USAGE = "from core import cli; cli.Parser(cli.command(), '', '').print_usage()"


@pytest.mark.parametrize(
    ("command", "usage"),
    [
        (["-m", "tea"], "python -m tea "),
        (["-m", "kitchen"], "python -m kitchen "),
        (["-m", "kitchen.pot"], "python -m kitchen.pot "),
        (["tea.py"], "python tea.py "),
    ],
)
def test_a_program_knows_the_command_that_starts_it(command: list[str], usage: str, tmp_path: Path) -> None:
    (tmp_path / "kitchen").mkdir()
    for name in ("tea.py", "kitchen/__main__.py", "kitchen/pot.py"):
        (tmp_path / name).write_text(SHOW_USAGE)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(
        [sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, env=environment, check=True
    )
    assert result.stdout.startswith(f"usage: {usage}")


# --- output


def said(encoding: str, *lines: str) -> bytes:
    """The bytes that `print_lines` writes to a stdout of this encoding."""
    code = "import sys; from core.cli import print_lines; print_lines(*sys.argv[1:])"
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-c", code, *lines]
    return subprocess.run(command, cwd=ROOT, capture_output=True, env=environment, check=True).stdout


def test_lines_are_printed_at_once_and_in_any_encoding() -> None:
    assert said("utf-8", "grün", "", "blau") == "grün\n\nblau\n".encode()
    assert said("ascii", "grün") == b"gr?n\n"


def test_a_program_whose_reader_has_gone_continues_and_ends_well() -> None:
    code = """
import sys
from core.cli import print_lines
sys.stdin.read()
for _ in range(3):
    print_lines("hello")
print("still here", file=sys.stderr)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.close()
        assert process.stderr.read() == "still here\n"
    assert process.returncode == 0


LOGGING = r"""
import logging
from core import cli
cli.start_logging("info")
try:
    raise ValueError("bad line: \x1b]0;X\x07\tand\nmore")
except ValueError:
    logging.exception("from \u202e%s", "\x9bm")
"""


def test_log_lines_and_tracebacks_contain_no_control_characters() -> None:
    result = subprocess.run([sys.executable, "-c", LOGGING], cwd=ROOT, capture_output=True, text=True)
    first, traceback, *_, last, more = result.stderr.split("\n")[:-1]
    assert first.endswith(" ERROR root: from <U+202E><9B>m")
    assert traceback == "Traceback (most recent call last):"
    assert (last, more) == ("ValueError: bad line: ␛]0;X␇\tand", "more")


def test_a_log_record_is_summarized_with_its_exception_in_one_line() -> None:
    plain = logging.LogRecord("name", logging.ERROR, "", 1, "%d calls failed", (2,), None)
    assert cli.summarize(plain) == "2 calls failed"
    error = ValueError("bad line")
    failed = logging.LogRecord("name", logging.ERROR, "", 1, "a call", (), (ValueError, error, None))
    assert cli.summarize(failed) == "a call: ValueError('bad line')"


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({}, True),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": "0"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "Dumb"}, False),
        ({"TERM": "unknown"}, False),
        ({"TERM": ""}, True),
        ({"TERM": "vt100"}, True),
    ],
)
def test_escape_sequences_are_for_terminals_that_allow_them(
    changes: dict[str, str], may: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for key, value in changes.items():
        monkeypatch.setenv(key, value)
    near, far = pty.openpty()
    with os.fdopen(far, "w") as terminal:
        assert cli.may_use_escapes(terminal) is may
    os.close(near)
    assert not cli.may_use_escapes(io.StringIO())
