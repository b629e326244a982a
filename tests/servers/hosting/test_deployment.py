"""The unit for systemd and the Containerfile: systemd accepts the one, process 1 runs the other."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import GUARD, ROOT, complaints_in, connect, environment

UNIT = re.compile(r"^```ini\n(\[Unit\]\n.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_accepts_the_unit_of_the_readme(tmp_path: Path) -> None:
    (unit,) = UNIT.findall((ROOT / "README.md").read_text("utf-8"))
    assert unit.count("/usr/bin/python3") == 1
    path = tmp_path / "reactor-school.service"
    path.write_text(unit.replace("/usr/bin/python3", sys.executable))
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=GUARD)
    ours = [line for line in result.stderr.splitlines() if "reactor-school" in line]
    assert (result.returncode, ours) == (0, [])


def test_a_wrong_unit_would_not_be_accepted(tmp_path: Path) -> None:
    path = tmp_path / "wrong.service"
    path.write_text("[Service]\nType=notify\nExecStart=/no/such/program\n")
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=GUARD)
    assert result.returncode != 0


def instructions() -> dict[str, list[str]]:
    """The arguments of each instruction of the Containerfile, by its name."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / "Containerfile").read_text("utf-8").splitlines():
        name, _, arguments = line.partition(" ")
        found.setdefault(name, []).append(arguments)
    return found


def test_the_containerfile_is_short_and_copies_what_exists() -> None:
    assert len((ROOT / "Containerfile").read_text("utf-8").splitlines()) <= 15
    for arguments in instructions()["COPY"]:
        source, target = arguments.split()
        assert (source, (ROOT / source).is_dir()) == (target, True)


def test_what_the_container_has_is_enough_for_process_1(tmp_path: Path) -> None:
    found = instructions()
    for arguments in found["COPY"]:
        source, target = arguments.split()
        shutil.copytree(ROOT / source, tmp_path / target)
    (entry,), (default,) = found["ENTRYPOINT"], found["CMD"]
    words: list[str] = json.loads(entry) + json.loads(default)
    assert words[0] == "python3"
    command = ["unshare", "-pf", "--mount-proc", sys.executable, *words[1:], "--port", "0"]
    variables = environment(PYTHONSAFEPATH="1", PYTHONPATH=str(tmp_path))
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=variables
    )
    assert process.stdout is not None
    ports = [int(process.stdout.readline().rpartition(":")[2]) for _ in range(2)]
    with connect(ports[1]) as client:
        assert client.line().startswith("Welcome!")
    first = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text())
    os.kill(first, getattr(signal, found["STOPSIGNAL"][0]))
    output, errors = process.communicate(timeout=GUARD)
    assert (process.returncode, output.splitlines()[-1]) == (0, "servers stopped")
    assert complaints_in(errors) == ""
