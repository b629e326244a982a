"""Runs ngircd, a server of IRC that is not ours, on a free port of the loopback interface."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.running import GUARD, until

COMMAND = shutil.which("ngircd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")

CONFIGURATION = """
[Global]
Name = irc.example.test
Info = a server for tests
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = Welcome
PidFile =
ServerUID = {user}
ServerGID = {group}
{more}
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 50
MaxNickLength = 20
MaxPenaltyTime = 0
[Options]
ChrootDir =
DNS = no
Ident = no
IncludeDir = {folder}
PAM = no
"""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def ngircd(folder: Path, port: int = 0, more: str = "") -> Iterator[int]:
    """Run ngircd, with its files in `folder`. Yields its port. `more` are lines for its [Global] section."""
    assert COMMAND is not None, "ngircd is not installed: .ci/run installs what the tests need"
    port = port or free_port()
    file = folder / "ngircd.conf"
    included = folder / "ngircd.conf.d"
    included.mkdir(exist_ok=True)
    ids = {"user": os.getuid(), "group": os.getgid(), "folder": included}
    file.write_text(CONFIGURATION.format(port=port, more=more, **ids))
    output = folder / "ngircd.log"
    with output.open("ab") as log:
        process = subprocess.Popen([COMMAND, "-n", "-f", str(file)], stdout=log, stderr=log)
    try:
        until(lambda: process.poll() is not None or _listens(port), output.read_text)
        assert process.poll() is None, output.read_text()
        yield port
    finally:
        process.kill()
        process.wait(GUARD)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
