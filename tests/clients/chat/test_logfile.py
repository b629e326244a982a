"""LogFile: the file of `--log`."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.chat import rendering
from clients.chat.logfile import LogFile
from core.formats.chat_events import Event
from core.formats.text import visible


@given(texts=st.lists(st.text(), max_size=5))
def test_a_message_takes_one_line_whatever_characters_it_holds(texts: list[str]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "log")
        log = LogFile(str(path))
        for text in texts:
            log.write(rendering.describe(Event("said", 0, "bob", visible(text)), "ann"))
        log.close()
        assert len(path.read_text("utf-8").splitlines()) == len(texts)


def test_the_log_has_the_conversation_and_is_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "log"
    for _ in range(2):
        log = LogFile(str(path))
        log.write(
            [
                rendering.status_line("lost", 0),
                *rendering.describe_own("hello", "ann", 0),
                rendering.refused_line("Lunch.", 0),
            ]
        )
        assert path.read_text("utf-8").endswith("<ann> hello\n")  # before it is closed
        log.close()
    assert len(path.read_text("utf-8").splitlines()) == 2
    assert path.stat().st_mode & 0o077 == 0


def test_a_file_that_was_renamed_or_removed_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = LogFile(str(path))
    for number in range(3):
        log.write(rendering.describe_own(f"line {number}", "ann", 0))
        if number == 0:
            path.rename(tmp_path / "log.1")
        elif number == 1:
            path.unlink()
    log.close()
    assert (tmp_path / "log.1").read_text("utf-8").endswith("line 0\n")
    assert path.read_text("utf-8").endswith("line 2\n")
    assert path.read_text("utf-8").count("\n") == 1


def test_a_directory_that_is_gone_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "log"
    path.parent.mkdir()
    log = LogFile(str(path))
    told: list[OSError] = []
    log.on_error = told.append
    path.unlink()
    path.parent.rmdir()
    for _ in range(2):
        log.write(rendering.describe_own("hello", "ann", 0))
    assert [type(error) for error in told] == [FileNotFoundError]


def test_a_failure_is_reported_once(tmp_path: Path) -> None:
    log = LogFile(str(tmp_path / "log"))
    told: list[OSError] = []
    log.on_error = told.append
    assert log._number is not None
    os.close(log._number)
    os.open(tmp_path / "log", os.O_RDONLY)  # takes the number: writing fails from now on
    for _ in range(2):
        log.write(rendering.describe_own("hello", "ann", 0))
    assert len(told) == 1


def test_a_file_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        LogFile(str(tmp_path))
