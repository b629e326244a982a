"""The command `python -m tutorials`: finds the command of the course and runs it."""

import sys
from collections.abc import Callable, Sequence

from core import cli
from tutorials import commands, page, step


def board(arguments: Sequence[str]) -> None:
    """Run the command `board` with these arguments."""
    from tutorials.board.command import main  # it loads the servers' runner, which no other command needs

    main(arguments)


COMMANDS: dict[str, Callable[[Sequence[str]], object]] = {
    "list": commands.list_lessons,
    "page": page.main,
    "next": commands.begin,
    "predict": commands.guess,
    "run": commands.run,
    "check": commands.check_lessons,
    "watch": commands.watch_lesson,
    "hint": commands.hint,
    "reset": commands.reset,
    "solution": commands.solution,
    "step": step.main,
    "board": board,
}

USAGE = """usage: python -m tutorials COMMAND [ARGUMENT …]

  list      list the lessons, and what to type next; so does no command
  page      show a page of the course in the terminal
  next      begin a lesson
  predict   guess what a small program prints, then see it run
  run       run your program in the foreground
  check     check your program, and tell what was seen
  watch     check your program each time it is saved
  hint      show the next hint
  reset     begin a lesson anew
  solution  show the solution as a difference to your program
  step      run a server or your program one callback at a time
  board     show a teacher where the class stands

example: python -m tutorials page echo"""


def main(arguments: Sequence[str]) -> None:
    """Run the command `arguments[0]` with the other arguments."""
    if not arguments:
        commands.list_lessons([])
    elif arguments[0] in ("-h", "--help"):
        cli.print_lines(USAGE)
    elif arguments[0] in COMMANDS:
        COMMANDS[arguments[0]](arguments[1:])
    else:
        cli.fail(f"there is no command {arguments[0]!r}; there is {', '.join(COMMANDS)}", 2)


if __name__ == "__main__":
    main(sys.argv[1:])
