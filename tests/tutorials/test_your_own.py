"""tutorials/your_own.py: the runner gives it a place in the monitor, limits and a clean stop."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.running import GUARD, ROOT, run, serving


def test_it_answers_and_the_monitor_sees_it_and_it_limits_its_connections() -> None:
    with (
        serving("tutorials.your_own", "--port", "0", "--max-connections", "1") as server,
        server.connect() as ann,
    ):
        ann.send(b"hello\n")
        assert ann.line() == "HELLO"
        seen = json.loads(run("clients.monitor", "--once", "--json").stdout)
        row = next(row for row in seen["sessions"] if row["service"] == "shout")
        assert (row["state"], row["bytes_in"], row["bytes_out"]) == ("SHOUTING", 6, 7)
        with server.connect() as bob:
            assert bob.line() == "Sorry, too many connections: this server takes at most 1."
        assert server.stop() == 0
        assert server.lines[-1] == "shout stopped"


def test_it_is_short() -> None:
    lines = (ROOT / "tutorials" / "your_own.py").read_text("utf-8").splitlines()
    assert len([line for line in lines if line]) == 13


def prints_help(*command: str, cwd: Path) -> bool:
    """Whether the program starts, as an editor's Run button would start it in the directory `cwd`."""
    result = subprocess.run([*command, "--help"], cwd=cwd, capture_output=True, text=True, timeout=GUARD)
    return result.returncode == 0 and "run the shout server" in result.stdout


def test_with_the_virtual_environment_of_make_setup_a_file_in_any_directory_runs(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    made = subprocess.run(["make", f"VENV={venv}", f"{venv}/importable"], cwd=ROOT, capture_output=True)
    assert made.returncode == 0, made.stderr
    python = str(venv / "bin" / "python")
    own = ROOT / "tutorials" / "your_own.py"
    assert prints_help(python, "tutorials/your_own.py", cwd=ROOT)
    assert prints_help(python, str(own), cwd=tmp_path)
    shutil.copy(own, tmp_path / "mine.py")
    assert prints_help(python, "mine.py", cwd=tmp_path)


@pytest.mark.parametrize("directory", [ROOT, ROOT / "tutorials", Path("/")])
def test_without_it_the_file_itself_runs_from_every_directory(directory: Path) -> None:
    own = ROOT / "tutorials" / "your_own.py"
    assert prints_help("python3", "-S", os.path.relpath(own, directory), cwd=directory)


def test_without_it_a_file_in_the_projects_own_directory_runs(tmp_path: Path) -> None:
    for package in ("core", "servers"):
        (tmp_path / package).symlink_to(ROOT / package)
    shutil.copy(ROOT / "tutorials" / "your_own.py", tmp_path / "mine.py")
    assert prints_help("python3", "-S", "mine.py", cwd=tmp_path)
