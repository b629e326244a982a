"""The table of keys, and what is made from it."""

import asyncio
from inspect import isawaitable

import pytest

from clients.monitor.app import MonitorApp
from clients.monitor.screens import keys
from docs.monitor_picture import clock


@pytest.mark.parametrize("table", [keys.MAIN, keys.WIRE, keys.KICK])
def test_each_action_has_one_key(table: tuple[keys.Key, ...]) -> None:
    actions = [action for key in table for action in key.actions.values()]
    assert len(actions) == len(set(actions))


def test_a_footer_shows_only_the_keys_of_its_page_and_those_that_fit() -> None:
    lines = [keys.footer(keys.MAIN, page, 30) for page in ("sessions", "events")]
    shown = ["".join(text for text, _ in line) for line in lines]
    assert shown == [" / filter  <> sort  ", " 1-4 screens  p pause  ? help  "]


def commands(readonly: bool) -> list[str]:
    """The titles in the palette; the command Pause is run on the way."""

    async def run() -> list[str]:
        app = MonitorApp(dict, "", readonly=readonly, clock=clock())
        async with app.run_test(size=(80, 24)):
            found = app.commands()
            _, pause = found["Pause"]
            done = pause()
            if isawaitable(done):
                await done
            assert app.view.paused
            return [*found]

    return asyncio.run(run())


def test_the_palette_offers_the_themes_and_each_key_with_one_action() -> None:
    assert commands(readonly=False) == [
        *("Dark theme", "Light theme", "Filter", "Filter on/off", "Reverse", "Hold", "Columns", "Detail"),
        *("Wire", "Pause", "Mark", "Kick", "Help", "Quit", "Announce", "Follow", "Export", "Back"),
    ]


def test_with_readonly_the_palette_offers_nothing_that_changes_a_server() -> None:
    assert set(commands(readonly=False)) - set(commands(readonly=True)) == {"Kick", "Announce"}
