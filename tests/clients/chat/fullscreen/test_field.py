"""The line to type in."""

import pytest

from clients.chat.session import ClientState
from tests.clients.chat.fullscreen.screens import NARROW, Chat, chat
from tests.clients.chat.fullscreen.test_screen import paste


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
        (["backspace", "ctrl+b", "ctrl+f"], ("hello world fo", 14)),
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


def test_a_long_line_is_seen_where_the_cursor_is_and_a_click_puts_it_elsewhere() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        await paste(seen, "abc" * 20 + "日本")
        assert seen.screen.splitlines()[-1].endswith("abc日本")
        await seen.pilot.click("#field", offset=(33, 0))  # the second half of the last letter
        assert seen.typed == ("abc" * 20 + "日本", 61)
        await seen.press("home")
        assert seen.screen.splitlines()[-1].startswith("ann> abcabc")
        await seen.pilot.click("#field", offset=(2, 0))
        assert seen.typed[1] == 2

    chat(act, NARROW)


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


def test_several_pasted_lines_are_sent_only_after_a_confirmation() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        await seen.type("half")
        seen.transport.take()
        await paste(seen, "one\ntwo\n")
        assert "Paste 2 lines?" in seen.screen
        await seen.press("escape")
        assert not seen.transport.waiting
        await paste(seen, "one\ntwo\n")
        await seen.press("enter")
        assert seen.transport.lines() == ["one", "two"]
        assert seen.typed == ("half", 4)

    chat(act)


def test_a_single_pasted_line_is_typed_and_not_sent() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        seen.transport.take()
        await paste(seen, "one \x1b[31m\u202ered\n")
        assert seen.typed[0] == "one [31mred"
        assert not seen.transport.waiting

    chat(act)


def test_a_line_that_no_server_takes_is_pasted_in_pieces() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        await paste(seen, "x" * 9000)
        assert "Paste 3 lines?" in seen.screen

    chat(act)


def test_a_line_does_not_grow_for_ever() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        await paste(seen, "x" * 3999)
        await paste(seen, "yyy")
        assert seen.typed == ("x" * 3999 + "y", 4000)

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
