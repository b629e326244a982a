"""A command without its libraries says in one line what to do."""

import subprocess
import sys

import pytest

from tests.running import GUARD, ROOT, environment

WITHOUT = """
import runpy, sys
for library in sys.argv.pop(1).split(","):
    sys.modules[library] = None  # as if it were not installed
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


def run_without(libraries: str, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT, libraries, *command],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=GUARD,
        env=environment(),
    )


@pytest.mark.parametrize(
    ("libraries", "command"),
    [
        ("colorama,textual", ["clients.chat"]),
        ("textual", ["clients.chat", "--fullscreen"]),
        ("platformdirs", ["clients.chat", "--fullscreen"]),
        ("h11", ["clients.fetch", "http://localhost/"]),
        ("textual", ["clients.monitor"]),
        ("platformdirs", ["clients.monitor"]),
        ("dpkt", ["clients.monitor"]),
        ("textual", ["clients.monitor", "--once"]),
        ("textual", ["clients.monitor", "--demo"]),
        ("trustme", ["servers.certificate"]),
    ],
)
def test_without_its_library_a_command_says_so_with_the_remedy_and_exits_1(
    libraries: str, command: list[str]
) -> None:
    result = run_without(libraries, *command)
    needed = libraries.partition(",")[0]
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == (
        f"python -m {command[0]} needs {needed}, which this Python does not have:"
        " run `make setup`, then `source .venv/bin/activate`\n"
    )


@pytest.mark.parametrize("module", ["servers", "servers.chat", "clients.echo", "clients.insult"])
def test_what_needs_no_library_runs_without_any(module: str) -> None:
    command = [sys.executable, "-S", "-m", module, "--help"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, timeout=GUARD).returncode == 0
