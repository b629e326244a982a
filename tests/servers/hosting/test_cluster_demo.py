"""`make cluster`: it shows the servers, and leaves nothing behind."""

import json
import subprocess
import sys
from pathlib import Path

from tests.running import GUARD, ROOT, environment

PROGRAM = "import sys; from servers.hosting import cluster_demo as demo, nats_cluster as nats"


def demonstrate(program: str, directory: Path) -> "subprocess.CompletedProcess[str]":
    """Run a program in which `demo` is the module, with its temporary files in `directory`."""
    return subprocess.run(
        [sys.executable, "-c", f"{PROGRAM}\n{program}"],
        cwd=ROOT,
        env=environment(TMPDIR=str(directory)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=2 * GUARD,
    )


def left(directory: Path) -> list[Path]:
    return [path for path in directory.iterdir() if path.name.startswith("reactor-school")]


def test_the_monitor_shows_three_servers_that_are_joined_and_nothing_is_left(tmp_path: Path) -> None:
    result = demonstrate("demo.WARM_UP = 0.5; sys.exit(demo.main(['--json']))", tmp_path)
    *listening, document = result.stdout.split("\n", 3)
    assert all(line.startswith("chat listening on tcp:127.0.0.1:") for line in listening), result
    assert [server["cluster"] for server in json.loads(document)["servers"]] == ["joined"] * 3
    assert (result.returncode, left(tmp_path)) == (0, [])


def test_without_nats_server_one_line_tells_how_to_get_it(tmp_path: Path) -> None:
    program = (
        "def missing(): raise nats.NatsMissingError(nats.MISSING)\nnats.nats_server = missing\ndemo.main([])"
    )
    result = demonstrate(program, tmp_path)
    assert (result.returncode, result.stdout, left(tmp_path)) == (1, "", [])
    assert result.stderr.splitlines() == [
        "nats-server is not installed. On Debian: apt install nats-server. Elsewhere: https://nats.io/download"
    ]
