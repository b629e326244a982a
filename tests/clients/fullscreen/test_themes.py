"""Colours in terminals that have few of them."""

import asyncio

import pytest
from textual.strip import Strip

from clients.monitor.app import MonitorApp
from clients.settings import THEMES, Settings
from docs.monitor_picture import clock, fill


def strips(theme: str, *keys: str) -> list[Strip]:
    """The lines of the screen after `keys`, with their styles."""
    settings = Settings()
    settings.save_theme(theme)

    async def run() -> list[Strip]:
        app = MonitorApp(dict, "", clock=clock(), settings=settings)
        async with app.run_test(size=(110, 30)) as pilot:
            fill(app.model)
            app.paint()
            await pilot.press(*keys)
            app.paint()
            await pilot.pause()
            return app.screen._compositor.render_strips(app.size)

    return asyncio.run(run())


@pytest.mark.parametrize("keys", [[], ["enter"], ["3"], ["4"], ["c"], ["ctrl+p"], ["question_mark"], ["/"]])
@pytest.mark.parametrize("theme", THEMES)
def test_with_16_colours_no_text_has_the_colour_of_its_ground(
    monkeypatch: pytest.MonkeyPatch, theme: str, keys: list[str]
) -> None:
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "standard")
    styles = [part.style for strip in strips(theme, *keys) for part in strip if part.text.strip()]
    assert styles
    for style in styles:
        assert style is not None
        assert style.color is not None
        assert style.color.triplet is None  # one of the terminal's own colours
        assert style.color != style.bgcolor or style.reverse or style.color.is_default


@pytest.mark.parametrize("colors", ["standard", "256", "truecolor"])
@pytest.mark.parametrize("theme", THEMES)
def test_the_cursor_is_seen_with_any_number_of_colours(
    monkeypatch: pytest.MonkeyPatch, theme: str, colors: str
) -> None:
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", colors)
    grounds = [{part.style.bgcolor for part in strip if part.style} for strip in strips(theme)[2:4]]
    assert not grounds[0] & grounds[1]


def test_without_colour_the_cursor_of_a_dialog_is_underlined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    underlined = [
        part.text
        for strip in strips("dark", "c", "down")
        for part in strip
        if part.style and part.style.underline
    ]
    assert "".join(underlined).split()[1] == "server"
