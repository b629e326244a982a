"""Programs that do what no lesson asks for, by name. Each has a golden text, `golden/checker-NAME.txt`."""

from pathlib import Path

from tutorials.course.shelf import Lesson, find

SERVER = """\
import sys
from core import Factory, LineReceiver, Reactor

class Counter(LineReceiver):
    def line_received(self, line):
        {body}

{before}
reactor = Reactor()
reactor.listen_tcp({port}, Factory.for_protocol(Counter))
reactor.run()
"""


def server(body: str = "pass", before: str = "", port: str = "int(sys.argv[1])") -> str:
    """A server that does `body` with a line, and `before` before it listens."""
    return SERVER.format(body=body, before=before, port=port)


def lesson(name: str) -> Lesson:
    """A lesson that is there."""
    found = find(name)
    assert found is not None
    return found


def changed(name: str, before: str, after: str) -> str:
    """The solution of a lesson with an edit."""
    text = lesson(name).solution.read_text("utf-8")
    assert text.count(before) == 1
    return text.replace(before, after)


SLEEPING_CHILD = "__import__('subprocess').Popen(['sleep', '60'], start_new_session=True)"
DAEMON = "import os\nif os.fork():\n    os._exit(0)\nos.setsid()\nimport time\ntime.sleep(60)\n"

ROWS = {
    "syntax": ("2", "open('was_run', 'w')\nprint((1, 2)\n"),
    "no_name": ("2", "from core import LineReciever\n"),
    "no_module": ("2", "import coer\n"),
    "foreign_library": ("2", "import flask_of_nobody\n"),
    "raises": ("2", "x = 1\nx / 0\n"),
    "ended": ("2", "print('hello')\n"),
    "silent": ("2", "import time\ntime.sleep(60)\n"),
    "waits_for_nothing": ("2", "from core import Reactor\nReactor().run()\n"),
    "other_port": ("2", server(port="0")),
    "blocked": ("2", server(body="__import__('time').sleep(60)")),
    "spins": ("2", server(body="exec('while True: pass')")),
    "prints_much": ("2", server(before="print('line\\n' * 100_000)")),
    "reads_stdin": ("2", "input()\n"),
    "left_behind": ("2", changed("2", "reactor.run()", f"{SLEEPING_CHILD}\nreactor.run()")),
    "daemon": ("2", DAEMON),
    "too_big": ("2", server(before="waste = bytearray(600 << 20)\nsys.stdin.read()")),
    "many_descriptors": ("2", server(before="files = [open('/dev/null') for _ in range(300)]")),
}
"""Each row of the table of the checker: the number of the lesson, and the program."""

UNKNOWN = {
    "stops": ("1", changed("1", "self.transport.lose_connection()", "reactor.stop()")),
    "twice": ("1", changed("1", "TEXT.encode() +", "TEXT.encode() * 2 +")),
    "another_word": ("2", changed("2", "characters,", "letters,")),
    "product": ("3", changed("3", "int(one) + int(two)", "int(one) * int(two)")),
    "greeting": ("6", changed("6", "You are number", "Hello, number")),
    "polite": ("7", changed("7", 'b"250 hello "', 'b"250 good day "')),
}
"""Programs that make no known mistake, and are wrong."""

PROGRAMS = {**ROWS, **{f"unknown_{name}": program for name, program in UNKNOWN.items()}}


def write(name: str, directory: Path) -> tuple[Lesson, Path]:
    """Write the program into `directory`, under the name of the learner's file. Returns its lesson, too."""
    number, text = PROGRAMS[name]
    path = directory / lesson(number).file
    path.write_text(text, "utf-8")
    return lesson(number), path
