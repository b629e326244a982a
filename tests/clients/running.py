"""A client as its users meet it: in a pipe, or in a terminal that is looked at."""

import os
import pty
import re
import select
import socket
import subprocess
import sys
import termios
import threading
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unicodedata import east_asian_width

from tests.peers.program import Program
from tests.servers.running import GUARD, ROOT, environment

COLUMNS = 60
SEQUENCE = re.compile(r"(\x1b\[[0-9;?]*[A-Za-z]|\x07)")
BEGUN = re.compile(r"\x1b(\[[0-9;?]*)?$")

# Whoever starts a session has to ask for its terminal; only then Ctrl-C is a signal.
IN_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.executable, [sys.executable, '-m', *sys.argv[1:]])"
)

# Only a process of a shell's can be stopped: the shell says how it left the terminal, and has it go on.
IN_SHELL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv('/bin/sh', ['sh', '-mc', '\"$@\"; stty -a | grep -o \"[-]*icanon\"; fg', 'sh',"
    " sys.executable, '-m', *sys.argv[1:]])"
)


def until_error(program: Program, text: str) -> None:
    """Wait until `program` has said `text` on stderr; its guard ends that if it never does."""
    while text not in program.errors():
        assert program._process.poll() is None, program.errors()


def client(*command: str, said: bytes = b"", **changes: str) -> subprocess.CompletedProcess[bytes]:
    """`python -m clients.COMMAND…` with `said` for its whole input, to its end."""
    return subprocess.run(
        [sys.executable, "-m", f"clients.{command[0]}", *command[1:]],
        cwd=ROOT,
        input=said,
        capture_output=True,
        timeout=GUARD,
        env=environment(**changes),
    )


class Terminal:
    """A client in a terminal of COLUMNS. `rows` is what stands there, `raw` all that was sent to it."""

    def __init__(self, *command: str, begin: str = IN_TERMINAL, **changes: str) -> None:
        self._master, self._slave = pty.openpty()
        termios.tcsetwinsize(self._slave, (24, COLUMNS))
        self.settings = termios.tcgetattr(self._slave)
        self.raw = ""
        self.rows: list[list[str]] = [[]]
        self._row = self._column = 0
        self._begun = ""  # a sequence, in one read, that ends in the next
        self._decode = getincrementaldecoder("utf-8")().decode
        self.process = subprocess.Popen(
            [sys.executable, "-c", begin, f"clients.{command[0]}", *command[1:]],
            cwd=ROOT,
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            start_new_session=True,
            env=environment(**{"TERM": "xterm", **changes}),
        )

    def keys(self, text: str) -> None:
        """Press them."""
        os.write(self._master, text.encode())

    @property
    def lines(self) -> list[str]:
        """The rows as text, without those that are empty."""
        return [line for row in self.rows if (line := "".join(row).rstrip())]

    @property
    def last(self) -> str:
        """The last of them: the one in which is typed."""
        return "".join(self.rows[-1]).rstrip()

    @property
    def before(self) -> str:
        """What of it is before the cursor."""
        return "".join(self.rows[self._row][: self._column])

    def until(self, condition: Callable[[], object]) -> None:
        """Look on until `condition()` holds."""
        while not condition():
            ready, _, _ = select.select([self._master], [], [], GUARD)
            assert ready, f"nothing more came after {self.lines}"
            self._feed(self._decode(os.read(self._master, 65536)))

    def until_line(self, text: str) -> None:
        """Look on until a row has `text` in it."""
        self.until(lambda: any(text in line for line in self.lines))

    def wait(self) -> int:
        """The exit status."""
        return self.process.wait(GUARD)

    def settings_now(self) -> list[object]:
        """How the terminal is set."""
        return termios.tcgetattr(self._slave)

    def _feed(self, text: str) -> None:
        self.raw += text
        text = self._begun + text
        self._begun = begun[0] if (begun := BEGUN.search(text)) else ""
        for piece in SEQUENCE.split(text.removesuffix(self._begun)):
            if SEQUENCE.fullmatch(piece):
                self._obey(piece)
            else:
                for character in piece:
                    self._put(character)

    def _obey(self, sequence: str) -> None:
        if sequence.endswith("J"):  # clear what is behind and below
            del self.rows[self._row][self._column :]
            del self.rows[self._row + 1 :]
        elif sequence.endswith("A"):
            self._row -= int(sequence[2:-1])

    def _put(self, character: str) -> None:
        if character == "\r":
            self._column = 0
        elif character == "\n":
            self._next_row()
        else:
            cells = [character, ""] if east_asian_width(character) in "WF" else [character]
            if self._column + len(cells) > COLUMNS:
                self._next_row()
                self._column = 0
            row = self.rows[self._row]
            row.extend(" " * (self._column + len(cells) - len(row)))
            row[self._column : self._column + len(cells)] = cells
            self._column += len(cells)

    def _next_row(self) -> None:
        self._row += 1
        if self._row == len(self.rows):
            self.rows.append([])

    def hang_up(self) -> None:
        """Have the terminal gone, as when its window is closed."""
        os.close(self._master)
        self._master = os.open(os.devnull, os.O_RDWR)

    def close(self) -> None:
        """Take it away."""
        self.process.kill()
        self.process.wait()
        os.close(self._master)
        os.close(self._slave)


@contextmanager
def terminal(*command: str, begin: str = IN_TERMINAL, **changes: str) -> Iterator[Terminal]:
    """A client in a terminal, for the length of a test."""
    seen = Terminal(*command, begin=begin, **changes)
    try:
        yield seen
    finally:
        seen.close()


@contextmanager
def one_time_server(*answers: bytes) -> Iterator[str]:
    """The endpoint of a server that sends `answers` to its only client, and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(GUARD)

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                for answer in answers:
                    connection.sendall(answer)
                connection.shutdown(socket.SHUT_WR)
                connection.recv(65536)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"tcp:127.0.0.1:{listener.getsockname()[1]}"
        finally:
            thread.join()


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port at which nobody listens."""
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        number = sock.getsockname()[1]
        assert isinstance(number, int)
        return number
