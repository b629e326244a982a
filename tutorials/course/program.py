"""The learner's program as a process: its start, its limits, its output and reports, and its end."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from core.interfaces import Descriptor
from core.reactor import Reactor
from tutorials.course.evidence import Place, Record, describe_line

KEPT = 64 << 10
"""Bytes of each output stream that are kept. The rest is counted."""

MOST_MEMORY = 512 << 20
"""Resident bytes over which a program is ended."""

PROC = Path("/proc")
MARK = "REACTOR_SCHOOL_CHECK"
FRAME = re.compile(r'File "(.+)", line (\d+) in ')
POLLERS = ("pollers.py", "selectors.py")
LISTEN = "0A"
"""The state of a listening socket in /proc/net/tcp."""


class Pipe(Descriptor):
    """The reading end of a pipe, or the controlling end of a terminal. Keeps the first KEPT bytes."""

    def __init__(self, reactor: Reactor, descriptor: int, keep: int = KEPT) -> None:
        self.data = bytearray()
        self.came: list[tuple[float, bytes]] = []
        """The pieces of `data`, and when each of them came."""
        self.dropped = 0
        self._reactor, self._descriptor, self._keep = reactor, descriptor, keep
        os.set_blocking(descriptor, False)
        reactor.watch(self, True, False)

    def fileno(self) -> int:
        return self._descriptor

    def on_readable(self) -> None:
        try:
            data = os.read(self._descriptor, 65536)
        except BlockingIOError:
            return
        except OSError:  # a terminal whose other end is closed
            data = b""
        kept = data[: max(self._keep - len(self.data), 0)]
        self.data += kept
        self.came += [(self._reactor.seconds(), kept)] if kept else []
        self.dropped += len(data) - len(kept)
        if not data:
            self.close()

    def drain(self) -> None:
        """Read what is there, up to 1 MiB."""
        for _ in range(16):
            self.on_readable()

    def on_error(self, error: Exception) -> None:
        self.close()

    def shut_down(self) -> None:
        self.close()

    def close(self) -> None:
        """Stop reading. A second call does nothing."""
        if self._descriptor >= 0:
            self._reactor.forget(self)
            os.close(self._descriptor)
            self._descriptor = -1


def open_terminal() -> tuple[int, int]:
    """A terminal that does not echo what is typed: the descriptor that controls it, and the program's."""
    import termios  # only where there is a terminal of this kind

    controller, terminal = os.openpty()
    mode = termios.tcgetattr(terminal)
    mode[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSANOW, mode)
    return controller, terminal


class Program:
    """A running program. `arguments` follow its file on the command line; `keyboard` gives it a terminal.

    To a pipe it prints at once, to a terminal as programs usually do: a whole line, or what is flushed.
    """

    def __init__(
        self, reactor: Reactor, path: Path, given: Path, arguments: Sequence[str], keyboard: bool = False
    ) -> None:
        self.path = path
        self._directory = tempfile.TemporaryDirectory(prefix="reactor-school-check-")
        self._mark = uuid4().hex
        self.was_too_big = False
        read_report, write_report = os.pipe()
        controller, terminal = open_terminal() if keyboard else (-1, -1)
        command = [sys.executable, "-m", "tutorials.course.inside", str(write_report), str(given)]
        clone = Path(__file__).parents[2]
        environment = {**os.environ, "PYTHONPATH": str(clone), "PYTHONSAFEPATH": "1", MARK: self._mark}
        environment["PYTHONUNBUFFERED"] = "" if keyboard else "1"
        self._process = subprocess.Popen(
            [*command, str(path), *arguments],
            stdin=terminal if keyboard else subprocess.PIPE,
            stdout=terminal if keyboard else subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self._directory.name,
            env=environment,
            pass_fds=[write_report],
            start_new_session=True,
        )
        for descriptor in (write_report, *([terminal] if keyboard else [])):
            os.close(descriptor)
        assert self._process.stderr is not None
        streams = self._process.stdin, self._process.stdout, self._process.stderr
        self._keyboard = controller if keyboard else os.dup(streams[0].fileno())  # type: ignore[union-attr]
        screen = os.dup(controller) if keyboard else os.dup(streams[1].fileno())  # type: ignore[union-attr]
        self.output, self.errors = Pipe(reactor, screen), Pipe(reactor, os.dup(streams[2].fileno()))
        for stream in streams:
            if stream is not None:
                stream.close()
        self._reports = Pipe(reactor, read_report, keep=16 << 20)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def status(self) -> int | None:
        """The exit status, None while it runs, -9 if it was killed, as it is for too much memory.

        If it is known, so is all that the program has printed and reported.
        """
        if self._process.poll() is None and self.memory() > MOST_MEMORY:
            self.was_too_big = True
            self._process.kill()
            self._process.wait()
        if self._process.returncode is not None:
            for pipe in (self.output, self.errors, self._reports):
                pipe.drain()
        return self._process.returncode

    def send_signal(self, number: int) -> None:
        """Send the signal `number`, if it still runs."""
        if self._process.poll() is None:
            self._process.send_signal(number)

    def type(self, data: bytes) -> None:
        """Send `data` to its standard input."""
        with suppress(OSError):
            os.write(self._keyboard, data)

    def untaken(self) -> int:
        """The typed bytes that it has not read; 0 for a terminal, and where the system does not tell."""
        with suppress(ImportError, OSError):
            from fcntl import ioctl
            from termios import FIONREAD

            if self._keyboard >= 0 and not os.isatty(self._keyboard):
                return int.from_bytes(ioctl(self._keyboard, FIONREAD, bytes(4)), sys.byteorder)
        return 0

    def end_input(self) -> None:
        """End its standard input. A terminal stays open: it is sent Ctrl-D."""
        if os.isatty(self._keyboard):
            self.type(b"\x04")
        elif self._keyboard >= 0:
            os.close(self._keyboard)
            self._keyboard = -1

    # --- what it has reported

    def _facts(self) -> list[dict[str, object]]:
        lines = bytes(self._reports.data).splitlines()
        return [json.loads(line) for line in lines if line.startswith(b'{"kind"') and line.endswith(b"}")]

    def records(self) -> list[Record]:
        """Its log, and the exception that ended it."""
        found = []
        for facts in self._facts():
            if facts["kind"] in ("log", "exception"):
                text = {key: str(facts.get(key, "")) for key in ("message", "type", "text", "trace")}
                line = facts.get("line")
                level = str(facts.get("level", "EXCEPTION"))
                found.append(Record(level, line=line if isinstance(line, int) else 0, **text))
        return found

    def wrote(self) -> int:
        """The last line of its file that wrote to a connection, or 0."""
        lines = [facts["line"] for facts in self._facts() if facts["kind"] == "wrote"]
        return lines[-1] if lines and isinstance(lines[-1], int) else 0

    def has_begun(self) -> bool:
        """Whether Python is there, and runs the program's file."""
        return b'{"kind": "begins"}\n' in self._reports.data

    def ask_where(self) -> None:
        """Have Python report the stack, for `where`."""
        self._asked_at = len(self._reports.data)
        if self.has_begun():  # before that the signal would end the process
            self.send_signal(signal.SIGUSR1)

    def has_said_where(self) -> bool:
        """After `ask_where`: whether the answer has begun, or cannot come."""
        return len(self._reports.data) > self._asked_at or self._process.poll() is not None

    def where(self) -> tuple[bool, Place | None]:
        """After `ask_where`: whether it waits for an event, and the innermost line of its own file.

        While other threads run lines of the file, the main thread may wait anywhere but in a callback.
        """
        text = bytes(self._reports.data[self._asked_at :]).decode("utf-8", "replace")
        others, _, main = text.rpartition("Current thread ")
        frames = FRAME.findall(main.partition("\n\n")[0])
        own = [at for at, (file, _) in enumerate(frames) if file == str(self.path)]
        is_callback = bool(own) and len(own) <= own[-1] - own[0]
        is_polling = bool(frames) and frames[0][0].endswith(POLLERS)
        has_threads = f'"{self.path}"' in others
        is_waiting = is_polling or (has_threads and not is_callback)
        return is_waiting, describe_line(self.path, int(frames[own[0]][1])) if own else None

    # --- what the kernel knows of it

    def is_asleep(self) -> bool:
        """Whether all of its threads sleep. Elsewhere than on Linux always True."""
        try:
            states = [(task / "stat").read_text("utf-8") for task in (PROC / f"{self.pid}/task").iterdir()]
        except OSError:
            return True
        return all(state.rpartition(")")[2].split()[0] != "R" for state in states)

    def cpu(self) -> float:
        """Seconds of processor time that it has used; 0 where the kernel does not tell."""
        try:
            fields = (PROC / f"{self.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Its resident bytes; 0 where the kernel does not tell."""
        try:
            pages = int((PROC / f"{self.pid}/statm").read_text("utf-8").split()[1])
        except (OSError, IndexError):
            return 0
        return pages * os.sysconf("SC_PAGE_SIZE")

    def listens(self) -> list[tuple[str, int]]:
        """The addresses and ports at which it accepts connections."""
        directory = PROC / f"{self.pid}/fd"
        try:
            links = [os.path.realpath(link) for link in directory.iterdir()]  # which may vanish meanwhile
            tables = [(PROC / name).read_text("utf-8") for name in ("net/tcp", "net/tcp6")]
        except OSError:
            return []
        found = []
        for line in "".join(tables).splitlines():
            fields = line.split()
            if fields[3] == LISTEN and f"{directory}/socket:[{fields[9]}]" in links:
                address, _, port = fields[1].partition(":")
                found.append((_host(address), int(port, 16)))
        return found

    # --- the end

    def stop(self) -> list[int]:
        """End it, and all that it has started. Returns the IDs of processes that it had left behind."""
        self.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        self._process.kill()
        self._process.wait()
        left = self._end_marked()
        for pipe in (self.output, self.errors, self._reports):
            pipe.close()
        if self._keyboard >= 0:
            os.close(self._keyboard)
            self._keyboard = -1
        self._directory.cleanup()
        return left

    def _end_marked(self) -> list[int]:
        """Kill the processes that are left, and wait for their end, up to 2 s. Returns their IDs."""
        left: set[int] = set()
        deadline = time.monotonic() + 2.0
        while (now := self._marked()) and time.monotonic() < deadline:
            left.update(now)
            for pid in now:
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
        return sorted(left)

    def _marked(self) -> list[int]:
        """The other processes that have the mark of this check in their environment."""
        mark = f"{MARK}={self._mark}".encode()
        found = []
        for directory in PROC.glob("[0-9]*"):
            with suppress(OSError):
                if mark in (directory / "environ").read_bytes().split(b"\0"):
                    found.append(int(directory.name))
        return found


def _host(address: str) -> str:
    """The address of a table in /proc, which has 32-bit words in the order of the machine."""
    words = [bytes.fromhex(address[start : start + 8])[::-1] for start in range(0, len(address), 8)]
    family = socket.AF_INET if len(address) == 8 else socket.AF_INET6
    return socket.inet_ntop(family, b"".join(words))
