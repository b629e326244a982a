"""The base of all full-screen programs: paste, log, timers, errors, colours."""

import asyncio
import logging
import random

import pytest
from textual.screen import Screen

from clients.fullscreen import ReactorApp
from clients.fullscreen.driver import BEGIN, END, PasteFilter

TYPED = [
    ("hello\r", "hello\r"),
    ("\x1b[A\x1b", "\x1b[A\x1b"),
    (f"{BEGIN}one\r\x1b[31mtwo\x1b[20{END}\x1b[A", f"{BEGIN}one\r[31mtwo[20{END}\x1b[A"),
    (f"a{BEGIN}{BEGIN}b{END}{BEGIN}\x1b{END}c", f"a{BEGIN}[200~b{END}{BEGIN}{END}c"),
]


@pytest.mark.parametrize(("typed", "clean"), TYPED)
def test_escape_sequences_in_a_paste_are_removed_in_any_pieces(typed: str, clean: str) -> None:
    chance = random.Random(1)
    for _ in range(200):
        pastes, left, cleaned = PasteFilter(), typed, ""
        while left:
            size = chance.randint(1, len(left))
            cleaned += pastes.clean(left[:size])
            left = left[size:]
        assert cleaned == clean


class Program(ReactorApp):
    """A program that records its log messages."""

    def __init__(self) -> None:
        self.told: list[str] = []
        super().__init__(on_log=self.told.append)

    def get_default_screen(self) -> Screen[None]:
        self.make_reactor()
        return Screen()


def test_log_messages_go_to_the_program_and_not_to_the_terminal() -> None:
    async def run() -> list[str]:
        program = Program()
        async with program.run_test():
            logging.getLogger("x").warning("beware")
            logging.getLogger("x").info("nothing")
        return program.told

    assert asyncio.run(run()) == ["beware"]


def test_a_delayed_call_runs_on_textuals_loop() -> None:
    async def run() -> None:
        program = Program()
        async with program.run_test():
            called = asyncio.Event()
            program.reactor.call_later(0.001, called.set)
            await called.wait()

    asyncio.run(run())


def test_an_unhandled_error_ends_the_program_with_one_line_and_status_1() -> None:
    program = Program()

    async def run() -> None:
        async with program.run_test() as pilot:
            program.call_later(lambda: 1 // 0)
            await pilot.pause()

    with pytest.raises(ZeroDivisionError):
        asyncio.run(run())
    assert program.return_code == 1


def test_an_empty_no_color_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    assert not Program().no_color
    monkeypatch.setenv("NO_COLOR", "1")
    assert Program().no_color
