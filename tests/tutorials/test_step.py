"""The command line of `step`. The stepper itself is tested in tests/tutorials/stepper."""

import pytest

from tests.running import run
from tutorials import __main__ as tutorials
from tutorials import step


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "the following arguments are required: PROGRAM"),
        (["servers.nothing"], "there is no program 'servers.nothing'; name a module, such as servers.chat"),
        (["nothing.at.all"], "there is no program 'nothing.at.all'"),
        (["nothing.py"], "there is no program 'nothing.py'"),
        (["servers.echo", "--workers", "2"], "--workers is not for the stepper"),
        (["servers.echo", "--daemon"], "--daemon is not for the stepper"),
        (["servers.echo", "--reactor=asyncio"], "--reactor=asyncio is not for the stepper"),
    ],
)
def test_what_cannot_be_stepped_is_told_in_one_line_with_exit_2(arguments: list[str], words: str) -> None:
    result = run("tutorials", "step", *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_server_gets_no_control_and_its_own_flags_and_plain_may_stand_anywhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stepped: list[list[str]] = []
    monkeypatch.setattr(step, "step_in_lines", lambda arguments: stepped.append(list(arguments)))
    tutorials.main(["step", "servers.chat", "--port", "0", "--plain"])
    tutorials.main(["step", "--plain", "servers", "chat", "echo"])
    tutorials.main(["step", "--plain", __file__, "8003"])
    assert stepped == [
        ["servers.chat", "--port", "0", "--no-control"],
        ["servers", "chat", "echo", "--no-control"],
        [__file__, "8003"],
    ]


def test_without_a_terminal_or_without_textual_it_prints_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    stepped: list[list[str]] = []
    monkeypatch.setattr(step, "step_in_lines", lambda arguments: stepped.append(list(arguments)))
    step.main(["servers.echo"])
    monkeypatch.setattr("core.cli.can_draw", lambda: True)
    monkeypatch.setattr(step, "find_spec", lambda name: None if name == "textual" else True)
    step.main(["servers.echo"])
    assert stepped == [["servers.echo", "--no-control"]] * 2


def test_the_other_commands_do_not_import_textual() -> None:
    code = "import sys, tutorials.__main__; print('textual' in sys.modules)"
    result = run("timeit", "-n1", "-r1", code)
    assert result.stdout.startswith("False\n")
