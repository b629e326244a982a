"""`make cluster`: it shows the servers, and leaves nothing behind."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from servers.hosting.cluster_demo import listening
from tests.running import GUARD, ROOT, environment

PROGRAM = """
import signal, sys
sys.argv[0] = "-m"  # as while Python loads a command
from servers.hosting import cluster_demo as demo, nats_cluster as nats
"""

INTERRUPTED = """
start = nats.NatsNode.start

def start_and_interrupt(node):
    start(node)
    if node.name == "n2":
        signal.raise_signal(signal.SIGINT)

nats.NatsNode.start = start_and_interrupt
demo.main([])
"""


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory for temporary files. Its path is short, as that of a socket has to be."""
    with TemporaryDirectory() as path:
        yield Path(path)


def demonstrate(program: str, directory: Path) -> "subprocess.CompletedProcess[str]":
    """Run a program in which `demo` is the module, with its temporary files in `directory`."""
    return subprocess.run(
        [sys.executable, "-c", f"{PROGRAM}\n{program}"],
        cwd=ROOT,
        env=environment(TMPDIR=str(directory)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=GUARD,
    )


def left(directory: Path) -> list[Path]:
    return [path for path in directory.iterdir() if path.name.startswith("reactor-school")]


def commands() -> Iterator[bytes]:
    """The command lines of all processes."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended
            yield path.read_bytes()


def test_the_monitor_shows_three_servers_that_are_joined_and_nothing_is_left(directory: Path) -> None:
    result = demonstrate("demo.WARM_UP = 0.5; sys.exit(demo.main(['--json']))", directory)
    *listening, document = result.stdout.split("\n", 3)
    assert all(line.startswith("chat listening on tcp:127.0.0.1:") for line in listening), result
    assert [server["cluster"] for server in json.loads(document)["servers"]] == ["joined"] * 3
    assert (result.returncode, left(directory)) == (0, [])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("chat listening on tcp:127", ""),
        (
            "WARNING: line 7 has blocked the reactor\nchat listening on tcp:127.0.0.1:8000\nchat: begun\n",
            "chat listening on tcp:127.0.0.1:8000",
        ),
    ],
)
def test_the_address_is_the_line_that_has_it_once_it_is_whole(tmp_path: Path, text: str, line: str) -> None:
    (log := tmp_path / "log").write_text(text)
    assert listening(log) == line


def test_a_ctrl_c_while_it_starts_ends_the_servers_that_run(directory: Path) -> None:
    result = demonstrate(INTERRUPTED, directory)
    assert not [command for command in commands() if bytes(directory) in command]
    assert (result.returncode, result.stdout, result.stderr, left(directory)) == (0, "", "", [])


def test_without_nats_server_one_line_tells_how_to_get_it(directory: Path) -> None:
    program = (
        "def missing(): raise nats.NatsMissingError(nats.MISSING)\nnats.nats_server = missing\ndemo.main([])"
    )
    result = demonstrate(program, directory)
    assert (result.returncode, result.stdout, left(directory)) == (1, "", [])
    assert result.stderr.splitlines() == [
        "nats-server is not installed. On Debian: apt install nats-server. Elsewhere: https://nats.io/download"
    ]
