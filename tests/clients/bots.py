"""Runs the log bot as a process."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.running import GUARD, ROOT, environment, until


class Bot:
    """A process of the log bot that has joined its channel."""

    def __init__(self, endpoint: str, channel: str, file: Path, *arguments: str, **changes: str) -> None:
        self.file = file
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 - close() closes it
        command = ["clients.log_bot", "--connect", endpoint, "--channel", channel, "--log", str(file)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command, *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env=environment(**changes),
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == f"logging {channel} of {endpoint} to {file}\n"
        assert self.process.stdout.readline() == "stop with Ctrl-C\n"

    def lines(self) -> list[str]:
        """The lines of the log, without the times in front. The time of day in a line is XX."""
        text = self.file.read_text()
        assert all(re.match(r"\[\d\d:\d\d:\d\d\] ", line) for line in text.splitlines())
        return [re.sub(r" at \w+ \w+ .*\]$", " at XX]", line[11:]) for line in text.splitlines()]

    def until_logged(self, *lines: str, times: int = 1) -> None:
        """Wait until the log has each of these lines so many times."""
        until(lambda: all(self.lines().count(line) >= times for line in lines), self.file.read_text)

    def end(self, *signals: int) -> tuple[int, str]:
        """Send the signals, and wait for the end. Returns the exit status and what stderr has."""
        for number in signals:
            self.process.send_signal(number)
        return self.process.wait(GUARD), self.stderr()

    def stderr(self) -> str:
        """Its stderr so far."""
        number = self.errors.fileno()
        return os.pread(number, os.fstat(number).st_size, 0).decode()

    def close(self) -> None:
        """Kill the bot if it still runs."""
        self.process.kill()
        self.process.communicate()
        self.errors.close()


@contextmanager
def bot(endpoint: str, channel: str, file: Path, *arguments: str, **changes: str) -> Iterator[Bot]:
    """A running log bot that has joined `channel`. It is killed at the end of the `with` block."""
    running = Bot(endpoint, channel, file, *arguments, **changes)
    try:
        yield running
    finally:
        running.close()
