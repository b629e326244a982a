"""The settings file of the full-screen programs."""

import argparse
import json
from pathlib import Path

import pytest

from clients.settings import Settings, add_theme, load, settings_path


def test_what_one_program_saves_both_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "directory" / "settings.json"
    monitor, chat = Settings(path), Settings(path)
    monitor.save_theme("light")
    chat.save_section("chat", {"bell": False})
    monitor.save_section("monitor", {"sort": "peer"})
    for settings in (Settings(path), monitor):
        assert settings.theme == "light"
        assert settings.section("monitor") == {"sort": "peer"}
    assert Settings(path).section("chat") == {"bell": False}
    assert [each.name for each in path.parent.iterdir()] == ["settings.json"]
    assert not monitor.problem


def test_without_a_file_the_settings_are_in_memory() -> None:
    settings = Settings()
    assert (settings.theme, settings.section("monitor")) == ("", {})
    settings.save_theme("light")
    settings.save_section("monitor", {"reverse": True})
    assert (settings.theme, settings.section("monitor")) == ("light", {"reverse": True})


@pytest.mark.parametrize("text", ["", "{", "[]", "\xff"])
def test_a_broken_file_is_told_and_left_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(text.encode("latin-1"))
    settings = Settings(path)
    assert settings.problem.startswith(f"cannot read {path}: ")
    settings.save_theme("light")
    assert settings.theme == "light"
    assert path.read_bytes() == text.encode("latin-1")
    path.write_text("{}")  # the user mends it
    settings.save_theme("dark")
    assert json.loads(path.read_text()) == {"theme": "dark"}


@pytest.mark.parametrize("found", [{"theme": 7}, {"theme": "blue"}, {"monitor": []}, {"theme": ["dark"]}])
def test_a_value_that_makes_no_sense_is_as_if_it_were_missing(tmp_path: Path, found: object) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(found))
    settings = Settings(path)
    assert (settings.theme, settings.section("monitor"), settings.problem) == ("", {}, "")


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(tmp_path / "file" / "settings.json")
    assert "Not a directory" in settings.problem
    other = Settings(tmp_path / "settings.json")
    (tmp_path / "settings.json").mkdir()
    other.save_theme("light")
    assert other.problem.startswith("cannot save the settings in ")
    assert other.theme == "light"


def test_the_file_is_in_the_users_configuration_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert settings_path().name == "settings.json"
    assert "reactor-school" in settings_path().parts


def test_the_flags_for_the_theme_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_theme(parser)
    assert [parser.parse_args(words).theme for words in ([], ["--dark"], ["--light"])] == [
        *(None, "dark", "light")
    ]
    with pytest.raises(SystemExit):
        parser.parse_args(["--dark", "--light"])
    assert "not allowed with" in capsys.readouterr().err


def test_a_flag_is_remembered_for_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert load(argparse.Namespace(theme="light")).theme == "light"
    assert load(argparse.Namespace(theme=None)).theme == "light"
