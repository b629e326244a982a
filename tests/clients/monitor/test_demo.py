"""The demo: its servers end with the monitor, even if the monitor was killed."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.running import GUARD, ROOT, environment


def found(folder: Path, pattern: str) -> list[Path]:
    """The files below `folder`, once there is one."""
    end = time.monotonic() + GUARD
    while not (paths := [*folder.glob(pattern)]):
        assert time.monotonic() < end, f"there is no {pattern}"
    return paths


def test_the_servers_of_a_monitor_that_is_killed_stop_in_good_order() -> None:
    command = [sys.executable, "-m", "clients.monitor", "--demo", "--once"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with subprocess.Popen(command, cwd=ROOT, env=environment(TMPDIR=name)) as monitor:
            (socket,) = found(folder, "*/servers-*.sock")
            monitor.kill()
        log = socket.with_name("servers.log")
        end = time.monotonic() + GUARD
        while not log.read_text().endswith("\nservers stopped\n"):
            assert time.monotonic() < end, log.read_text()
        assert not socket.exists()
