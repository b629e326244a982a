"""The whole screen as text, compared with approved ones. The clock moves only when a test sets it."""

from pathlib import Path

import pytest
from textual.events import AppBlur, AppFocus, Paste

from clients.chat.session import SILENCE
from core.testing import Clock
from tests.clients.chat.fullscreen.screens import MIDDLE, NARROW, NOON, WIDE, Act, Chat, chat
from tests.clients.monitor.goldens import holds

GOLDENS = Path(__file__).parent / "goldens"


async def connecting(seen: Chat) -> None:
    """The server has not asked for a name yet."""


async def a_talk(seen: Chat) -> None:
    """Several people talk, and one of them mentions the user."""
    seen.welcome("bob", "李雷")
    seen.tell("joined", name="carl", text="carl has joined the channel.")
    seen.tell("joined", name="dora", text="dora has joined the channel.")
    seen.tell("left", name="bob", text="bob has left the channel.")
    seen.say("carl", "hello", "ann: look at https://example.org/" + "a" * 90, "日本語" * 30)
    seen.tell("action", name="dora", text="waves")
    seen.tell("private", name="carl", to="ann", text="psst")
    seen.tell("renamed", name="dora", to="Dora", text="dora is now known as Dora.")
    await seen.type("hi /all\n")
    await seen.type("half ty")


async def refused(seen: Chat) -> None:
    """The name is taken."""
    seen.tell("refused", text="Sorry, 'ann' is taken. Try something else.")


async def scrolled_up(seen: Chat) -> None:
    """The user has scrolled up, and a message arrives."""
    seen.welcome("bob")
    seen.say("bob", *(f"line {number}" for number in range(40)))
    await seen.settle()
    await seen.press("pageup")
    seen.say("bob", "new 1", "new 2", "new 3")


async def looked_away(seen: Chat) -> None:
    """The terminal has lost the focus, and a message arrives."""
    seen.welcome("bob")
    seen.say("bob", "read")
    await seen.settle()
    seen.app.post_message(AppBlur())
    await seen.settle()
    seen.say("bob", "not read")


async def away(seen: Chat) -> None:
    """One user says nothing for a long time."""
    seen.welcome("bob", "carl")
    seen.time += 12 * 60
    seen.say("carl", "still here")


async def back_again(seen: Chat) -> None:
    """The connection was lost, and others spoke before it was back."""
    seen.welcome("bob")
    seen.say("bob", "before")
    seen.lose()
    await seen.type("waits\n")
    seen.time += 180
    seen.meet()
    seen.welcome("bob")
    seen.tell("said", name="bob", text="while you were out", time="2026-11-21T10:01:00+00:00", seq=7)


async def pasted_lines(seen: Chat) -> None:
    """A paste of several lines, which is not sent yet."""
    seen.welcome()
    await paste(seen, "one\n\n[bold]two\n" + "x" * 200 + "\n4\n5\n6\n7\n8\n")


async def helped(seen: Chat) -> None:
    """The list of keys, which F1 opens."""
    seen.welcome()
    await seen.press("f1")


async def paste(seen: Chat, text: str) -> None:
    """Paste `text` into the field."""
    seen.app.chat.field.post_message(Paste(text))
    await seen.settle()


@pytest.mark.parametrize("size", [WIDE, MIDDLE, NARROW])
@pytest.mark.parametrize(
    "act",
    [
        connecting,
        a_talk,
        refused,
        scrolled_up,
        looked_away,
        away,
        back_again,
        pasted_lines,
        helped,
    ],
    ids=lambda act: act.__name__,
)
def test_a_screen_equals_the_approved_one(size: tuple[int, int], act: Act) -> None:
    holds(f"{act.__name__}-{size[0]}x{size[1]}", chat(act, size), GOLDENS)


@pytest.mark.parametrize(
    ("theme", "ground"), [("ansi-dark", "default"), ("dark", "#0d1117"), ("light", "#ffffff")]
)
def test_with_a_theme_the_program_paints_the_ground(theme: str, ground: str) -> None:
    async def act(seen: Chat) -> None:
        seen.app.theme = theme
        await seen.settle()
        strips = seen.app.screen._compositor.render_strips(seen.app.size)
        styles = [segment.style for strip in strips for segment in strip]
        assert {style.bgcolor.name for style in styles if style and style.bgcolor} == {ground}

    chat(act, NARROW)


@pytest.mark.parametrize("height", [1, 2, 4])
def test_on_a_low_screen_the_line_to_type_in_is_there(height: int) -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        await seen.type("hi")

    rows = chat(act, (40, height)).splitlines()
    assert rows[-1] == "ann> hi"
    assert "Chat ·" not in rows[0]


def test_without_a_name_it_asks_for_one() -> None:
    async def act(seen: Chat) -> None:
        assert "Choose a username:" in seen.screen
        await seen.type("bob\n")
        assert seen.transport.lines()[-1] == "bob"

    chat(act, name=None)


def test_a_name_is_nothing_to_bring_back() -> None:
    async def act(seen: Chat) -> None:
        await seen.type("bob\n")
        seen.welcome()
        await seen.press("up")
        assert seen.typed == ("", 0)

    chat(act, name=None)


def test_the_half_typed_line_survives_a_lost_connection_and_a_lost_name() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        await seen.type("half")
        await seen.press("left")
        seen.lose()
        await seen.settle()
        assert seen.typed == ("half", 3)
        seen.meet()
        seen.tell("refused", text="Sorry, 'ann' is taken. Try something else.")
        await seen.settle()
        assert "Choose a username:" in seen.screen
        await seen.type("ann2\n")
        seen.welcome()
        assert seen.typed == ("half", 3)

    chat(act)


def test_the_request_for_a_name_disappears_with_the_connection() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        await seen.type("half")
        seen.lose()
        seen.meet()
        seen.tell("refused", text="Sorry, 'ann' is taken. Try something else.")
        await seen.settle()
        assert seen.edge == ""
        seen.lose()
        await seen.settle()
        assert "Choose a username:" not in seen.screen
        assert seen.typed == ("half", 4)

    chat(act)


def test_a_line_entered_while_disconnected_is_marked_as_waiting_until_it_is_sent() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        seen.lose()
        await seen.type("one\n")
        await seen.type("two\n")
        assert "<ann> two (not sent yet)" in seen.log
        assert "2 lines wait for the connection" in seen.edge
        seen.meet()
        seen.welcome()
        await seen.settle()
        assert "not sent" not in seen.log
        assert seen.edge == ""

    chat(act)


def test_an_own_line_is_dim_until_the_server_has_it_and_the_title_has_the_round_trip() -> None:
    async def act(seen: Chat) -> None:
        clock = seen.app.client.clock = seen.session._clock = Clock()
        seen.welcome(seq=1)
        await seen.type("hello\n")
        assert "dim" in seen.style("hello")
        clock.advance(SILENCE + 1)
        await seen.settle()
        assert seen.edge == "no answer for 13 s"
        seen.tell("delivered", id=1)
        await seen.settle()
        assert "dim" not in seen.style("hello")
        assert (seen.edge, "· 13,000 ms" in seen.screen) == ("", True)

    chat(act)


def test_the_window_has_the_number_of_unread_lines_and_a_mention_out_of_sight_notifies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm-kitty")

    async def act(seen: Chat) -> None:
        written: list[str] = []
        monkeypatch.setattr(seen.app, "_write", written.append)
        monkeypatch.setattr(seen.app.front, "on_ring", seen.app._ring)
        seen.welcome("bob")
        seen.say("bob", "ann, you see this")
        await seen.settle()
        assert written == []
        seen.app.front._ring_at = 0.0
        seen.app.post_message(AppBlur())
        await seen.settle()
        seen.say("bob", "hello", "ann: \x1b]0;x\a")
        await seen.settle()
        assert written == ["\x1b]9;Chat: <bob> ann: ␛]0;x␇\a", "\x1b]2;(2) Chat\a"]
        seen.app.post_message(AppFocus())
        await seen.settle()
        assert written[2:] == ["\x1b]2;Chat\a"]

    chat(act)


def test_enter_on_an_empty_line_tries_again_at_once() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        seen.lose()
        await seen.settle()
        assert "lost; trying again in 1 s; press Enter to try now" in seen.edge
        await seen.press("enter")
        assert seen.connector.attempts == 1

    chat(act)


def test_so_does_enter_on_a_line_which_is_kept() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        seen.tell("kicked", text="You were kicked: be nice.")
        seen.lose()
        await seen.type("sorry\n")
        assert seen.connector.attempts == 1
        assert "lost; trying now · 1 line waits for the connection" in seen.edge

    chat(act)


def test_leaving_while_a_line_waits_shows_the_reason_and_accepts_no_more_lines() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        seen.lose()
        await seen.type("precious\n")
        await seen.press("ctrl+d")
        assert not seen.app.program.ending
        assert seen.edge.startswith("leaving when all lines are sent; press Ctrl-C to leave now")
        await seen.type("more\n")
        assert "not sent, because you are leaving: more" in seen.log
        seen.meet()
        seen.welcome()
        await seen.settle()
        assert seen.transport.lines()[-2:] == ["precious", "/quit"]

    chat(act)


def test_a_line_waits_for_a_name_while_one_is_asked_for() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        seen.lose()
        await seen.type("early\n")
        seen.meet()
        seen.tell("refused", text="Sorry, 'ann' is taken. Try something else.")
        await seen.settle()
        assert seen.edge == "1 line waits for a name"
        assert "trying ann again until you type; press Enter to try now" in seen.log
        assert seen.app.client.asks_again
        await seen.type("z")
        assert not seen.app.client.asks_again

    chat(act)


def test_a_kicked_user_sees_the_reason_and_rejoins_on_enter() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        seen.tell("kicked", text="You were kicked: be nice.")
        seen.lose()
        await seen.settle()
        assert seen.edge.startswith("out of the chat; press Enter to rejoin · You were kicked: be nice")
        await seen.press("enter")
        assert seen.connector.attempts == 1
        assert seen.edge.startswith("lost; trying now")

    chat(act)


def test_many_attempts_are_one_entry_of_the_log() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        seen.lose()
        for _ in range(5):
            seen.app.client.client_connection_failed(seen.connector, ConnectionRefusedError(111, "refused"))
        await seen.settle()
        assert seen.log.count("==") == 1
        assert seen.edge.endswith("· refused")

    chat(act)


def test_a_mention_rings_and_history_does_not() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome("bob")
        seen.say("bob", "hello ANN!", "hello annie")
        assert seen.rings == 1
        seen.tell(
            "history",
            lines=[{"event": "said", "time": "2026-11-21T09:00:00+00:00", "name": "bob", "text": "ann"}],
        )
        assert seen.rings == 1

    chat(act)


def test_a_flood_of_mentions_rings_once_a_second() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome("bob")
        seen.say("bob", *["hello ann"] * 20)
        assert seen.rings == 1

    chat(act)


def test_where_the_servers_clock_is_a_day_behind_there_is_one_day_line() -> None:
    async def act(seen: Chat) -> None:
        seen.time = NOON + 86_400
        seen.tell("welcome", name="ann", text="Hi.", time="2026-11-21T10:00:00+00:00")
        for number in range(4):
            seen.tell("said", name="bob", text=str(number), time="2026-11-21T10:00:01+00:00")
            await seen.type(f"{number}\n")
        await seen.settle()
        assert seen.log.count("2026-11-2") == 1

    chat(act)


def test_the_ignored_are_not_shown_and_do_not_ring() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome("bob")
        await seen.type("/ignore bob\n")
        seen.say("bob", "ann, hear me")
        await seen.settle()
        assert "hear me" not in seen.screen
        assert "bob ignored" in seen.screen
        assert seen.rings == 0

    chat(act)


def test_end_follows_the_log_again_and_an_own_message_removes_the_mark() -> None:
    async def act(seen: Chat) -> None:
        await scrolled_up(seen)
        await seen.settle()
        assert seen.edge == "↓ 3 new; End goes there"
        await seen.press("end")
        assert seen.edge == ""
        assert "you stopped reading here" in seen.log
        assert "new 3" in seen.log
        await seen.type("x\n")
        assert "you stopped reading here" not in seen.log

    chat(act)


def test_a_resize_keeps_the_place() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome("bob")
        seen.say("bob", *(f"{number} " + "word " * 30 for number in range(50)))
        await seen.settle()
        await seen.press("pageup")
        first = seen.log.split("\n")[0]
        for size in [(60, 20), (40, 12), (100, 30)]:
            await seen.pilot.resize_terminal(*size)
            await seen.settle()
            assert seen.log.split("\n")[0][:14] == first[:14]
        assert seen.log.split("\n")[0] == first

    chat(act)


HOSTILE = [
    "[/foo]",
    "[bold]x[/bold]",
    "\x1b]0;X\x07\x1b[2J",
    "\u202eabc",
    "[@click=app.quit]q",
    "\ttab",
    "👍🏽" * 40,
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_no_text_harms_the_screen(text: str, size: tuple[int, int]) -> None:
    async def act(seen: Chat) -> None:
        seen.welcome(text)
        seen.say(text, text)
        seen.tell("private", name=text, to="ann", text=text)
        seen.tell("joined", name=text, text=text)
        seen.tell("notice", text=text)
        await paste(seen, f"{text}\n{text}")
        assert not set(seen.screen) & {"\x1b", "\x07", "\u202e", "\t"}
        await seen.press("escape")
        await paste(seen, text)

    screen = chat(act, size)
    assert not set(screen) & {"\x1b", "\x07", "\u202e", "\t"}


def test_a_flood_is_painted_now_and_then() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome("bob")
        await seen.settle()
        painted = 0
        paint = seen.app.chat.paint

        def count() -> None:
            nonlocal painted
            painted += 1
            paint()

        seen.app.chat.paint = count  # type: ignore[method-assign]
        seen.say("bob", *(str(number) for number in range(1000)))
        assert painted == 0
        await seen.pilot.pause()
        assert painted <= 1

    chat(act)


def test_the_picture_ends_at_the_day_that_begins() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome("bob")
        seen.time = NOON + 86_400
        await seen.type("good morning\n")
        await seen.settle()
        assert "── Sunday, 2026-11-22 ──" in seen.log

    chat(act)
