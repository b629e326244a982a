"""Paths inside and outside of a root directory."""

from pathlib import Path

import pytest

from servers.hosting.confinement import Confinement, directory_inside


def test_without_a_root_every_path_stays() -> None:
    assert Confinement(None, None).inside("/var/log/school") == "/var/log/school"
    assert not Confinement(None, None).changes()


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("root/log", "/log"),
        ("root/logs/log", "/logs/log"),
        ("root/../log", None),
        ("rooted/log", None),
        ("link/log", "/logs/log"),
        ("root/out/log", None),
        ("log", None),
    ],
)
def test_a_path_is_inside_if_its_real_directory_is(path: str, inside: str | None, tmp_path: Path) -> None:
    (tmp_path / "root" / "logs").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "root" / "logs")
    (tmp_path / "root" / "out").symlink_to(tmp_path)
    confinement = Confinement(None, str(tmp_path / "root"))
    assert confinement.inside(str(tmp_path / path)) == inside


def test_the_root_of_all_is_a_root_too() -> None:
    assert Confinement(None, "/").inside("/var/log") == "/var/log"


def test_a_directory_may_be_the_root_itself(tmp_path: Path) -> None:
    assert directory_inside(str(tmp_path), str(tmp_path)) == "/"
    assert directory_inside(str(tmp_path), str(tmp_path / "files")) == "/files"
    assert directory_inside("/", str(tmp_path)) == str(tmp_path)
    assert directory_inside(str(tmp_path), "/") is None
