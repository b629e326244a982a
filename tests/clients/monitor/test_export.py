"""The sessions of the table in a file."""

import json
import resource
import shutil
import subprocess
from pathlib import Path

import pytest

from clients.monitor.export import write
from clients.monitor.sessions.model import Now
from tests.clients.monitor.sample import PLAIN, line
from tests.running import ROOT

NOW = Now(1000.0, 1000.0)


def test_json_has_every_field(tmp_path: Path) -> None:
    write(str(tmp_path / "a.json"), [line()], NOW)
    (found,) = json.loads((tmp_path / "a.json").read_text())
    assert found == {"server": "servers-1", **PLAIN._asdict()}


def test_csv_has_a_heading_and_a_line_for_each(tmp_path: Path) -> None:
    write(str(tmp_path / "a.csv"), [line()], NOW)
    heading, values = (tmp_path / "a.csv").read_text().splitlines()
    assert heading.startswith("server,id,service,transport,peer,state,user")
    assert values.startswith("servers-1,1,chat,tcp,127.0.0.1:50000,CHAT,ann")


def test_a_name_that_a_spreadsheet_would_compute_is_quoted(tmp_path: Path) -> None:
    write(str(tmp_path / "a.csv"), [line(PLAIN._replace(user="=1+1"))], NOW)
    assert ",'=1+1," in (tmp_path / "a.csv").read_text()


@pytest.mark.parametrize("name", ["a.json", "a.csv"])
def test_a_file_that_cannot_be_finished_is_removed(tmp_path: Path, name: str) -> None:
    """The limit of a file's size stands for a full disk; Python ignores its signal."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            write(str(tmp_path / name), [line()] * 10, NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list(tmp_path.iterdir())


def test_no_file_is_overwritten_the_new_one_gets_a_number(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("mine")
    written = [write(str(tmp_path / "a.json"), [], NOW).name for _ in range(3)]
    assert written == ["a-2.json", "a-3.json", "a-4.json"]
    assert (tmp_path / "a.json").read_text() == "mine"


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"there is no directory {tmp_path}/b"):
        write(str(tmp_path / "b" / "a.json"), [], NOW)


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")
def test_what_is_exported_into_a_clone_is_not_offered_to_git() -> None:
    names = ["sessions.json", "sessions-2.json", "sessions.csv"]
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", *names], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout.split() == names


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has to end with"):
        write(str(tmp_path / "a.txt"), [], NOW)
