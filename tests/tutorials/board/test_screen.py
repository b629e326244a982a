"""The board on the full screen: the table, the cursor, and lines to the class."""

import asyncio
from collections.abc import Awaitable, Callable

from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from core.asyncio_reactor import AsyncioReactor
from core.testing import CLIENT, ConnectedPair
from tutorials.board.link import Link
from tutorials.board.roster import Roster
from tutorials.board.screen import BoardApp, BoardScreen, LineInput
from tutorials.board.service import BoardFactory
from tutorials.board.wire import Status

FAILED = Status(2, 3, "not yet", "latin1", 1, 0)


class Class:
    """A board on the screen, and learners who are connected to it in memory."""

    def __init__(self, pilot: Pilot[None], board: BoardFactory) -> None:
        self.pilot, self.board = pilot, board
        self.said: dict[str, list[str]] = {}
        self.pairs: dict[str, ConnectedPair] = {}

    def join(self, name: str, status: Status = FAILED) -> Link:
        """Connect a learner to the board."""
        link = Link(name, "", self.said.setdefault(name, []).append)
        link.report(status)
        server = self.board.build_protocol(CLIENT)
        assert server is not None
        self.pairs[name] = ConnectedPair(server, link.build_protocol(CLIENT))
        self.pump()
        return link

    def pump(self) -> None:
        """Move the bytes, and draw the screen."""
        for pair in self.pairs.values():
            pair.pump()
        screen = self.pilot.app.screen
        assert isinstance(screen, BoardScreen)
        screen.draw()

    def text(self, name: str) -> str:
        """The text of a line of the screen."""
        return str(self.pilot.app.screen.query_one(f"#{name}", Static).content)

    def table(self) -> list[str]:
        """The lines of the learners; the one under the cursor has `> ` in front."""
        learners = self.pilot.app.screen.query_one(OptionList)
        lines = [str(option.prompt) for option in learners.options]
        return [("> " if at == learners.highlighted else "  ") + line for at, line in enumerate(lines)]


def board(steps: Callable[[Class], Awaitable[None]], width: int = 80) -> None:
    """Run `steps` on a board of `width` columns and 24 lines."""

    async def run() -> None:
        reactor = AsyncioReactor(asyncio.get_running_loop())
        factory = BoardFactory(Roster(reactor), "", reactor)
        app = BoardApp(factory, reactor, "python -m tutorials watch --board 127.0.0.1:1 --name NAME")
        async with app.run_test(size=(width, 24)) as pilot:
            await steps(Class(pilot, factory))

    asyncio.run(run())


def test_a_timer_that_is_due_while_the_widgets_are_removed_draws_nothing() -> None:
    async def steps(room: Class) -> None:
        app = room.pilot.app
        assert isinstance(app, BoardApp)
        app._running = False  # Textual sets this first when it ends
        await app.screen.remove_children()
        app.paint()

    board(steps)


def test_it_says_how_to_join_and_then_who_is_where() -> None:
    async def steps(room: Class) -> None:
        assert room.text("commonest") == (
            "Learners type  python -m tutorials watch --board 127.0.0.1:1 --name NAME"
        )
        room.join("[b]ann[/b]")
        room.join("bob").toggle_hand()
        room.pump()
        assert room.text("title") == "Reactor School, board: 2 learners, 1 hand raised"
        assert room.text("commonest").startswith("Commonest mistake now: latin1 in lesson 2 (2 learners). ")
        assert room.text("heading").startswith("hand name")
        assert [line[:20] for line in room.table()] == ["  hand bob          ", ">      [b]ann[/b]   "]

    board(steps)


def test_the_cursor_stays_with_its_learner() -> None:
    async def steps(room: Class) -> None:
        room.join("ann")
        cem = room.join("cem")
        await room.pilot.press("down")
        assert room.table()[1].startswith(">      cem")
        cem.toggle_hand()
        room.pump()
        assert room.table()[0].startswith("> hand cem")

    board(steps, 100)


def test_a_line_goes_to_all_or_with_tab_to_the_one_under_the_cursor() -> None:
    async def steps(room: Class) -> None:
        room.join("ann")
        room.join("bob")
        await room.pilot.press("A", *"quick", "enter")
        room.pump()
        assert room.text("notice") == "Sent to 2 learners: quick"
        await room.pilot.press("down", "A")
        assert room.text("to") == "To all (Tab: to bob, Enter: send, Escape: cancel)"
        await room.pilot.press("tab")
        assert room.text("to") == "To bob (Tab: to all, Enter: send, Escape: cancel)"
        await room.pilot.press(*"hi", "enter")
        room.pump()
        assert room.text("notice") == "Sent to bob: hi"
        assert room.said["ann"][1:] == ["Your teacher: quick"]
        assert room.said["bob"][1:] == ["Your teacher: quick", "Your teacher: hi"]

    board(steps)


def test_escape_sends_nothing_and_a_line_for_an_empty_class_is_told() -> None:
    async def steps(room: Class) -> None:
        field = room.pilot.app.screen.query_one(LineInput)
        await room.pilot.press("a", "q", "escape")
        assert (room.text("notice"), field.value, field.display) == ("", "", False)
        await room.pilot.press("a", "q", "enter")
        assert room.text("notice") == "No learner is here."

    board(steps)


def test_q_ends_it() -> None:
    async def steps(room: Class) -> None:
        await room.pilot.press("q")
        assert room.pilot.app.return_code == 0

    board(steps)
