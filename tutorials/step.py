"""The command `python -m tutorials step`: runs a program one callback at a time."""

import argparse
from collections.abc import Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from core import cli
from core.engine.signals import before_kill
from core.reactor import Reactor
from core.transports.stdio import StandardIO
from tutorials.course.watch import single_keys
from tutorials.stepper.lines import HELP, Keys, Output, Session

ONE_PROCESS = ("--workers", "--daemon", "--reactor")
"""Flags of the servers that the stepper does not allow: it steps one process, on a reactor of its own."""


def main(arguments: Sequence[str]) -> None:
    """The command `step`: it ends with 0, however the program has ended."""
    command = "python -m tutorials step"
    parser = cli.Parser(
        command, "run a program one callback at a time", f"{command} servers.chat --port 0", False
    )
    parser.add_argument("--plain", action="store_true", help="print lines instead of a full screen")
    parser.add_argument("program", metavar="PROGRAM", help="a module, such as servers.chat, or a file")
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="...", help="its own arguments")
    options = parser.parse_args(arguments)
    program, rest = str(options.program), [str(each) for each in options.rest]
    is_plain = options.plain or "--plain" in rest
    rest = [each for each in rest if each != "--plain"]
    if wrong := [each for each in rest if each.startswith(ONE_PROCESS)]:
        parser.error(f"{wrong[0]} is not for the stepper, which runs one process on its own event loop")
    if not (Path(program).is_file() if program.endswith(".py") else is_module(program)):
        parser.error(f"there is no program {program!r}; name a module, such as servers.chat, or a file")
    if program.partition(".")[0] == "servers":
        rest.append("--no-control")
    if is_plain or not cli.can_draw() or not find_spec("textual"):
        step_in_lines([program, *rest])
    else:
        from tutorials.stepper.screen import StepperApp  # slow, and not needed for lines

        StepperApp([program, *rest]).run()


def step_in_lines(arguments: Sequence[str]) -> None:
    """Step the program with these arguments until it has ended. Keys are read from standard input."""
    with closing(Reactor()) as reactor, single_keys():
        cli.print_lines(HELP)
        session = Session(reactor, arguments, Output(cli.print_lines))
        before_kill.append(session.stop)  # a second Ctrl-C
        reactor.add_system_event_trigger("before", "shutdown", session.stop)
        reactor.call_when_running(StandardIO, Keys(session), reactor)
        session.ended.add_callback(lambda status: reactor.stop_if_running())
        reactor.run()
        before_kill.remove(session.stop)


def is_module(name: str) -> bool:
    """Whether Python can find the module."""
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False
