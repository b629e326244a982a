"""ngircd, a well-known IRC server, as a peer on the loopback interface."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.running import GUARD

CONFIGURATION = """
[Global]
Name = irc.example
Info = A server for tests
AdminEMail = admin@irc.example
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = Welcome
[Limits]
MaxConnectionsIP = 0
MaxNickLength = 20
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
"""


class Ngircd:
    """A process of ngircd on a free port. It can be killed and started again on the same port."""

    def __init__(self, directory: Path) -> None:
        program = shutil.which("ngircd") or "/usr/sbin/ngircd"
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port: int = sock.getsockname()[1]
        configuration = directory / "ngircd.conf"
        configuration.write_text(CONFIGURATION.format(port=self.port))
        self._command = [program, "-n", "-f", str(configuration)]
        self.start()

    @property
    def endpoint(self) -> str:
        return f"tcp:127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the process, and wait until it listens."""
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + GUARD
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), GUARD).close()
            except ConnectionRefusedError:
                assert self.process.poll() is None, "ngircd has ended"
                assert time.monotonic() < until, "ngircd does not listen"
                time.sleep(0.02)  # the port is the only sign that it is ready
            else:
                return

    def kill(self) -> None:
        """End the process at once, as a crash does."""
        self.process.kill()
        self.process.wait()


@contextmanager
def ngircd() -> Iterator[Ngircd]:
    """A running ngircd, which is killed at the end of the `with` block."""
    with tempfile.TemporaryDirectory() as directory:
        server = Ngircd(Path(directory))
        try:
            yield server
        finally:
            server.kill()
