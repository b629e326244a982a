"""What is on the screen, as text, with a clock that stands still."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from clients.monitor.app import MonitorApp
from clients.monitor.cleaning import clean
from clients.monitor.model import Status
from clients.monitor.picture import clock, draw, fill
from clients.monitor.screens.kick import KickScreen
from clients.monitor.screens.wire import WireScreen
from core.formats.feed import Happening, Hello
from tests.clients.monitor.goldens import holds
from tests.clients.monitor.sample import PLAIN, server_in

Act = Callable[[MonitorApp, "Pilot[None]"], Awaitable[None]]


def shown(width: int, height: int, act: Act) -> str:
    """The screen after `act`."""

    async def run() -> str:
        app = MonitorApp(dict, "/run/user/1000/reactor-school", clock=clock())
        async with app.run_test(size=(width, height)) as pilot:
            await act(app, pilot)
            app.paint()
            await pilot.pause()
            return text_of(app)

    return asyncio.run(run())


def text_of(app: MonitorApp) -> str:
    """What a reader sees."""
    strips = app.screen._compositor.render_strips(app.size)
    return "".join(strip.text.rstrip() + "\n" for strip in strips)


async def nothing(app: MonitorApp, pilot: Pilot[None]) -> None:
    """There is no server."""


async def a_class(app: MonitorApp, pilot: Pilot[None]) -> None:
    """The class of the picture."""
    fill(app.model)


def keys(*pressed: str) -> Act:
    """The class, and then these keys."""

    async def act(app: MonitorApp, pilot: Pilot[None]) -> None:
        fill(app.model)
        app.paint()
        await pilot.press(*pressed)
        await pilot.pause()

    return act


async def lost(app: MonitorApp, pilot: Pilot[None]) -> None:
    """The connection breaks."""
    fill(app.model).become(Status.LOST, 1000.0)


async def frozen(app: MonitorApp, pilot: Pilot[None]) -> None:
    """A handler sleeps."""
    text = "has not turned for 0.1 s: ChatProtocol.line_received in servers/chat.py:88"
    app.model.take(fill(app.model), Happening("stall", 0, "", text, clock().time()))


@pytest.mark.parametrize("size", [(80, 24), (110, 30), (50, 10), (49, 9)])
@pytest.mark.parametrize("act", [nothing, a_class, lost, frozen], ids=lambda act: act.__name__)
def test_a_state_looks_as_it_did(size: tuple[int, int], act: Act) -> None:
    holds(f"{act.__name__}-{size[0]}x{size[1]}", shown(*size, act))


@pytest.mark.parametrize("size", [(80, 24), (110, 30)])
@pytest.mark.parametrize(
    ("name", "pressed"),
    [
        ("servers", ["2"]),
        ("reactor", ["3"]),
        ("events", ["4"]),
        ("detail", ["down", "enter"]),
        ("no-match", ["/", *"zzz"]),
        ("wrong-filter", ["/", *"outq>"]),
        ("sorted", [">", ">", "r"]),
        ("help", ["question_mark"]),
    ],
)
def test_a_screen_looks_as_it_did(size: tuple[int, int], name: str, pressed: list[str]) -> None:
    holds(f"{name}-{size[0]}x{size[1]}", shown(*size, keys(*pressed)))


def test_a_burst_behind_the_slash_loses_no_letter() -> None:
    screen = shown(110, 30, keys(*"/echo"))
    assert " / echo" in screen
    assert "3 shown" in screen


def test_letters_behind_enter_are_keys_again() -> None:
    screen = shown(110, 30, keys(*"/chat", "enter", *">>r"))
    assert "state▼" in screen
    assert "8 shown" in screen


def test_escape_goes_back_to_the_filter_that_was() -> None:
    screen = shown(110, 30, keys(*"/chat", "enter", *"/zzz", "escape"))
    assert " / chat" in screen
    assert "8 shown" in screen


def test_a_switched_off_filter_says_so() -> None:
    assert "filter off (\\)" in shown(110, 30, keys(*"/chat", "enter", "backslash"))


async def asked_to_kick(app: MonitorApp, pilot: Pilot[None]) -> None:
    """Ten of the class are marked."""
    lines = [*fill(app.model).lines.values()]
    app.push_screen(KickScreen(lines[:10], hidden=2))
    await pilot.pause()


async def on_the_wire(app: MonitorApp, pilot: Pilot[None]) -> None:
    """Somebody says something."""
    line = fill(app.model).lines[1]
    screen = WireScreen(line, app.model)
    app.push_screen(screen)
    screen.tape.add("in", clock().time(), b"hello, everybody out there\r\n")
    screen.tape.add("out", clock().time() + 0.25, b"\x1b[2J[/bold]\r\n")
    await pilot.pause()


async def on_the_wire_in_hex(app: MonitorApp, pilot: Pilot[None]) -> None:
    """The same."""
    await on_the_wire(app, pilot)
    await pilot.press("x")


@pytest.mark.parametrize("size", [(80, 24), (110, 30)])
@pytest.mark.parametrize(
    "act", [asked_to_kick, on_the_wire, on_the_wire_in_hex], ids=lambda act: act.__name__
)
def test_what_is_on_top_looks_as_it_did(size: tuple[int, int], act: Act) -> None:
    holds(f"{act.__name__}-{size[0]}x{size[1]}", shown(*size, act))


def test_a_wire_says_when_its_server_is_lost_and_afterwards_that_something_is_missing() -> None:
    seen: list[str] = []

    async def act(app: MonitorApp, pilot: Pilot[None]) -> None:
        server = fill(app.model)
        screen = WireScreen(server.lines[1], app.model)
        app.push_screen(screen)
        await pilot.pause()
        screen.answered("")
        server.become(Status.LOST, 1000.0)
        screen.repaint()
        await pilot.pause()
        seen.append(text_of(app))
        server.become(Status.LIVE, 1000.0)
        screen.answered("")
        screen.repaint()
        await pilot.pause()
        seen.append(text_of(app))

    shown(110, 30, act)
    assert "the connection to the server is lost; trying again" in seen[0]
    assert "connected again; what passed meanwhile is missing" in seen[1]


NAMES = ["[/foo]", "[bold]x", "\x1b]0;X\x07\x1b[2J", "\u202eabc", "[@click=app.quit]q", "李雷" * 9]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("pressed", [["enter"], ["2"], ["4"], ["kick"], ["wire"]])
def test_no_name_harms_any_screen(name: str, pressed: list[str]) -> None:
    async def act(app: MonitorApp, pilot: Pilot[None]) -> None:
        row = PLAIN._replace(user=name, state=name, peer=name, service=name)
        server = server_in(app.model, row)
        app.model.take(server, Hello(1, 1, name, ((name, (name,)),)))
        app.model.take(server, Happening("state", 1, name, name, 0.0))
        app.paint()
        if pressed == ["kick"]:
            app.push_screen(KickScreen([*server.lines.values()], hidden=0))
        elif pressed == ["wire"]:
            app.push_screen(WireScreen(server.lines[1], app.model))
        else:
            await pilot.press(*pressed)
        app.main.deeds.say(clean(name), "error")
        await pilot.pause()

    screen = shown(110, 30, act)
    assert clean(name)[:5] in screen
    assert not set(screen) & {"\x1b", "\x07", "\u202e"}


def test_the_picture_is_the_same_each_time() -> None:
    assert asyncio.run(draw()) == asyncio.run(draw())
