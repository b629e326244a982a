"""The pid file: it has the number of the running server's process, so that others can find and stop it.

A server that was killed leaves its file. So a file counts only while its process exists.
"""

import errno
import os
import select
import signal
import stat
import time
from contextlib import suppress

from core.errors import in_words

STOP_WITHIN = 15.0
"""Seconds to wait for the end of a server, which takes up to GRACE seconds to send its pending data."""

LARGEST = 1 << 22
"""No process of Linux has a larger number (proc(5), pid_max)."""


MAX_SIZE = 32
"""A longer file is no pid file, and is never removed."""


class AlreadyRunningError(Exception):
    """The process in the pid file exists."""


class PidFile:
    """The pid file at `path`."""

    def __init__(self, path: str) -> None:
        self.path = path

    def running(self) -> int:
        """The number of the process that the file names, if that exists and is not this one; otherwise 0.

        OSError if the file exists and cannot be read, or is a device, a pipe or a directory.
        """
        try:
            if not stat.S_ISREG(os.stat(self.path).st_mode):
                raise OSError(errno.EINVAL, "it is not a regular file")
            with open(self.path, "rb") as file:
                text = file.read(MAX_SIZE).strip()
        except FileNotFoundError:
            return 0
        number = int(text) if text.isdigit() else 0
        return number if 0 < number <= LARGEST and number != os.getpid() and exists(number) else 0

    def check(self) -> None:
        """Raise AlreadyRunningError if the process in the file exists. OSError if it cannot be read."""
        if number := self.running():
            raise AlreadyRunningError(f"a server runs already as process {number}, says {self.path}")

    def create(self) -> None:
        """Write the file with our number. It replaces a file whose process does not exist, and a link.

        Raises what `check` raises, FileExistsError for a file or device that is no pid file, and OSError if
        it cannot be written.
        """
        try:
            self._write()
        except FileExistsError:
            self.check()
            if not self._may_be_replaced():
                raise FileExistsError("it exists, and is no pid file. Choose another file.") from None
            os.unlink(self.path)
            self._write()

    def _may_be_replaced(self) -> bool:
        """Whether it is a link, or a short file of one line, as a pid file is, be the number right or not."""
        found = os.lstat(self.path)
        if not stat.S_ISREG(found.st_mode):
            return stat.S_ISLNK(found.st_mode)
        with open(self.path, "rb") as file:
            return found.st_size <= MAX_SIZE and len(file.read(MAX_SIZE).splitlines()) <= 1

    def _write(self) -> None:
        number = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            with open(number, "w") as file:
                file.write(f"{os.getpid()}\n")
        except OSError:  # the disk is full
            os.unlink(self.path)
            raise

    def remove(self) -> None:
        """Remove the file, if it has our number. An error is ignored: it must not hinder a stop."""
        with suppress(OSError):
            with open(self.path) as file:
                is_ours = file.read(32).strip() == str(os.getpid())
            if is_ours:
                os.unlink(self.path)


def exists(number: int) -> bool:
    """Whether there is a process with this number. One that has ended may still be in the kernel's list."""
    if not hasattr(signal, "SIGKILL"):  # on Windows os.kill would end the process
        return False
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is another user's
        pass
    try:
        with open(f"/proc/{number}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"  # proc(5): the state follows the name
    except OSError:  # there is no /proc, or the process has just gone
        return True


def stop(pid_file: PidFile) -> tuple[str, int]:
    """Stop the server of `pid_file`, and wait for its end. Returns a line for the user, and the status."""
    try:
        number = pid_file.running()
        if not number:
            return f"no server runs: {pid_file.path} names no process", 1
        if not _terminate(number):
            return f"process {number} still runs after {STOP_WITHIN:.0f} s. End it with: kill -9 {number}", 1
    except OSError as error:
        return f"cannot stop the server of {pid_file.path}: {in_words(error)}", 1
    return f"stopped process {number}", 0


def status(pid_file: PidFile) -> tuple[str, int]:
    """A line for the user, and the exit status, as the Linux Standard Base has it (LSB 5.0, 22.2).

    0: it runs; 1: it has left its pid file; 3: it does not run; 4: unknown.
    """
    try:
        if number := pid_file.running():
            return f"running as process {number}", 0
    except OSError as error:
        return f"cannot read {pid_file.path}: {in_words(error)}", 4
    if os.path.exists(pid_file.path):
        return f"not running: it has not stopped properly, and {pid_file.path} names no process", 1
    return f"not running: there is no {pid_file.path}", 3


def _terminate(number: int) -> bool:
    """Send SIGTERM, and wait up to STOP_WITHIN seconds. True if the process has ended."""
    if not hasattr(os, "pidfd_open"):
        os.kill(number, signal.SIGTERM)
        return _poll_until_gone(number)
    handle = os.pidfd_open(number)
    try:
        signal.pidfd_send_signal(handle, signal.SIGTERM)
        return bool(select.select([handle], [], [], STOP_WITHIN)[0])
    finally:
        os.close(handle)


def _poll_until_gone(number: int) -> bool:
    deadline = time.monotonic() + STOP_WITHIN
    while exists(number):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
