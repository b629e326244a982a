"""What is done from the monitor is done where it says, and nowhere else: with real keys and real feeds."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

from textual.pilot import Pilot

from clients.monitor.app import MonitorApp
from clients.monitor.finder import look
from tests.clients.monitor.feeds import Feed
from tests.clients.monitor.test_screens import text_of

GUARD = 20.0
"""Seconds after which what a test waits for is taken not to come."""


async def until(pilot: Pilot[None], done: Callable[[], object]) -> None:
    """Let the program run until it is so."""
    async with asyncio.timeout(GUARD):
        while not done():
            await pilot.pause()


async def announce(app: MonitorApp, pilot: Pilot[None], text: str) -> str:
    """Type it, for the line in which that was asked for."""
    await pilot.press("A", *text)
    await until(pilot, lambda: text in text_of(app))
    asked = next(line for line in text_of(app).splitlines() if "announce on" in line)
    await pilot.press("enter")
    return asked


async def two_servers(directory: Path) -> None:
    """Two servers and the monitor on one loop."""
    app = MonitorApp(partial(look, directory), str(directory))
    async with app.run_test(size=(110, 30), notifications=True) as pilot:
        app.watcher.look_every = 0.05
        one, two = (Feed(app.reactor, directory / f"chat-{number}.sock") for number in (1, 2))
        for feed in (one, two):
            feed.visitor("ann")
        await until(pilot, lambda: len(app.shown.lines) == 2)

        assert "announce on chat-1 and chat-2: hello" in await announce(app, pilot, "hello")
        await until(pilot, lambda: one.said == two.said == ["hello"])

        await pilot.press("home", "space")
        assert "announce on chat-1: lunch" in await announce(app, pilot, "lunch")
        await until(pilot, lambda: one.said == ["hello", "lunch"])
        await until(pilot, lambda: "announced on chat-1" in text_of(app))
        assert two.said == ["hello"]


def test_an_announcement_goes_to_the_servers_that_the_prompt_names(tmp_path: Path) -> None:
    asyncio.run(two_servers(tmp_path))


async def no_servers() -> None:
    """Nobody is there."""
    app = MonitorApp(dict, "nowhere")
    async with app.run_test(size=(110, 30), notifications=True) as pilot:
        await pilot.press("A")
        await until(pilot, lambda: "nowhere to announce anything" in text_of(app))
        assert "announce on" not in text_of(app)


def test_where_no_server_is_nothing_can_be_announced() -> None:
    asyncio.run(no_servers())
