"""The command `python -m tutorials`: finds the command of the course and runs it."""

import sys
from collections.abc import Callable, Sequence

from core import cli
from tutorials import page

COMMANDS: dict[str, Callable[[Sequence[str]], object]] = {"page": page.main}

USAGE = """usage: python -m tutorials COMMAND [ARGUMENT …]

  page    show a walkthrough in the terminal

example: python -m tutorials page echo"""


def main(arguments: Sequence[str]) -> None:
    """Run the command `arguments[0]` with the other arguments."""
    if not arguments or arguments[0] in ("-h", "--help"):
        cli.print_lines(USAGE)
    elif arguments[0] in COMMANDS:
        COMMANDS[arguments[0]](arguments[1:])
    else:
        cli.fail(f"there is no command {arguments[0]!r}; there is {', '.join(COMMANDS)}", 2)


if __name__ == "__main__":
    main(sys.argv[1:])
