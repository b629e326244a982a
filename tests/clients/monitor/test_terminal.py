"""The monitor in a real terminal, tmux: bursts of keys, changes of the size, and the end."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.running import GUARD, ROOT

NUMBERS = count(1)

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")


class Tmux:
    """A terminal of 110 columns and 30 lines in which the monitor runs."""

    def __init__(self, folder: Path, *flags: str) -> None:
        socket = folder / f"tmux-{next(NUMBERS)}"  # a server of tmux that ends would refuse the next terminal
        self._tmux = ["tmux", "-S", str(socket), "-f", "/dev/null"]
        self.runtime = folder / "run"
        command = f"{sys.executable} -m clients.monitor {' '.join(flags)}; echo EXIT $?; cat"
        folders = {"REACTOR_SCHOOL_RUNTIME_DIR": str(self.runtime), "XDG_CONFIG_HOME": str(folder / "config")}
        environment = {**os.environ, **folders, "PYTHONPATH": str(ROOT)}
        subprocess.run(
            [*self._tmux, "new-session", "-d", "-x", "110", "-y", "30", command],
            env=environment,
            cwd=folder,
            check=True,
        )

    def type(self, text: str) -> None:
        """Type `text` in one burst."""
        subprocess.run([*self._tmux, "send-keys", "-l", text], check=True)

    def screen(self, *flags: str) -> str:
        """The text on the screen; with `-e` also the colours, as escape sequences."""
        command = [*self._tmux, "capture-pane", "-p", *flags]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def process(self) -> int:
        """The monitor's number: it is the only child of the pane's shell."""
        command = [*self._tmux, "display", "-p", "#{pane_pid}"]
        shell = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        children = subprocess.run(["pgrep", "-P", shell], capture_output=True, text=True, check=True)
        return int(children.stdout)

    def resize(self, columns: int, lines: int) -> None:
        """Change the size of the terminal."""
        size = ["-x", str(columns), "-y", str(lines)]
        subprocess.run([*self._tmux, "resize-window", *size], check=True)

    def until(self, seen: Callable[[str], object]) -> str:
        """Wait until `seen(screen)` is true, and return the screen."""
        deadline = time.monotonic() + GUARD
        while not seen(screen := self.screen()):
            assert time.monotonic() < deadline, screen
        return screen

    def end(self) -> None:
        """Close the terminal, and all in it."""
        subprocess.run([*self._tmux, "kill-server"], check=False)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Tmux]:
    """A terminal with the monitor, which finds no server."""
    tmux = Tmux(tmp_path)
    tmux.until(lambda screen: "No server is running" in screen)
    yield tmux
    tmux.end()


def test_a_burst_of_letters_is_filter_then_keys_and_nothing_is_lost(terminal: Tmux) -> None:
    terminal.type("/chat\r>>r")
    screen = terminal.until(lambda screen: "by " in screen and "▼" in screen)
    assert " / chat " in screen


def test_it_says_where_it_looked_and_how_to_start_a_server(terminal: Tmux) -> None:
    screen = terminal.screen()
    assert f"Searched in  {str(terminal.runtime)[:40]}" in screen  # a long path is cut off
    assert "python -m servers" in screen


def test_a_terminal_that_is_too_small_says_so_until_it_is_large_again(terminal: Tmux) -> None:
    terminal.resize(49, 9)
    terminal.until(lambda screen: "49×9 is too small" in screen and "filter" not in screen)
    terminal.resize(110, 30)
    terminal.until(lambda screen: "No server is running" in screen)


@pytest.mark.parametrize("key", ["q", "\x03"])
def test_it_ends_well(terminal: Tmux, key: str) -> None:
    terminal.type(key)
    terminal.until(lambda screen: "EXIT 0" in screen)


def test_when_its_terminal_is_closed_it_ends(terminal: Tmux) -> None:
    process = terminal.process()
    terminal.end()
    deadline = time.monotonic() + GUARD
    while is_alive(process):
        assert time.monotonic() < deadline


def is_alive(process: int) -> bool:
    """Whether there is a process with this number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_theme_is_remembered(tmp_path: Path) -> None:
    for flags in (["--light"], []):
        tmux = Tmux(tmp_path, *flags)
        tmux.until(lambda screen: "No server is running" in screen)
        assert re.search("48;(5;231|2;255;255;255)m", tmux.screen("-e"))
        tmux.end()
    assert (tmp_path / "config" / "reactor-school" / "settings.json").exists()


def test_the_demo_is_watched_and_ends_with_the_monitor(tmp_path: Path) -> None:
    tmux = Tmux(tmp_path, "--demo")
    tmux.until(lambda screen: screen.count("CHAT") > 3)
    tmux.type("q")
    tmux.until(lambda screen: "EXIT 0" in screen)
    tmux.end()
