"""The user's settings: one file for the chat client and the monitor, in the user's configuration directory.

The file is a JSON object. `theme` is for both programs; each program has an object of its own under its name.
"""

import json
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path

from core.errors import in_words
from core.formats.json_values import parse_object

THEMES = ("dark", "light")


def settings_path() -> Path:
    """The user's settings file, which may not exist: on Linux below XDG_CONFIG_HOME or ~/.config."""
    from platformdirs import user_config_path  # the flags are needed where no library is installed

    return user_config_path("reactor-school", appauthor=False) / "settings.json"


def add_theme(parser: ArgumentParser) -> None:
    """Add --light and --dark, as `options.theme`."""
    group = parser.add_mutually_exclusive_group()
    for theme, ground in zip(THEMES, ("dark", "light"), strict=True):
        help = f"colours for a {ground} ground, from now on, in the chat client and in the monitor"
        group.add_argument(f"--{theme}", action="store_const", dest="theme", const=theme, help=help)


def load(options: Namespace) -> "Settings":
    """Read the user's settings. If `options` has a theme, save it."""
    settings = Settings(settings_path())
    if options.theme:
        settings.save_theme(options.theme)
    return settings


class Settings:
    """The settings in the file at `path`; without a path they are kept in memory only.

    `problem` says why the file cannot be read or written. A file that cannot be read is never overwritten.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.problem = ""
        self._values: dict[str, object] = {}
        try:
            self._values = self._read()
        except (OSError, ValueError) as error:
            self.problem = (
                f"cannot read {path}: {in_words(error)}. Mend it or remove it; until then nothing is saved"
            )

    @property
    def theme(self) -> str:
        """The name of the theme, one of THEMES, or "" if the user has chosen none."""
        theme = self._values.get("theme")
        return theme if isinstance(theme, str) and theme in THEMES else ""

    def section(self, program: str) -> Mapping[str, object]:
        """The settings of `program`. The user can edit the file, so each value needs a check."""
        found = self._values.get(program)
        return found if isinstance(found, dict) else {}

    def save_theme(self, theme: str) -> None:
        """Set the theme of both programs."""
        self._save("theme", theme)

    def save_section(self, program: str, values: Mapping[str, object]) -> None:
        """Set all settings of `program`. A write that fails sets `problem`."""
        self._save(program, dict(values))

    def _save(self, key: str, value: object) -> None:
        if self._values.get(key) == value:
            return
        self._values[key] = value
        if self.path is not None:
            try:
                self._write(self.path, {**self._read(), key: value})  # the other program may have written it
            except (OSError, ValueError) as error:
                self.problem = f"cannot save the settings in {self.path}: {in_words(error)}"

    def _read(self) -> dict[str, object]:
        """The settings in the file; none if it does not exist. OSError, ValueError."""
        try:
            return {} if self.path is None else dict(parse_object(self.path.read_bytes()))
        except FileNotFoundError:
            return {}

    def _write(self, path: Path, values: Mapping[str, object]) -> None:
        """Replace the file in one step, so that there is never half a file. OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            new.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            new.replace(path)
        except OSError:
            new.unlink(missing_ok=True)
            raise
