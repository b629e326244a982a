"""The runtime directory: only its user can open it."""

import os
import stat
import tempfile
from pathlib import Path

import pytest

from core.runtime_directory import runtime_directory

VARIABLES = ("REACTOR_SCHOOL_RUNTIME_DIR", "XDG_RUNTIME_DIR")


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary directory, and a different place in each variable."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    for name in VARIABLES:
        monkeypatch.setenv(name, str(tmp_path / name))
    return tmp_path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_our_own_variable_comes_first_then_the_systems_then_the_temporary_directory(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert runtime_directory() == places / "REACTOR_SCHOOL_RUNTIME_DIR"
    monkeypatch.delenv("REACTOR_SCHOOL_RUNTIME_DIR")
    assert runtime_directory() == places / "XDG_RUNTIME_DIR" / "reactor-school"
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    found = runtime_directory()
    assert found.parent == places / "tmp"
    assert found.name == f"reactor-school-{os.getuid()}"


def test_an_empty_variable_counts_as_not_set(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REACTOR_SCHOOL_RUNTIME_DIR", "")
    assert runtime_directory() == places / "XDG_RUNTIME_DIR" / "reactor-school"


def test_it_is_created_for_its_owner_alone_and_found_again() -> None:
    assert mode(runtime_directory()) == 0o700
    assert runtime_directory() == runtime_directory()


def test_a_directory_that_others_can_enter_is_closed_to_them(places: Path) -> None:
    directory = places / "REACTOR_SCHOOL_RUNTIME_DIR"
    directory.mkdir()
    directory.chmod(0o777)
    assert mode(runtime_directory()) == 0o700


def test_a_directory_of_another_user_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime_directory()
    stranger = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: stranger)
    with pytest.raises(PermissionError, match="not a directory of your own"):
        runtime_directory()


def test_a_symbolic_link_is_refused_even_to_a_directory_of_our_own(places: Path) -> None:
    (places / "elsewhere").mkdir()
    (places / "REACTOR_SCHOOL_RUNTIME_DIR").symlink_to(places / "elsewhere")
    with pytest.raises(PermissionError):
        runtime_directory()


def test_a_file_with_the_name_of_the_directory_is_refused(places: Path) -> None:
    (places / "REACTOR_SCHOOL_RUNTIME_DIR").write_text("")
    with pytest.raises(OSError, match="exists"):
        runtime_directory()
