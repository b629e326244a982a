"""The tool that prints the call tree: whose calls it shows, how, and what it says when it cannot."""

import re
import sys
from contextlib import closing
from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest

from core import Reactor
from tests.running import run, serving
from tests.tutorials.lessons import until_logged

TOOL = "tutorials.01_echo.call_tree"
OWN = """
from core import LineReceiver, Reactor, Factory
import textwrap

def shorten(line: bytes) -> bytes:
    return textwrap.shorten(line.decode(), 11).encode()

class Shorten(LineReceiver):
    def line_received(self, line):
        self.send_line(shorten(line))
        self._count()
    def _count(self):
        pass

reactor = Reactor()
port = reactor.listen_tcp(0, Factory.for_protocol(Shorten))
print(f"shorten listening on {port.host}", "connect", "stop with Ctrl-C", sep="\\n", flush=True)
reactor.run()
"""


def test_the_calls_of_a_program_of_ones_own_are_shown_from_a_file_and_not_those_of_libraries(
    tmp_path: Path,
) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    with serving(TOOL, str(tmp_path / "mine.py")) as server, server.connect() as client:
        client.send(b"hello to all of you\n")
        assert client.line() == "hello [...]"
        until_logged(server, lambda log: "kernel: send" in log)
        assert re.search(
            r"^ {6}LineReceiver.data_received\n {8}Shorten.line_received\n {10}shorten\n"
            r" {10}LineReceiver.send_line\n",
            server.stderr(),
            re.MULTILINE,
        )
        assert "_count" not in server.stderr()
        assert "textwrap" not in server.stderr().lower()


def test_the_program_of_the_page_about_a_server_of_ones_own_can_be_run_as_a_module() -> None:
    with serving(TOOL, "tutorials.your_own", "--port", "0") as server, server.connect() as client:
        client.send(b"hello\n")
        assert client.line() == "HELLO"
        until_logged(server, lambda log: "        Shout.line_received\n" in log)


class FakeTerminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("variable", ["", "NO_COLOR", "TERM"])
def test_the_kernel_is_dim_and_your_code_bold_unless_escapes_are_forbidden(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    if variable:
        monkeypatch.setenv(variable, "dumb")
    monkeypatch.setattr(sys, "stderr", shown := FakeTerminal())
    with closing(Reactor()) as reactor:
        reactor.call_soon(your_call)
        sys.setprofile(import_module(TOOL).CallTree())
        reactor.turn()
        sys.setprofile(None)
    if variable:
        assert shown.getvalue().startswith("\nLoop.turn\n  kernel: poll\n")
        assert "\x1b" not in shown.getvalue()
    else:
        assert "\nLoop.turn\n  \x1b[2mkernel: poll\x1b[0m\n" in shown.getvalue()
        assert "\n    \x1b[1myour_call\x1b[0m\n" in shown.getvalue()


def your_call() -> None:
    """A call of code that is not in `core`."""


@pytest.mark.parametrize(
    ("command", "status", "words"),
    [
        ([], 2, "usage: "),
        (["servers.ecko"], 1, "there is no program servers.ecko; there is, for example, servers.echo"),
        (["nowhere.at.all"], 1, "there is no program nowhere.at.all;"),
        (["core"], 1, "there is no program core;"),
        (["mine.py"], 1, "there is no file mine.py"),
    ],
)
def test_what_it_cannot_run_is_told_in_one_line(command: list[str], status: int, words: str) -> None:
    result = run(TOOL, *command)
    assert (result.returncode, result.stdout) == (status, "")
    assert result.stderr.startswith(words)
    assert result.stderr.count("\n") == 1


def test_help_is_one_line_too() -> None:
    result = run(TOOL, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("usage: python3 -m tutorials.01_echo.call_tree MODULE or FILE.py")
    assert result.stdout.count("\n") == 1
