"""Runs clients as processes, in a pipe or in a simulated terminal."""

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

from tests.running import GUARD, ROOT, environment

COLUMNS = 60
SIZE = f"24x{COLUMNS}"
SEQUENCE = re.compile(r"(\x1b\[[0-9;?]*[A-Za-z]|\x07)")
BACK = "\x1b[?1049l"
"""The sequence that closes the full screen: the terminal shows its former text again."""

INCOMPLETE = re.compile(r"\x1b(\[[0-9;?]*)?$")

# A new session has no controlling terminal. It needs one so that Ctrl-C becomes a signal.
IN_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.executable, [sys.executable, '-m', *sys.argv[1:]])"
)

# Only a shell's job can be suspended. When it is, the shell prints the terminal's mode, and resumes the job.
IN_SHELL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv('/bin/sh', ['sh', '-mc', '\"$@\"; stty -a | grep -o \"[-]*icanon\"; fg', 'sh',"
    " sys.executable, '-m', *sys.argv[1:]])"
)


def client(*command: str, said: bytes = b"", **changes: str) -> subprocess.CompletedProcess[bytes]:
    """Run `python -m clients.COMMAND…` with `said` as its stdin, and wait for its end."""
    return subprocess.run(
        [sys.executable, "-m", f"clients.{command[0]}", *command[1:]],
        cwd=ROOT,
        input=said,
        capture_output=True,
        timeout=GUARD,
        env=environment(**changes),
    )


class Terminal:
    """A client in a terminal of COLUMNS columns; with an empty `package` any other command.

    `rows` has the characters on the screen, `raw` all output of the client.
    """

    def __init__(
        self,
        *command: str,
        begin: str = IN_TERMINAL,
        size: str = SIZE,
        package: str = "clients.",
        **changes: str,
    ) -> None:
        self._master, self._slave = pty.openpty()
        rows, columns = map(int, size.split("x"))
        termios.tcsetwinsize(self._slave, (rows, columns))
        self.settings = termios.tcgetattr(self._slave)
        self.raw = ""
        self.rows: list[list[str]] = [[]]
        self._row = self._column = 0
        self._incomplete = ""  # an escape sequence whose end has not been read yet
        self._decode = getincrementaldecoder("utf-8")().decode
        self.process = subprocess.Popen(
            [sys.executable, "-c", begin, package + command[0], *command[1:]],
            cwd=ROOT,
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            start_new_session=True,
            env=environment(**{"TERM": "xterm", **changes}),
        )

    def keys(self, text: str) -> None:
        """Type `text` into the terminal."""
        os.write(self._master, text.encode())

    @property
    def lines(self) -> list[str]:
        """The rows as text, without the empty ones."""
        return [line for row in self.rows if (line := "".join(row).rstrip())]

    @property
    def last(self) -> str:
        """The last row: the input line."""
        return "".join(self.rows[-1]).rstrip()

    @property
    def before(self) -> str:
        """The text before the cursor, in the cursor's row."""
        return "".join(self.rows[self._row][: self._column])

    def until(self, condition: Callable[[], object]) -> None:
        """Read output until `condition()` holds."""
        while not condition():
            ready, _, _ = select.select([self._master], [], [], GUARD)
            assert ready, f"no more output; the screen shows {self.lines}"
            self._feed(self._decode(os.read(self._master, 65536)))

    def until_line(self, text: str) -> None:
        """Read output until a row contains `text`."""
        self.until(lambda: any(text in line for line in self.lines))

    def wait(self) -> int:
        """Wait for the end of the client. Returns its exit status."""
        return self.process.wait(GUARD)

    def settings_now(self) -> list[object]:
        """The terminal's settings, as `termios.tcgetattr` returns them."""
        return termios.tcgetattr(self._slave)

    def _feed(self, text: str) -> None:
        self.raw += text
        text = self._incomplete + text
        self._incomplete = found[0] if (found := INCOMPLETE.search(text)) else ""
        for piece in SEQUENCE.split(text.removesuffix(self._incomplete)):
            if SEQUENCE.fullmatch(piece):
                self._interpret(piece)
            else:
                for character in piece:
                    self._put(character)

    def _interpret(self, sequence: str) -> None:
        if sequence.endswith("J"):  # clear from the cursor to the end of the screen
            del self.rows[self._row][self._column :]
            del self.rows[self._row + 1 :]
        elif sequence.endswith("K"):
            del self.rows[self._row][self._column :]
        elif sequence.endswith("A"):
            self._row -= int(sequence[2:-1] or 1)
        elif sequence.endswith("C"):
            self._column += int(sequence[2:-1] or 1)
            row = self.rows[self._row]
            row.extend(" " * (self._column - len(row)))
        elif sequence.endswith("D"):
            self._column -= int(sequence[2:-1] or 1)

    def _put(self, character: str) -> None:
        if character == "\r":
            self._column = 0
        elif character == "\b":
            self._column -= 1
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

    def has_output(self) -> bool:
        """Whether the client has written anything that was not read yet."""
        return bool(select.select([self._master], [], [], 0)[0])

    def hang_up(self) -> None:
        """Close the terminal, as when the user closes its window."""
        os.close(self._master)
        self._master = os.open(os.devnull, os.O_RDWR)

    def close(self) -> None:
        """Kill the client if it still runs, and close the terminal."""
        self.process.kill()
        self.process.wait()
        os.close(self._master)
        os.close(self._slave)


@contextmanager
def terminal(*command: str, begin: str = IN_TERMINAL, size: str = SIZE, **changes: str) -> Iterator[Terminal]:
    """A client in a terminal. It is killed at the end of the `with` block."""
    opened = Terminal(*command, begin=begin, size=size, **changes)
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def one_time_server(*answers: bytes) -> Iterator[str]:
    """The endpoint of a server that accepts one client, sends `answers`, and closes the connection."""
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


@contextmanager
def refusing_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> Iterator[int]:
    """A port that refuses connections: it is bound, so no other program gets it, and nothing listens."""
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        number = int(sock.getsockname()[1])
        if kind == socket.SOCK_DGRAM:
            sock.connect(sock.getsockname())  # so it accepts no datagrams but its own
        yield number
