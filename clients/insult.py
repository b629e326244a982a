"""Insults on demand: type a topic, and read the server's insult.

The lesson: `quit` is a command of the server. The client sends it like a topic, and the server closes.
"""

import sys

from clients.runner import parser_for
from clients.talk import run
from core import cli

TOPICS = "topics are, for example, mondays, printers and semicolons; help lists them all"

if __name__ == "__main__":
    parser = parser_for("insult", "ask for insults, a topic a line; `quit` or Ctrl-D ends it", "", 8080)
    if cli.has_terminal():
        print(TOPICS, file=sys.stderr)
    run(parser, "insult", sends_quit=True)
