"""Runs a program in the child: `python -m tutorials.stepper MODULE_OR_FILE [ARGUMENT …]`.

Commands are read from standard input, and states are written to standard output. The program itself reads
nothing, and all that it prints goes to standard error.
"""

import os
import runpy
import sys
from io import FileIO
from pathlib import Path

import core
from core import cli, reactor
from tutorials.stepper.reactor import SteppingReactor
from tutorials.stepper.wire import Control


def main(program: str, arguments: list[str]) -> None:
    """Run the program. Each reactor that it makes is a SteppingReactor."""
    SteppingReactor.control = Control(FileIO(os.dup(0)), open(os.dup(1), "wb"))  # noqa: SIM115 - it stays open
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    for names in (vars(core), vars(reactor)):
        names["Reactor"] = SteppingReactor
    cli.ENGINES["poll"] = SteppingReactor
    sys.argv = [program, *arguments]
    if program.endswith(".py"):
        sys.path.insert(0, str(Path(program).parent))
        runpy.run_path(program, run_name="__main__")
    else:
        runpy.run_module(program, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
