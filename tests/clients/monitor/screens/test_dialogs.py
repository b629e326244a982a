"""The dialogs on top of a screen."""

from textual.pilot import Pilot

from clients.monitor.app import MonitorApp
from clients.monitor.screens.dialogs import KickScreen
from tests.clients.monitor.test_screens import asked_to_kick, keys, shown


def test_a_command_is_found_by_its_words_and_run() -> None:
    screen = shown(110, 30, keys("ctrl+p", *"ORDER rev", "enter"))
    assert "by arrival ▼" in screen
    assert "search for a command" not in screen


def test_the_commands_can_be_chosen_with_the_arrows() -> None:
    async def act(app: MonitorApp, pilot: Pilot[None]) -> None:
        await keys("ctrl+p", "down", "down", "up", "enter")(app, pilot)
        assert app.theme == "light"

    shown(110, 30, act)


def test_a_command_can_be_clicked() -> None:
    async def act(app: MonitorApp, pilot: Pilot[None]) -> None:
        await keys("ctrl+p")(app, pilot)
        await pilot.click("OptionList", offset=(3, 1), times=3)  # Textual's own palette fails here
        await pilot.pause()
        assert app.theme == "light"
        assert app.screen is app.main

    shown(110, 30, act)


def test_enter_twice_and_an_early_escape_close_only_the_commands() -> None:
    async def act(app: MonitorApp, pilot: Pilot[None]) -> None:
        await keys("ctrl+p", "enter", "enter", "enter", "ctrl+p", "escape", "ctrl+p", "ctrl+p")(app, pilot)
        assert app.screen is app.main
        await pilot.press("ctrl+p", *"nothing has this name", "enter")
        await pilot.pause()
        assert app.screen is app.main

    shown(110, 30, act)


def test_no_commands_open_on_top_of_another_dialog() -> None:
    async def act(app: MonitorApp, pilot: Pilot[None]) -> None:
        await asked_to_kick(app, pilot)
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert isinstance(app.screen, KickScreen)

    shown(110, 30, act)
