"""The line that prompt_toolkit edits, and what is printed above it."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.input.base import PipeInput

from clients.chat.editing.completion import Completion
from clients.chat.interactive import NAME_PROMPT
from clients.chat.plain.editor import EditorScreen
from clients.chat.plain.output import BareOutput, EscapeOutput
from clients.keyboard import PASTE_ENTER_DELAY
from core.testing import Clock
from tests.clients.chat.recording_screen import RecordingScreen
from tests.clients.key_bytes import random_keys

PASTE = "\x1b[200~{}\x1b[201~"


class Listener(RecordingScreen):
    """A front that records the actions of the user."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.keys = 0

    def on_typing(self) -> None:
        self.keys += 1

    def on_line(self, text: str) -> None:
        self.lines.append(text)

    def on_end_of_input(self) -> None:
        self.lines.append("END")

    def leave(self) -> None:
        self.lines.append("LEAVE")


class Line:
    """An editor, its keyboard, and its output without escape sequences."""

    def __init__(self, keyboard: PipeInput) -> None:
        self.clock = Clock()
        self.keyboard = keyboard
        self.written: list[str] = []
        names = ["bob", "bea"]
        self.screen = EditorScreen(
            self.clock,
            asyncio.get_running_loop().call_soon,
            self.written.append,
            keyboard,
            BareOutput(self.written.append),
            Completion(lambda prefix: [name for name in names if name.startswith(prefix)]),
        )
        self.front = Listener()
        self.screen.front = self.front

    async def keys(self, keys: str) -> None:
        """Press `keys`, and wait until they have had their effect."""
        self.keyboard.send_text(keys)
        await self.settle()

    async def settle(self) -> None:
        """Wait until the line is drawn and the history loaded."""
        for _ in range(20):
            await asyncio.sleep(0)
        while self.screen.session.app.invalidated:
            await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)

    @property
    def text(self) -> str:
        """The line, with `|` for the cursor."""
        document = self.screen.session.default_buffer.document
        return f"{document.text_before_cursor}|{document.text_after_cursor}"


def edit(act: Callable[[Line], Awaitable[None]]) -> Line:
    """The line after `act`."""

    async def run() -> Line:
        with create_pipe_input() as keyboard:
            line = Line(keyboard)
            task = asyncio.ensure_future(line.screen.run())
            await asyncio.sleep(0)
            await act(line)
            line.screen.stop()
            await task
            return line

    return asyncio.run(run())


def test_the_usual_keys_edit_and_enter_hands_the_line_over() -> None:
    async def act(line: Line) -> None:
        await line.keys("one two\x17\x01x\x05y\x1f")
        assert line.text == "xone |"
        await line.keys("\x1b[D!\r")

    assert edit(act).front.lines == ["xone! "]


def test_a_burst_of_keys_is_several_lines_and_none_loses_a_letter() -> None:
    async def act(line: Line) -> None:
        await line.keys("one\rtwo\rthr")
        assert line.text == "thr|"

    assert edit(act).front.lines == ["one", "two"]


@pytest.mark.parametrize("enter", ["\r", "\n", "\x1b\r", "\x0f"])
def test_every_key_that_enters_a_line_leaves_the_editor_running(enter: str) -> None:
    async def act(line: Line) -> None:
        await line.keys("one" + enter)
        await line.keys("two" + enter)
        assert line.screen.session.app.is_running

    assert edit(act).front.lines[:1] == ["one"]


def test_up_and_down_keep_what_was_changed_until_enter() -> None:
    async def act(line: Line) -> None:
        for keys in ("one\r", "two\r", "half", "\x1b[A", "!", "\x1b[A", "\x1b[B"):
            await line.keys(keys)
        assert line.text == "two!|"
        await line.keys("\x1b[B")
        assert line.text == "half|"

    edit(act)


def test_ctrl_r_finds_an_earlier_line() -> None:
    async def act(line: Line) -> None:
        for keys in ("apples\r", "pears\r", "\x12", "app", "\r"):
            await line.keys(keys)
        assert line.text.replace("|", "") == "apples"

    edit(act)


def test_tab_completes_and_punctuation_takes_the_place_of_the_space() -> None:
    async def act(line: Line) -> None:
        await line.keys("hi b\t\t")
        assert line.text == "hi bea |"
        await line.keys("\x1b[Z")
        await line.keys(",")
        assert line.text == "hi bob,|"

    edit(act)


def test_a_paste_is_sent_only_by_enter_and_can_be_edited_before() -> None:
    async def act(line: Line) -> None:
        await line.keys("say " + PASTE.format("one\r\n\ttwo\n\nthree\n"))
        assert line.text == "say one\n    two\n\nthree|"
        assert "4 lines" not in line.written[-1]
        assert "3 lines: Enter sends them, Esc drops them> three" in line.written[-1]
        line.clock.advance(PASTE_ENTER_DELAY)
        await line.keys("\x17\x1b[A\x1b[A\x1b[A!\r")

    assert edit(act).front.lines == ["!say one", "    two"]


def test_a_paste_that_is_not_wanted_is_dropped() -> None:
    async def act(line: Line) -> None:
        await line.keys(PASTE.format("one\ntwo") + "\x03")
        assert line.text == "|"

    assert not edit(act).front.lines


def test_enter_at_once_behind_a_paste_belongs_to_it() -> None:
    async def act(line: Line) -> None:
        await line.keys(PASTE.format("evil") + "\r")
        assert line.text == "evil\n|"
        line.clock.advance(PASTE_ENTER_DELAY)
        await line.keys("\r")

    assert edit(act).front.lines == ["evil"]


def test_a_long_paste_is_sent_in_pieces_and_nothing_is_lost() -> None:
    async def act(line: Line) -> None:
        await line.keys("a" * 3000)
        await line.keys(PASTE.format("b" * 3000))
        line.clock.advance(1)
        await line.keys("\r")

    assert edit(act).front.lines == ["a" * 3000 + "b" * 1000, "b" * 2000]


def test_what_is_begun_as_a_message_is_never_entered_as_a_name() -> None:
    async def act(line: Line) -> None:
        line.screen.show_prompt("ann> ")
        await line.keys("half\x1b[D")
        line.screen.show_prompt(NAME_PROMPT)
        assert line.text == "|"
        await line.keys("bob\r")
        line.screen.show_prompt("bob> ")
        assert line.text == "hal|f"
        await line.keys("\x15\x0b\x1b[A")
        assert line.text == "|"

    assert edit(act).front.lines == ["bob"]


def test_a_name_is_one_line_of_a_paste() -> None:
    async def act(line: Line) -> None:
        line.screen.show_prompt(NAME_PROMPT)
        await line.keys(PASTE.format("bob\nsecret"))
        assert line.text == "bob|"

    edit(act)


def test_lines_are_printed_above_the_one_that_is_typed() -> None:
    async def act(line: Line) -> None:
        line.screen.show_prompt("> ")
        await line.keys("half\x1b[D")
        line.screen.print("one", "two")
        line.screen.print("three")
        line.screen.ring()
        await line.settle()
        assert line.written[-1] == "\r      \rone\ntwo\nthree\n> half\r> hal"
        assert "\x1b" not in "".join(line.written)
        assert line.text == "hal|f"

    edit(act)


def test_ctrl_d_ends_on_an_empty_line_only_and_ctrl_c_leaves() -> None:
    async def act(line: Line) -> None:
        await line.keys("ab\x01\x04")
        assert line.text == "|b"
        await line.keys("\x04\x04\x03")

    assert edit(act).front.lines == ["END", "LEAVE"]


def test_no_bytes_of_a_keyboard_end_the_program() -> None:
    chance = random.Random(1)

    async def act(line: Line) -> None:
        for _ in range(80):
            line.screen.show_prompt(chance.choice(["ann> ", NAME_PROMPT]))
            await line.keys(random_keys(chance))
        assert line.screen.session.app.is_running
        assert not {"LEAVE", "END"} & set(line.front.lines)

    edit(act)


def test_every_key_is_reported() -> None:
    async def act(line: Line) -> None:
        await line.keys("ab\x1b[A")

    assert edit(act).front.keys == 3


def test_a_keyboard_that_is_gone_ends_the_program() -> None:
    async def act(line: Line) -> None:
        line.keyboard.close()
        for _ in range(10):
            await asyncio.sleep(0)

    assert "LEAVE" in edit(act).front.lines


def test_a_signal_that_comes_while_the_line_is_erased_gives_the_terminal_back() -> None:
    async def act(line: Line) -> None:
        written: list[str] = []
        output = EscapeOutput(written.append)
        line.screen._output = output
        output.is_erasing = True
        line.screen.give_back()
        assert written == ["\x1b[?2004l\x1b[?7h\x1b[?12l\x1b[?25h"]

    edit(act)
