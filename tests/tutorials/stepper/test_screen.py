"""The stepper on the full screen, at 100 by 30 and at 80 by 24 characters."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from tests.running import GUARD, Client, connect
from tutorials.stepper.screen import StepperApp

SIZES = [(100, 30), (80, 24)]
Steps = Callable[[StepperApp, Pilot[None]], Awaitable[None]]


def screen(size: tuple[int, int], steps: Steps) -> StepperApp:
    """Run `steps` with an echo server on the full screen, then stop it with `q`."""
    app = StepperApp(["servers.echo", "--port", "0", "--no-control"])

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await until(app, "about to run")
            await steps(app, pilot)
            await pilot.press("q")
            await until(app, "ended with status 0")
        app.paint()  # a state that arrives while Textual ends is not drawn

    asyncio.run(run())
    return app


def shown(app: StepperApp) -> list[str]:
    """The lines on the screen."""
    lines = app.screen._compositor.render_strips()
    return ["".join([segment.text for segment in strip]).rstrip() for strip in lines]


async def until(app: StepperApp, text: str) -> None:
    """Until the text is on the screen."""
    changed = asyncio.Event()
    session = app.session
    paint = session.show

    def show() -> None:
        paint()
        changed.set()

    session.show = show
    while not any(text in line for line in (session.head(), *session.lines()[0], *session.lines()[1])):
        changed.clear()
        await asyncio.wait_for(changed.wait(), GUARD)
    session.show = paint


def client_of(app: StepperApp) -> Client:
    """A client of the server."""
    row = next(row for row in app.session.states[-1].loop if "listening on" in row)
    return connect(int(row.rpartition(":")[2]))


@pytest.mark.parametrize("size", SIZES)
def test_all_is_shown_at_a_stop(size: tuple[int, int]) -> None:
    async def steps(app: StepperApp, pilot: Pilot[None]) -> None:
        await pilot.press("space")
        with client_of(app) as client:
            await until(app, "Port.on_readable")
            client.send(b"hello")
            for name in ("Port._accept", "build_protocol", "connection_made"):
                await pilot.press("space")
                await until(app, name)
            await pilot.press("enter")
            await until(app, 'in   5 bytes b"hello"')
            await pilot.pause()
            lines = shown(app)
            assert lines[0].startswith(" turn 2, ready descriptors, ")
            text = "\n".join(lines)
            for part in (
                "about to run: StreamTransport.on_readable  core/transports/stream.py:",
                "self = EchoProtocol of tcp:127.0.0.1:",
                "fd   waits for ready for whose",
                'in   5 bytes b"hello"',
                "space callback  enter turn  g go  b breakpoints  q stop",
            ):
                assert part in text
            assert text.isascii()

    screen(size, steps)


def test_earlier_states_are_shown_and_space_goes_on() -> None:
    async def steps(app: StepperApp, pilot: Pilot[None]) -> None:
        await pilot.press("space")
        await until(app, "waiting for events")
        await pilot.press("left")
        assert ": looking back, 2 of 3" in shown(app)[0]
        await pilot.press("right")
        assert shown(app)[0].endswith("not stopped")
        with client_of(app):
            await until(app, "Port.on_readable")

    screen(SIZES[0], steps)


def test_breakpoints_are_chosen_and_stop_it() -> None:
    async def steps(app: StepperApp, pilot: Pilot[None]) -> None:
        assert "g stops at" not in "\n".join(shown(app))
        await pilot.press("b", "2", "g")
        await pilot.pause()
        assert "g stops at: data  (1 accepted, 2 data, " in "\n".join(shown(app))
        with client_of(app) as client:
            client.send(b"hello")
            await until(app, "about to run (data): ")
            assert app.session.states[-1].callback[0].startswith("EchoProtocol.data_received")

    screen(SIZES[0], steps)


def test_keys_that_run_it_do_nothing_while_it_waits_and_the_output_is_shown() -> None:
    async def steps(app: StepperApp, pilot: Pilot[None]) -> None:
        await pilot.press("space")
        await until(app, "waiting for events")
        await pilot.press("space", "space", "enter")
        with client_of(app):
            await until(app, "Port.on_readable")
            assert "stopped" in app.session.head()

    app = screen(SIZES[1], steps)
    assert app._printed[-1] == "echo stopped"
