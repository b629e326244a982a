"""The whole screen as text, compared with approved ones. The clock moves only when a test sets it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.events import AppBlur, AppFocus
from textual.pilot import Pilot

from clients.monitor.app import MonitorApp
from clients.monitor.screens.dialogs import KickScreen
from clients.monitor.screens.wire import WireScreen
from clients.monitor.sessions.cleaning import clean
from clients.monitor.sessions.columns import DEFAULT
from clients.monitor.sessions.fields import BY_NAME
from clients.monitor.sessions.server import Server, Status
from clients.monitor.widgets.prompt import PromptQuestion
from clients.settings import Settings
from core.formats.feed import Delta, Hello, Load, SessionEvent
from docs.monitor_picture import clock, draw, fill
from tests.clients.monitor.goldens import holds
from tests.clients.monitor.sample import PLAIN, Times, server_in

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
    """The whole screen as text."""
    strips = app.screen._compositor.render_strips(app.size)
    return "".join(strip.text.rstrip() + "\n" for strip in strips)


def test_a_timer_that_is_due_while_the_program_ends_draws_nothing() -> None:
    async def run() -> None:
        app = MonitorApp(dict, "", clock=clock())
        async with app.run_test():
            pass
        app.paint()

    asyncio.run(run())


async def nothing(app: MonitorApp, pilot: Pilot[None]) -> None:
    """There is no server."""


async def a_class(app: MonitorApp, pilot: Pilot[None]) -> None:
    """The sessions of a class."""
    fill(app.model)


async def ended(app: MonitorApp, pilot: Pilot[None]) -> None:
    """The session whose details are shown ends."""
    server = fill(app.model)
    app.paint()
    await pilot.press("down", "enter")
    await pilot.pause()
    app.model.apply_delta(server, Delta((), ((2, "closed"),), None))


async def idle(app: MonitorApp, pilot: Pilot[None]) -> None:
    """No client is active; the server was blocked a while ago."""
    server = app.model.servers["calc-7"] = Server("calc-7", 0.0)
    app.model.apply_hello(server, Hello(1, 7, "epoll", (("calc", ("tcp:127.0.0.1:8000",)),)))
    load = Load(4.0, 0.2, 0.4, "Subscription._tick", 0.2, 1, 4, 1024, 0)
    app.model.apply_delta(server, Delta((), (), load))
    server.heard_at -= 1
    text = "has not turned for 0.1 s: Calc.line_received in calcs.py:7"
    app.model.record_event(server, SessionEvent("stall", 0, "", text, clock().time()))
    app.model.apply_delta(
        server, Delta((), (), load._replace(slowest="Calc", slowest_ms=3000.2, lag_p99=3000.4))
    )
    server.heard_at -= 1
    app.model.apply_delta(server, Delta((), (), load))
    quiet = app.model.servers["echo-8"] = Server("echo-8", 0.0)
    app.model.apply_hello(quiet, Hello(1, 8, "epoll", (("echo", ("tcp:127.0.0.1:8001",)),)))
    quiet.heard_at -= 1
    app.model.apply_delta(quiet, Delta((), (), load))
    await pilot.press("3")


async def noted(app: MonitorApp, pilot: Pilot[None]) -> None:
    """A long notice, while the filter is malformed."""
    await keys("/", *"foo:1")(app, pilot)
    app.main.notice.notify_user(
        f"kicked 0 sessions; chat #2 bob: {'there is no session 2, ' * 4}and no other", True
    )


async def stopped(app: MonitorApp, pilot: Pilot[None]) -> None:
    """The only server stops, and has no session."""
    server = app.model.servers["calc-7"] = Server("calc-7", 0.0)
    app.model.apply_hello(server, Hello(1, 7, "epoll", (("calc", ("tcp:127.0.0.1:8000",)),)))
    server.set_status(Status.GONE, 1000.0)


def keys(*pressed: str) -> Act:
    """The sessions of a class, and then these keys."""

    async def act(app: MonitorApp, pilot: Pilot[None]) -> None:
        fill(app.model)
        app.paint()
        await pilot.press(*pressed)
        await pilot.pause()

    return act


async def lost(app: MonitorApp, pilot: Pilot[None]) -> None:
    """The connection to the server is lost."""
    fill(app.model).set_status(Status.LOST, 1000.0)


async def frozen(app: MonitorApp, pilot: Pilot[None]) -> None:
    """A handler blocks the server."""
    text = "has not turned for 0.1 s: ChatProtocol.line_received in servers/chat/protocol.py:88"
    app.model.record_event(fill(app.model), SessionEvent("stall", 0, "", text, clock().time()))


@pytest.mark.parametrize("size", [(80, 24), (110, 30), (50, 10), (49, 9)])
@pytest.mark.parametrize("act", [nothing, a_class, lost, frozen], ids=lambda act: act.__name__)
def test_a_state_looks_as_it_did(size: tuple[int, int], act: Act) -> None:
    holds(f"{act.__name__}-{size[0]}x{size[1]}", shown(*size, act))


@pytest.mark.parametrize("size", [(70, 24), (110, 30)])
@pytest.mark.parametrize("act", [ended, idle, noted, stopped], ids=lambda act: act.__name__)
def test_what_goes_on_looks_as_it_did(size: tuple[int, int], act: Act) -> None:
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
        ("columns", ["c"]),
    ],
)
def test_a_screen_looks_as_it_did(size: tuple[int, int], name: str, pressed: list[str]) -> None:
    holds(f"{name}-{size[0]}x{size[1]}", shown(*size, keys(*pressed)))


def test_an_announcement_does_not_begin_with_a_filter() -> None:
    async def act(app: MonitorApp, pilot: Pilot[None]) -> None:
        app.main.prompt.ask(PromptQuestion("announce on chat-1:", "", nothing_typed, hint="Enter says it"))

    screen = shown(110, 30, act)
    assert "announce on chat-1: Enter says it" in screen
    assert "srv:chat" not in screen


def nothing_typed(text: str) -> None:
    """A callback that ignores the text."""


@pytest.mark.parametrize("leaving", ["tab", "shift+tab", "ctrl+p"])
@pytest.mark.parametrize(("key", "label"), [("e", "export to"), ("/", "/")])
def test_while_something_is_asked_every_letter_is_text(key: str, label: str, leaving: str) -> None:
    """Without the focus in the line, `K` would ask for a kick, and `y` would kick."""

    async def act(app: MonitorApp, pilot: Pilot[None]) -> None:
        await keys(key, "a", leaving, *"Kyq2p")(app, pilot)
        assert app.main.prompt.field.value.endswith("aKyq2p")
        assert app.screen is app.main
        assert app.main.page == "sessions"

    assert f" {label}" in shown(110, 30, act)


@pytest.mark.parametrize("key", ["e", "/"])
def test_a_click_elsewhere_closes_the_question(key: str) -> None:
    async def act(app: MonitorApp, pilot: Pilot[None]) -> None:
        await keys(key, *"ann")(app, pilot)
        await pilot.click(app.main.table)
        await pilot.pause()
        assert app.main.prompt.question is None
        await pilot.press("2")
        assert app.main.page == "servers"

    screen = shown(110, 30, act)
    assert "ann" not in screen.splitlines()[-2]


def test_a_click_on_a_heading_sorts_and_another_one_reverses() -> None:
    async def act(app: MonitorApp, pilot: Pilot[None]) -> None:
        fill(app.model)
        app.paint()
        await pilot.pause()
        cell = text_of(app).splitlines()[1].index("user")
        for reverse in (False, True):
            await pilot.click(app.main.table, offset=(cell, 0))
            await pilot.pause()
            assert app.view.sort is BY_NAME["user"]
            assert app.view.reverse is reverse

    assert "user▼" in shown(110, 30, act)


def test_the_columns_are_chosen_in_a_list() -> None:
    async def act(app: MonitorApp, pilot: Pilot[None]) -> None:
        fill(app.model)
        await pilot.press("c", "space", "end", "space", "escape")
        await pilot.pause()
        names = app.settings.section("monitor")["columns"]
        assert isinstance(names, list)
        assert set(DEFAULT) - set(names) == {"service", "waiting"}

    heading = shown(110, 30, act).splitlines()[1]
    assert "service" not in heading
    assert "peer" in heading


def test_the_program_begins_with_what_was_chosen_before() -> None:
    settings = Settings()
    values = {"sort": "user", "reverse": True, "filter": "srv:chat", "hold": True, "columns": ["user", "in"]}
    settings.save_section("monitor", values)
    settings.save_theme("light")
    screens: list[str] = []

    async def run() -> None:
        app = MonitorApp(dict, "", clock=clock(), settings=settings)
        async with app.run_test(size=(110, 30)) as pilot:
            fill(app.model)
            app.paint()
            await pilot.pause()
            screens.append(text_of(app))
            assert app.theme == "light"
            await pilot.press("s")
            await pilot.pause()

    asyncio.run(run())
    lines = screens[0].splitlines()
    assert lines[1].split() == ["user▼", "in"]
    assert lines[-2].startswith(" / srv:chat")
    assert "filter off (\\)  by user ▼ held  13 shown" in lines[-2]
    assert settings.section("monitor") == {**values, "hold": False}


def test_why_the_settings_are_not_saved_is_told(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("?")

    async def run() -> str:
        settings = Settings(tmp_path / "settings.json")
        app = MonitorApp(dict, "", clock=clock(), settings=settings)
        async with app.run_test(size=(110, 30)) as pilot:
            await pilot.pause()
            return text_of(app)

    assert "settings.json: not a line of JSON. Mend it or remove it" in " ".join(asyncio.run(run()).split())


def test_a_question_outlasts_the_time_in_which_another_window_has_the_focus() -> None:
    async def act(app: MonitorApp, pilot: Pilot[None]) -> None:
        await keys("e", *"x")(app, pilot)
        for event in (AppBlur(), AppFocus(), AppBlur()):
            app.post_message(event)
            await pilot.pause()
        await pilot.press(*"Ky")
        assert app.main.prompt.field.value.endswith("xKy")

    shown(110, 30, act)


def test_who_may_only_look_is_told_why_nothing_is_done() -> None:
    seen: list[str] = []

    async def run() -> None:
        app = MonitorApp(dict, "", readonly=True, clock=clock())
        async with app.run_test(size=(110, 40)) as pilot:
            fill(app.model)
            for key in ("K", "A", "question_mark"):
                app.main.notice.notify_user("")
                await pilot.press(key)
                await pilot.pause()
                seen.append(text_of(app))

    asyncio.run(run())
    assert all("read-only: started with --readonly" in screen for screen in seen[:2])
    assert not any(word in seen[2] for word in (" kick ", " announce "))
    assert "export the table" in seen[2]


def test_without_a_server_nothing_is_asked_for_an_announcement() -> None:
    async def act(app: MonitorApp, pilot: Pilot[None]) -> None:
        await pilot.press("A", "2")
        assert app.main.prompt.question is None
        assert app.main.page == "servers"

    assert "cannot announce: no server answers" in shown(110, 30, act)


def test_a_note_goes_after_a_while_in_which_it_could_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clients.monitor.app.PAINT_INTERVAL", 1e6)  # only this test paints
    times = Times()
    seen: list[bool] = []

    async def run() -> None:
        app = MonitorApp(dict, "", clock=times.clock())
        async with app.run_test(size=(80, 24)) as pilot:
            app.main.notice.notify_user("done")
            await pilot.press("question_mark")
            await pilot.pause()
            for seconds in (100, 0, 3, 2):
                times.at += seconds
                app.paint()
                seen.append(bool(app.main.notice.display))
                await pilot.press("escape")
                await pilot.pause()

    asyncio.run(run())
    assert seen == [True, True, True, False]


@pytest.mark.parametrize("before", [[], ["w"], ["K"], ["question_mark"], ["/"], ["ctrl+p"]])
def test_where_nothing_can_be_seen_no_key_does_anything(before: list[str]) -> None:
    async def act(app: MonitorApp, pilot: Pilot[None]) -> None:
        fill(app.model)
        app.paint()
        await pilot.press(*before)
        await pilot.pause()
        stack = [*app.screen_stack]
        await pilot.resize_terminal(49, 9)
        app.paint()
        await pilot.pause()
        assert "49×9 is too small" in text_of(app)
        await pilot.press(*"KwyAe/?x24p ", "enter", "escape", "ctrl+p", "down")
        await pilot.pause()
        assert "49×9 is too small" in text_of(app)
        await pilot.resize_terminal(110, 30)
        app.paint()
        await pilot.pause()
        assert app.screen_stack == stack
        assert not app.view.paused
        assert not app.view.marks
        assert not app.main.detail.display

    assert "too small" not in shown(110, 30, act)


def test_where_nothing_can_be_seen_q_ends() -> None:
    async def run() -> None:
        app = MonitorApp(dict, "", clock=clock())
        async with app.run_test(size=(49, 9)) as pilot:
            await pilot.press("q")
            await pilot.pause()
            assert not app.is_running

    asyncio.run(run())


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
    """Ten sessions of the class are marked."""
    lines = [*fill(app.model).sessions.values()]
    app.push_screen(KickScreen(lines[:10], hidden=2))
    await pilot.pause()


async def on_the_wire(app: MonitorApp, pilot: Pilot[None]) -> None:
    """The wire of a session that has received and sent bytes."""
    line = fill(app.model).sessions[1]
    screen = WireScreen(line, app.model)
    app.push_screen(screen)
    screen.recording.add("in", clock().time(), b"hello, everybody out there\r\n")
    screen.recording.add("out", clock().time() + 0.25, b"\x1b[2J[/bold]\r\n")
    screen.recording.add(
        "out", clock().time() + 120, f"{'(2026/11/21 10:02:00)<李雷> 早安 ' * 3}\r\nbye\r\n".encode()
    )
    await pilot.pause()


async def on_the_wire_in_hex(app: MonitorApp, pilot: Pilot[None]) -> None:
    """The same wire, in hex."""
    await on_the_wire(app, pilot)
    await pilot.press("x")


async def help_on_the_wire(app: MonitorApp, pilot: Pilot[None]) -> None:
    """The help of the wire screen."""
    await on_the_wire(app, pilot)
    await pilot.press("question_mark")


@pytest.mark.parametrize("size", [(50, 10), (70, 24), (80, 24), (110, 30)])
@pytest.mark.parametrize(
    "act", [asked_to_kick, on_the_wire, on_the_wire_in_hex, help_on_the_wire], ids=lambda act: act.__name__
)
def test_what_is_on_top_looks_as_it_did(size: tuple[int, int], act: Act) -> None:
    holds(f"{act.__name__}-{size[0]}x{size[1]}", shown(*size, act))


def test_a_wire_says_when_its_server_is_lost_and_afterwards_that_something_is_missing() -> None:
    seen: list[str] = []

    async def act(app: MonitorApp, pilot: Pilot[None]) -> None:
        server = fill(app.model)
        screen = WireScreen(server.sessions[1], app.model)
        app.push_screen(screen)
        await pilot.pause()
        screen.on_reply("")
        server.set_status(Status.LOST, 1000.0)
        screen.repaint()
        await pilot.pause()
        seen.append(text_of(app))
        server.set_status(Status.LIVE, 1000.0)
        screen.on_reply("")
        screen.repaint()
        await pilot.pause()
        seen.append(text_of(app))

    shown(110, 30, act)
    assert "the connection to the server is lost; reconnecting" in seen[0]
    assert "reconnected; the bytes in between are missing" in seen[1]


NAMES = ["[/foo]", "[bold]x", "\x1b]0;X\x07\x1b[2J", "\u202eabc", "[@click=app.quit]q", "李雷" * 9]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("pressed", [["enter"], ["2"], ["4"], ["kick"], ["wire"]])
def test_no_name_harms_any_screen(name: str, pressed: list[str]) -> None:
    async def act(app: MonitorApp, pilot: Pilot[None]) -> None:
        row = PLAIN._replace(user=name, state=name, peer=name, service=name)
        server = server_in(app.model, row)
        app.model.apply_hello(server, Hello(1, 1, name, ((name, (name,)),)))
        app.model.record_event(server, SessionEvent("state", 1, name, name, 0.0))
        app.paint()
        if pressed == ["kick"]:
            app.push_screen(KickScreen([*server.sessions.values()], hidden=0))
        elif pressed == ["wire"]:
            app.push_screen(WireScreen(server.sessions[1], app.model))
        else:
            await pilot.press(*pressed)
        app.main.notice.notify_user(clean(name), is_problem=True)
        await pilot.pause()

    screen = shown(110, 30, act)
    assert clean(name)[:5] in screen
    assert not set(screen) & {"\x1b", "\x07", "\u202e"}


def test_the_picture_is_the_same_each_time() -> None:
    assert asyncio.run(draw()) == asyncio.run(draw())
