"""The runtime directory: only its user can open it, and looking for it changes nothing."""

import os
import stat
import tempfile
from pathlib import Path

import pytest

from core.runtime_directory import make_runtime_directory, runtime_directory

VARIABLES = ("REACTOR_SCHOOL_RUNTIME_DIR", "XDG_RUNTIME_DIR")


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary directory, and a different place in each variable. Only the system's own exists."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    for name in VARIABLES:
        monkeypatch.setenv(name, str(tmp_path / name))
    (tmp_path / "XDG_RUNTIME_DIR").mkdir(0o700)
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


def test_the_systems_variable_counts_only_if_it_names_a_directory_of_ours(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REACTOR_SCHOOL_RUNTIME_DIR")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/no-such-user")
    assert runtime_directory().parent == places / "tmp"
    (places / "file").write_text("")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(places / "file"))
    assert runtime_directory().parent == places / "tmp"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(places))
    stranger = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: stranger)
    assert runtime_directory().name == f"reactor-school-{stranger}"


def test_looking_for_it_makes_nothing(places: Path) -> None:
    assert not runtime_directory().exists()
    assert sorted(path.name for path in places.iterdir()) == ["XDG_RUNTIME_DIR"]


def test_it_is_made_for_its_owner_alone_and_found_again() -> None:
    assert mode(make_runtime_directory()) == 0o700
    assert make_runtime_directory() == runtime_directory()


@pytest.mark.parametrize("open_mode", [0o1777, 0o755, 0o710])
def test_a_directory_that_others_can_enter_is_refused_with_the_remedy_and_never_changed(
    places: Path, open_mode: int
) -> None:
    directory = places / "REACTOR_SCHOOL_RUNTIME_DIR"
    directory.mkdir()
    directory.chmod(open_mode)
    for find in (runtime_directory, make_runtime_directory):
        with pytest.raises(PermissionError, match=r"from REACTOR_SCHOOL_RUNTIME_DIR\) is open .*chmod 700"):
            find()
    assert mode(directory) == open_mode


def test_a_directory_of_another_user_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    make_runtime_directory()
    stranger = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: stranger)
    with pytest.raises(PermissionError, match="not a directory of your own"):
        runtime_directory()


def test_a_symbolic_link_is_refused_even_to_a_directory_of_our_own(places: Path) -> None:
    (places / "elsewhere").mkdir()
    (places / "REACTOR_SCHOOL_RUNTIME_DIR").symlink_to(places / "elsewhere")
    for find in (runtime_directory, make_runtime_directory):
        with pytest.raises(PermissionError):
            find()


def test_a_file_with_the_name_of_the_directory_is_refused(places: Path) -> None:
    (places / "REACTOR_SCHOOL_RUNTIME_DIR").write_text("")
    with pytest.raises(PermissionError, match="not a directory"):
        runtime_directory()
    with pytest.raises(OSError, match=r"cannot make .*\(from REACTOR_SCHOOL_RUNTIME_DIR\): File exists"):
        make_runtime_directory()
