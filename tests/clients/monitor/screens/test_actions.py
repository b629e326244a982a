"""Each action of the monitor reaches the right server and session: with real keys and real feeds."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot

from clients.monitor.app import MonitorApp
from clients.monitor.feed.finder import find_feeds
from clients.monitor.screens.dialogs import KickScreen
from tests.clients.monitor.feeds import Feed
from tests.clients.monitor.test_screens import text_of
from tests.running import GUARD


async def until(pilot: Pilot[None], done: Callable[[], object]) -> None:
    """Let the program run until `done()` is true."""
    async with asyncio.timeout(GUARD):
        while not done():
            await pilot.pause()


async def announce(app: MonitorApp, pilot: Pilot[None], text: str) -> str:
    """Announce `text`. Returns the line of the prompt."""
    await pilot.press("A", *text)
    await until(pilot, lambda: text in text_of(app))
    asked = next(line for line in text_of(app).splitlines() if "announce on" in line)
    await pilot.press("enter")
    return asked


async def two_servers(directory: Path) -> None:
    """Two servers and the monitor on one loop."""
    app = MonitorApp(partial(find_feeds, directory), str(directory))
    async with app.run_test(size=(110, 30)) as pilot:
        app.watcher.search_interval = 0.05
        one, two = (Feed(app.reactor, directory / f"chat-{number}.sock") for number in (1, 2))
        for feed in (one, two):
            feed.visitor("ann")
        await until(pilot, lambda: len(app.view.sessions) == 2)

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
    """The monitor, without a server."""
    app = MonitorApp(dict, "nowhere")
    async with app.run_test(size=(110, 30)) as pilot:
        await pilot.press("A")
        await until(pilot, lambda: "cannot announce: no server answers" in text_of(app))
        assert "announce on" not in text_of(app)


def test_where_no_server_is_nothing_can_be_announced() -> None:
    asyncio.run(no_servers())


async def kick(app: MonitorApp, pilot: Pilot[None], marks: int, meanwhile: Callable[[], object]) -> str:
    """Mark the first sessions and kick them; call `meanwhile` before the confirmation. Returns the notice."""
    await pilot.press("home", *["space"] * marks, "K")
    await until(pilot, lambda: isinstance(app.screen, KickScreen))
    meanwhile()
    await pilot.press("y")
    await until(pilot, lambda: "kicked" in text_of(app))
    said = next(line.strip() for line in text_of(app).splitlines() if "kicked" in line)
    app.main.notice.display = False
    return said


async def kicks(directory: Path) -> None:
    """One session is open, one has ended, and the server of the third has stopped."""
    app = MonitorApp(partial(find_feeds, directory), str(directory))
    async with app.run_test(size=(110, 30)) as pilot:
        app.watcher.search_interval = 0.05
        one, two = (Feed(app.reactor, directory / f"chat-{number}.sock") for number in (1, 2))
        bob = [one.visitor(user) for user in ("ann", "bob", "cem")][1]
        await until(pilot, lambda: len(app.view.sessions) == 3)
        two.visitor("dee")
        await until(pilot, lambda: len(app.view.sessions) == 4)

        assert await kick(app, pilot, 1, lambda: None) == "kicked 1 session"
        await until(pilot, lambda: len(app.view.sessions) == 3)
        said = await kick(app, pilot, 2, lambda: bob.close("done"))
        assert said == f"kicked 1 session; chat #{bob.id} bob: there is no session {bob.id}"
        await until(pilot, lambda: len(app.view.sessions) == 1)
        said = await kick(app, pilot, 0, two.stop)
        assert said.startswith("kicked 0 sessions; chat #1 dee: the connection ")
        assert [*one.registry] == []


def test_who_was_kicked_is_said_once_the_servers_have_answered(tmp_path: Path) -> None:
    asyncio.run(kicks(tmp_path))


async def nobody_hears(directory: Path) -> None:
    """One server accepts announcements, the other does not."""
    app = MonitorApp(partial(find_feeds, directory), str(directory))
    async with app.run_test(size=(110, 30)) as pilot:
        app.watcher.search_interval = 0.05
        one = Feed(app.reactor, directory / "chat-1.sock")
        Feed(app.reactor, directory / "echo-1.sock", service="echo", can_announce=False)
        await until(pilot, lambda: len(app.model.servers) == 2)
        await announce(app, pilot, "hello")
        await until(pilot, lambda: "announced" in text_of(app))
        assert "announced on chat-1; echo-1: echo cannot announce" in text_of(app)

        one.stop()
        await until(pilot, lambda: app.watcher.link_of(app.model.servers["chat-1"]) is None)
        await announce(app, pilot, "again")
        await until(pilot, lambda: "announced on 0 servers; echo-1: echo cannot announce" in text_of(app))
        assert one.said == ["hello"]


def test_an_announcement_that_no_server_accepts_is_reported(tmp_path: Path) -> None:
    asyncio.run(nobody_hears(tmp_path))


def is_shown(app: MonitorApp, text: str) -> bool:
    """Whether `text` is on the screen."""
    return text in text_of(app)


async def exported(directory: Path) -> None:
    """Export to the same name twice, to a missing directory, and with a wrong ending."""
    app = MonitorApp(dict, "nowhere")
    async with app.run_test(size=(110, 30)) as pilot:
        for name, said in (
            ("a.csv", "0 sessions written to a.csv"),
            ("a.csv", "0 sessions written to a-2.csv"),
            ("b/a.csv", "there is no directory b"),
            ("a.txt", "cannot write a.txt: the name has to end with .json or .csv"),
        ):
            await pilot.press("e", "ctrl+u", *name, "enter")
            await until(pilot, partial(is_shown, app, said))


def test_an_export_says_where_it_went_or_why_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    asyncio.run(exported(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-2.csv", "a.csv"]
