"""Searching in the wire of a session, and saving it while it runs."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot

from clients.monitor.app import MonitorApp
from clients.monitor.screens.wire import WireScreen
from core.formats.feed import Wire
from docs.monitor_picture import clock, fill
from tests.clients.monitor.screens.test_actions import is_shown, until
from tests.clients.monitor.test_screens import text_of

Act = Callable[[MonitorApp, WireScreen, "Pilot[None]"], Awaitable[None]]


def on_the_wire(act: Act, size: tuple[int, int] = (110, 20)) -> str:
    """The screen after `act`, with a wire of 40 lines; each tenth one contains `needle`."""

    async def run() -> str:
        app = MonitorApp(dict, "", clock=clock())
        async with app.run_test(size=size) as pilot:
            screen = WireScreen(fill(app.model).sessions[1], app.model)
            app.push_screen(screen)
            for number in range(40):
                receive(app, f"line {number}{' Needle' if number % 10 == 5 else ''}\r\n".encode())
            await pilot.pause()
            await act(app, screen, pilot)
            screen.repaint()
            await pilot.pause()
            return text_of(app)

    return asyncio.run(run())


def receive(app: MonitorApp, data: bytes) -> None:
    """The server sends what the session has read."""
    server = app.model.servers["servers-4242"]
    app.model.on_wire(server, Wire(1, "in", clock().time(), data))


def test_a_search_goes_from_match_to_match_and_round() -> None:
    async def act(app: MonitorApp, screen: WireScreen, pilot: Pilot[None]) -> None:
        await pilot.press("home", "/", *"needle")
        for key, number in (("enter", 1), ("n", 2), ("n", 3), ("n", 4), ("n", 1), ("N", 4)):
            await pilot.press(key)
            await until(pilot, partial(is_shown, app, f"line {number} of 4 with a match"))
            view, match = screen.view, 10 * number - 5
            assert view.scroll_offset.y <= match < view.scroll_offset.y + view.size.height
            assert view.background(match) != view.background(match + 1)

    screen = on_the_wire(act)
    assert "line 35 Needle" in screen
    assert " / needle" in screen


def test_a_match_stays_on_the_screen_while_more_arrives() -> None:
    async def act(app: MonitorApp, screen: WireScreen, pilot: Pilot[None]) -> None:
        await pilot.press("/", *"line 15", "enter", "end")
        receive(app, b"more\r\n")
        screen.repaint()
        screen.action_next(1)  # in the same turn
        for _ in range(30):
            receive(app, b"more\r\n")
            screen.repaint()
            await pilot.pause()

    assert "line 15 Needle" in on_the_wire(act)


def test_letters_of_a_search_are_no_keys_and_escape_restores_the_last_search() -> None:
    async def act(app: MonitorApp, screen: WireScreen, pilot: Pilot[None]) -> None:
        await pilot.press(*"/xqw", "ctrl+p", *"ios", "enter")
        await pilot.pause()
        assert not screen.view.hexadecimal
        assert "no match for xqwios" in text_of(app)
        await pilot.press(*"/zz", "escape")
        await pilot.pause()
        assert app.screen is screen

    assert " / xqwios" in on_the_wire(act)


def test_without_a_search_n_says_how_to_begin_one() -> None:
    async def act(app: MonitorApp, screen: WireScreen, pilot: Pilot[None]) -> None:
        await pilot.press("n")

    assert "/ asks for a text" in on_the_wire(act)


def test_in_hex_bytes_are_found_by_their_digits() -> None:
    async def act(app: MonitorApp, screen: WireScreen, pilot: Pilot[None]) -> None:
        await pilot.press("x", "home", "/", *"4e 65", "enter")

    assert "line 1 of 4 with a match" in on_the_wire(act)


@pytest.mark.parametrize(("name", "first"), [("a.txt", b"# chat #1 ann"), ("a.pcap", b"\xd4\xc3\xb2\xa1")])
def test_what_comes_while_it_is_saved_is_saved_until_s_is_pressed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, first: bytes
) -> None:
    monkeypatch.chdir(tmp_path)

    async def act(app: MonitorApp, screen: WireScreen, pilot: Pilot[None]) -> None:
        await pilot.press("s", "ctrl+u", *name, "enter")
        await pilot.pause()
        screen.repaint()
        await pilot.pause()
        assert f"saving to {name}" in text_of(app)
        await pilot.press("question_mark")
        receive(app, b"while it runs")
        await pilot.press("escape", "s")
        await pilot.pause()
        receive(app, b"afterwards")

    screen = on_the_wire(act)
    data = (tmp_path / name).read_bytes()
    assert f"{len(data):,} bytes are in {name}" in screen
    assert data.startswith(first)
    assert data.count(b"Needle") == 4
    assert b"while it runs" in data
    assert b"afterwards" not in data


def test_a_disk_that_becomes_full_is_told_and_the_screen_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(app: MonitorApp, screen: WireScreen, pilot: Pilot[None]) -> None:
        await pilot.press("s", "ctrl+u", *str(tmp_path / "a.txt"), "enter")
        await pilot.pause()

        def refuse(number: int, data: bytes) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("clients.monitor.feed.capture.write_all", refuse)
        receive(app, b"one more")
        receive(app, b"and another")
        await pilot.press("end")

    screen = on_the_wire(act)
    assert "cannot write more: No space left on device; " in screen
    assert "and another" in screen
    assert (tmp_path / "a.txt").read_text().endswith("line 39␍␊\n")


@pytest.mark.parametrize(
    ("name", "said"),
    [("a.json", "has to end with .txt or .pcap"), ("no/a.txt", "there is no directory no"), ("~x/a.txt", "")],
)
def test_a_file_that_cannot_be_made_is_told(name: str, said: str) -> None:
    async def act(app: MonitorApp, screen: WireScreen, pilot: Pilot[None]) -> None:
        await pilot.press("s", "ctrl+u", *name, "enter")
        await pilot.pause()
        assert screen.notice.has_class("problem")

    assert said in on_the_wire(act)


def test_keys_typed_before_the_screen_is_there_harm_nothing() -> None:
    async def act(app: MonitorApp, screen: WireScreen, pilot: Pilot[None]) -> None:
        other = WireScreen(screen.session, app.model)
        app.push_screen(other)
        other.action_direction("in")
        other.action_hexadecimal()
        other.action_next(1)
        other.repaint()
        await pilot.pause()

    assert "/ asks for a text" in on_the_wire(act)
