"""What the table shows, as a file."""

import json
from pathlib import Path

import pytest

from clients.monitor.export import write
from clients.monitor.model import Now
from tests.clients.monitor.sample import PLAIN, line

NOW = Now(1000.0, 1000.0)


def test_json_has_every_field(tmp_path: Path) -> None:
    write(tmp_path / "a.json", [line()], NOW)
    (found,) = json.loads((tmp_path / "a.json").read_text())
    assert found == {"server": "servers-1", **PLAIN._asdict()}


def test_csv_has_a_heading_and_a_line_for_each(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", [line()], NOW)
    heading, values = (tmp_path / "a.csv").read_text().splitlines()
    assert heading.startswith("server,id,service,transport,peer,state,user")
    assert values.startswith("servers-1,1,chat,tcp,127.0.0.1:50000,CHAT,ann")


def test_a_name_that_a_spreadsheet_would_compute_is_quoted(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", [line(PLAIN._replace(user="=1+1"))], NOW)
    assert ",'=1+1," in (tmp_path / "a.csv").read_text()


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("mine")
    with pytest.raises(FileExistsError):
        write(tmp_path / "a.json", [], NOW)


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has to end with"):
        write(tmp_path / "a.txt", [], NOW)
