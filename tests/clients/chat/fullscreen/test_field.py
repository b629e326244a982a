"""Field: the keys of the input field."""

import random

import pytest
from rich.color import Color
from textual.events import Key, Paste

from clients.chat.session import ClientState
from clients.fullscreen.driver import KeyParser
from clients.keyboard import PASTE_ENTER_DELAY
from tests.clients.chat.fullscreen.screens import NARROW, Chat, chat
from tests.clients.chat.fullscreen.test_screen import paste
from tests.clients.key_bytes import random_keys


def later(seen: Chat) -> None:
    """Let some time pass after the last paste."""
    seen.app.chat.field._pasted_at -= PASTE_ENTER_DELAY


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (["left", "left", "X"], ("hello world fXoo", 14)),
        (["ctrl+a", "X"], ("Xhello world foo", 1)),
        (["home", "ctrl+e", "X"], ("hello world fooX", 16)),
        (["ctrl+w"], ("hello world ", 12)),
        (["ctrl+w", "ctrl+w"], ("hello ", 6)),
        (["alt+backspace"], ("hello world ", 12)),
        (["alt+b", "alt+b", "ctrl+k"], ("hello ", 6)),
        (["ctrl+left", "ctrl+u"], ("foo", 0)),
        (["home", "alt+f", "X"], ("helloX world foo", 6)),
        (["home", "delete", "ctrl+d"], ("llo world foo", 0)),
        (["home", "ctrl+right", "alt+d"], ("hello foo", 5)),
        (["backspace", "ctrl+b", "right"], ("hello world fo", 14)),
        (["ctrl+w", "home", "ctrl+y", "X"], ("fooXhello world ", 4)),
    ],
)
def test_the_usual_keys_edit(keys: list[str], line: tuple[str, int]) -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        await paste(seen, "hello world foo")
        await seen.press(*keys)
        assert seen.typed == line

    chat(act)


def test_an_accent_is_no_place_of_its_own() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        await paste(seen, "ae\u0301b")
        await seen.press("left", "left")
        assert seen.typed == ("ae\u0301b", 1)
        await seen.press("delete")
        assert seen.typed == ("ab", 1)

    chat(act)


def test_a_long_line_is_wrapped_to_five_rows_and_a_click_moves_the_cursor() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        await paste(seen, "abc" * 20 + "日本")
        assert seen.screen.splitlines()[-2].startswith("ann> abcabc")
        assert seen.screen.splitlines()[-1].strip().endswith("abc日本")
        await seen.pilot.click("#field", offset=(2, 0))
        assert seen.typed[1] == 2
        await paste(seen, "abc" * 200)
        assert seen.app.chat.field.size.height == 5

    chat(act, NARROW)


def test_what_is_selected_with_the_mouse_is_replaced() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        await seen.type("hello world")
        await seen.pilot.mouse_down("#field", offset=(0, 0))
        await seen.pilot.hover("#field", offset=(5, 0))
        await seen.pilot.mouse_up("#field", offset=(5, 0))
        await seen.type("x")
        assert seen.typed == ("x world", 1)

    chat(act)


def test_undo_and_redo() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        await seen.type("hello world")
        await seen.press("ctrl+w", "ctrl+underscore")
        assert seen.typed[0] == "hello world"
        await seen.press("alt+e")
        assert seen.typed[0] == "hello "

    chat(act)


@pytest.mark.parametrize("letter", ["\u3000", "\u00a0", "\u2009", "🩷", "🫨", "\ue0b0", "\u200c", "\u200d"])
def test_every_character_but_controls_is_typed(letter: str) -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        seen.app.post_message(Key("x", letter))
        await seen.settle()
        assert seen.typed[0] == letter

    chat(act)


def test_joiners_that_a_script_or_an_emoji_needs_are_sent() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        seen.transport.take()
        for letter in "می\u200cخواهم 👩\u200d💻":
            seen.app.post_message(Key("x", letter))
        await seen.settle()
        await seen.press("enter")
        assert seen.transport.lines() == ["می\u200cخواهم 👩\u200d💻"]

    chat(act)


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (["a", "b", "shift+backspace"], ("a", 1)),
        (["a", "b", "home", "shift+delete"], ("b", 0)),
        (["a", "b", "shift+left", "x"], ("axb", 2)),
        (["a", "shift+space", "b"], ("a b", 3)),
        (["a", "ctrl+s", "ctrl+q", "b"], ("ab", 2)),
    ],
)
def test_shift_changes_nothing_and_ctrl_q_and_ctrl_s_do_nothing(
    keys: list[str], line: tuple[str, int]
) -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        await seen.press(*keys)
        assert seen.typed == line
        seen.transport.take()
        await seen.press("shift+enter")
        assert seen.transport.lines() == [line[0]]
        assert not seen.app.program.ending

    chat(act)


def test_up_and_down_recall_entered_lines_and_the_half_typed_line() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        await seen.type("one\n")
        await seen.type("two\n")
        await seen.type("half")
        await seen.press("up", "up")
        assert seen.typed == ("one", 3)
        await seen.press("down", "down")
        assert seen.typed == ("half", 4)

    chat(act)


def test_ctrl_r_recalls_the_last_line_with_the_typed_text() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        for line in ("make tea\n", "drink tea\n", "eat\n", "tea"):
            await seen.type(line)
        await seen.press("ctrl+r")
        assert seen.typed == ("drink tea", 9)
        await seen.press("ctrl+r", "ctrl+r")
        assert seen.typed == ("make tea", 8)
        await seen.press("ctrl+f", "ctrl+r")
        assert seen.typed == ("", 0)

    chat(act)


def test_tab_offers_the_last_speaker_first() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome("bob", "bert")
        seen.say("bert", "hello")
        await seen.type("b")
        await seen.press("tab")
        assert seen.typed == ("bert: ", 6)
        await seen.press("tab")
        assert seen.typed == ("bob: ", 5)
        await seen.press("shift+tab")
        await seen.type("and b")
        await seen.press("tab")
        assert seen.typed[0] == "bert: and bert "

    chat(act)


def test_a_burst_of_keys_is_several_lines_and_none_loses_a_letter() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        seen.transport.take()
        await seen.type("one\ntwx")
        await seen.press("backspace", "o", "enter", "r", "e", "s", "t")
        assert seen.transport.lines() == ["one", "two"]
        assert seen.typed == ("rest", 4)

    chat(act)


def test_a_changed_line_of_the_history_keeps_its_change_until_enter() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        await seen.type("one\n")
        await seen.type("two\n")
        await seen.press("up", "x", "up", "down")
        assert seen.typed == ("twox", 4)

    chat(act)


def test_several_pasted_lines_can_be_edited_and_are_sent_only_by_enter() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        await seen.type("half ")
        seen.transport.take()
        await paste(seen, "one\ntwo\n")
        assert "2 lines: Enter sends them, Esc drops them" in seen.edge
        await seen.press("escape")
        assert seen.typed == ("", 0)
        await paste(seen, "one\n\ntwo\n")
        await seen.press("backspace", "up", "up", "X")
        assert not seen.transport.waiting
        assert seen.typed[0] == "onXe\n\ntw" or seen.typed[0] == "oneX\n\ntw"
        later(seen)
        await seen.press("enter")
        assert len(seen.transport.lines()) == 2
        assert seen.edge == ""

    chat(act)


def test_enter_at_once_behind_a_paste_belongs_to_it() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        seen.transport.take()
        seen.app.chat.field.post_message(Paste("evil"))
        await seen.press("enter")
        assert seen.typed[0] == "evil\n"
        assert not seen.transport.waiting
        later(seen)
        await seen.press("enter")
        assert seen.transport.lines() == ["evil"]

    chat(act)


def test_a_single_pasted_line_is_typed_with_its_controls_visible_and_not_sent() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        seen.transport.take()
        await paste(seen, "one \x1b[31m\u202ered\n")
        assert seen.typed[0] == "one ␛[31m<U+202E>red"
        assert not seen.transport.waiting

    chat(act)


def test_a_line_that_no_server_takes_is_sent_in_pieces() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        await paste(seen, "x" * 3000)
        await paste(seen, "y" * 3000)
        assert "2 lines: Enter sends them" in seen.edge
        seen.transport.take()
        later(seen)
        await seen.press("enter")
        assert seen.transport.lines() == ["x" * 3000 + "y" * 1000, "y" * 2000]

    chat(act)


@pytest.mark.parametrize(
    "keys", [["ctrl+d"], ["ctrl+c"], ["h", "a", "l", "f", "ctrl+c"], ["/", *"quit", "enter"]]
)
def test_it_is_left_by_ctrl_d_ctrl_c_and_quit(keys: list[str]) -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        await seen.pilot.press(*keys)
        if seen.app.client.state is ClientState.QUITTING:
            assert seen.transport.lines()[-1] == "/quit"
            seen.tell("notice", text="Bye.")
            seen.app.client.client_connection_lost(seen.connector, ConnectionError())
        assert seen.app.program.ending
        assert not seen.app.program.failure

    chat(act)


def test_no_bytes_of_a_keyboard_end_the_program() -> None:
    chance = random.Random(1)

    async def act(seen: Chat) -> None:
        seen.welcome("bob")
        parser = KeyParser()
        for _ in range(600):
            for message in parser.feed(random_keys(chance)):
                seen.app.post_message(message)
        await seen.settle()
        assert not seen.app.program.ending

    chat(act)


def test_a_burst_of_f1_shows_the_help_once() -> None:
    async def act(seen: Chat) -> None:
        for _ in range(20):
            seen.app.chat.field.post_message(Key("f1", None))
        await seen.settle()
        assert len(seen.app.screen_stack) == 2
        await seen.press("escape")
        assert len(seen.app.screen_stack) == 1

    chat(act)


def test_the_cursor_is_visible_on_a_dark_and_on_a_light_terminal() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        field = seen.app.chat.field
        style = field.get_component_rich_style("text-area--cursor")
        assert style.reverse
        assert (style.color, style.bgcolor) == (Color.parse("default"), Color.parse("default"))

    chat(act)


def test_q_is_a_letter() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        await seen.type("q")
        assert seen.typed == ("q", 1)
        assert not seen.app.program.ending

    chat(act)


def test_ctrl_d_behind_half_a_line_deletes() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        await seen.type("ab")
        await seen.press("home", "ctrl+d")
        assert seen.typed == ("b", 0)
        assert not seen.app.program.ending

    chat(act)
