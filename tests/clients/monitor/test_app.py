"""The whole monitor: no sequence of random keys ends it."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from clients.fullscreen.driver import KeyParser
from clients.monitor.app import MonitorApp
from clients.monitor.screens.wire import WireScreen
from docs.monitor_picture import clock, fill
from tests.clients.key_bytes import random_keys

COMMANDS = "1234/\\<>rscfwKyAneNxiobp? \r\t\x1b"
"""The monitor's own keys, but q, which ends it."""


@pytest.mark.parametrize("seed", range(2))
def test_no_keys_end_the_program(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # an export or a saved wire goes there

    async def run() -> None:
        app, parser, chance = MonitorApp(dict, "", clock=clock()), KeyParser(), Random(seed)
        async with app.run_test(size=(110, 30)) as pilot:
            session = fill(app.model).sessions[1]
            for number in range(300):
                if number % 10 == 0 and app.screen is app.main:
                    app.push_screen(WireScreen(session, app.model))
                keys = random_keys(chance) if chance.random() < 0.7 else chance.choice(COMMANDS)
                for message in parser.feed(keys.replace("q", "")):
                    app.post_message(message)
                for message in parser.tick():
                    app.post_message(message)
                if number % 20 == 0:
                    await pilot.pause()
            await pilot.pause()
            assert app.is_running

    asyncio.run(run())
