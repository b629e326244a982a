"""LogView: searching in the log, the bare view, and links."""

import pytest

from tests.clients.chat.fullscreen.screens import NARROW, Chat, chat


async def a_long_talk(seen: Chat) -> None:
    """Forty lines, of which 5, 15, 25 and 35 have the word."""
    seen.welcome("bob")
    seen.say("bob", *(f"line {number} {'Needle' if number % 10 == 5 else 'hay'}" for number in range(40)))
    await seen.settle()


def reversed_texts(seen: Chat) -> list[str]:
    """The parts of the visible log that are marked."""
    segments = [segment for row in seen.app.chat.log_view._rows for segment in row]
    return [segment.text for segment in segments if segment.style and segment.style.reverse]


def test_a_text_is_found_while_it_is_typed_the_newest_match_first() -> None:
    async def act(seen: Chat) -> None:
        await a_long_talk(seen)
        await seen.press("ctrl+f")
        assert seen.screen.splitlines()[-1] == "find:"
        await seen.type("needle")
        assert seen.edge.startswith("match 4 of 4 · ↑ older")
        assert "line 35 Needle" in seen.log
        assert set(reversed_texts(seen)) == {"10:00", "Needle"}
        await seen.press("up")
        assert seen.edge.startswith("match 3 of 4")
        await seen.press("down")
        assert seen.edge.startswith("match 4 of 4")

    chat(act, NARROW)


def test_after_enter_n_goes_to_older_matches_and_shift_n_back() -> None:
    async def act(seen: Chat) -> None:
        await a_long_talk(seen)
        await seen.press("ctrl+f")
        await seen.type("NEEDLE\n")
        assert seen.edge.startswith("match 4 of 4 · n older, N newer")
        for key, number in [("n", 3), ("enter", 2), ("n", 1), ("n", 4), ("N", 1), ("N", 2)]:
            await seen.press(key)
            assert seen.edge.startswith(f"match {number} of 4")
            assert f"line {number * 10 - 5} Needle" in seen.log

    chat(act, NARROW)


def test_escape_ends_a_search_where_it_is_and_again_goes_to_the_end() -> None:
    async def act(seen: Chat) -> None:
        await a_long_talk(seen)
        await seen.type("half")
        await seen.press("ctrl+f")
        await seen.type("line 5")
        await seen.press("escape")
        assert seen.typed == ("half", 4)
        assert "line 5 Needle" in seen.log
        assert not reversed_texts(seen)
        await seen.press("escape")
        assert "line 39 hay" in seen.log
        assert seen.typed == ("half", 4)

    chat(act, NARROW)


def test_another_letter_after_enter_is_typed_in_the_message() -> None:
    async def act(seen: Chat) -> None:
        await a_long_talk(seen)
        await seen.type("half")
        await seen.press("ctrl+f")
        await seen.type("needle\nx")
        assert seen.typed == ("halfx", 5)
        await seen.type("\n")
        assert seen.transport.lines()[-1] == "halfx"

    chat(act)


def test_a_search_without_a_match_says_so_and_sends_nothing() -> None:
    async def act(seen: Chat) -> None:
        await a_long_talk(seen)
        seen.transport.take()
        await seen.press("ctrl+f")
        await seen.type("nowhere\nn")
        assert seen.edge.startswith("no match")
        await seen.press("ctrl+f")
        assert seen.typed == ("", 0)
        await seen.type("\n")
        assert seen.screen.splitlines()[-1] == "ann>"
        assert not seen.transport.waiting

    chat(act)


def test_speakers_joins_and_phrases_across_two_rows_are_found() -> None:
    async def act(seen: Chat) -> None:
        seen.welcome()
        seen.tell("joined", name="carl", text="carl has joined the channel.")
        seen.say("dora", "x " * 13 + "in two rows")
        for text, marked in [
            ("<dora>", ["<dora>"]),
            ("carl joined", ["carl joined"]),
            ("x in two", ["x", "in two"]),
        ]:
            await seen.press("ctrl+f")
            await seen.type(text)
            found = [each.strip() for each in reversed_texts(seen)]
            assert found == ["10:00", *marked]
            await seen.press("escape")

    chat(act, NARROW)


def test_a_name_that_is_asked_for_ends_a_search() -> None:
    async def act(seen: Chat) -> None:
        await a_long_talk(seen)
        await seen.type("half")
        await seen.press("ctrl+f")
        await seen.type("needle")
        seen.lose()
        seen.meet()
        seen.tell("refused", text="Sorry, 'ann' is taken. Try something else.")
        await seen.settle()
        assert "Choose a username:" in seen.screen
        await seen.type("ann2\n")
        assert seen.transport.lines()[-1] == "ann2"
        seen.welcome()
        assert seen.typed == ("half", 4)

    chat(act)


def test_pasted_lines_are_one_text_to_find_and_ctrl_d_does_not_leave() -> None:
    async def act(seen: Chat) -> None:
        from tests.clients.chat.fullscreen.test_screen import paste

        await a_long_talk(seen)
        await seen.press("ctrl+f", "ctrl+d")
        await paste(seen, "line 5\nx")
        assert seen.edge.startswith("match 1 of 1")
        assert not seen.app.program.ending

    chat(act)


@pytest.mark.parametrize("after", [["end"], ["escape"]])
def test_alt_p_goes_to_the_last_line_that_mentions_the_user_and_alt_n_back(after: list[str]) -> None:
    async def act(seen: Chat) -> None:
        seen.welcome("bob")
        await seen.press("alt+p")
        assert seen.edge == "no mention"
        seen.say("bob", "ann: one", *["hay"] * 30, "and two, ann", *["hay"] * 30)
        await seen.settle()
        await seen.press("alt+p")
        assert "and two, ann" in seen.log
        assert seen.edge.startswith("mention 2 of 2")
        await seen.press("alt+p")
        assert "ann: one" in seen.log
        await seen.press("alt+n")
        assert seen.edge.startswith("mention 2 of 2")
        await seen.press(*after)
        assert seen.edge == ""

    chat(act, NARROW)


def test_lines_that_arrive_during_a_search_leave_it_where_it_is() -> None:
    async def act(seen: Chat) -> None:
        await a_long_talk(seen)
        await seen.press("ctrl+f")
        await seen.type("line 15")
        before = seen.log
        seen.say("bob", *["line 15 again"] * 20)
        await seen.settle()
        assert seen.log == before
        assert "20 new" in seen.edge or seen.edge.startswith("match 1 of 1")

    chat(act, NARROW)


def links(seen: Chat) -> set[tuple[str, str]]:
    """The visible parts of links, and where they lead."""
    segments = [segment for row in seen.app.chat.log_view._rows for segment in row]
    return {(each.text, each.style.link) for each in segments if each.style and each.style.link}


def test_the_bare_view_has_the_texts_alone_and_leaves_the_mouse_to_the_terminal() -> None:
    async def act(seen: Chat) -> None:
        uses: list[bool] = []
        seen.app.chat._use_mouse = uses.append
        seen.welcome("bob")
        seen.say("bob", "copy this " * 6, "and this")
        await seen.settle()
        await seen.press("f2")
        assert seen.screen.endswith(f"ann\n{'copy this ' * 3}copy this\ncopy this copy this\nand this\n")
        await seen.press("f2")
        assert "<bob> and this" in seen.screen
        assert uses == [False, True]

    chat(act, NARROW)


def test_the_bare_view_stands_still_scrolls_and_ends_with_a_letter_which_is_typed() -> None:
    async def act(seen: Chat) -> None:
        await a_long_talk(seen)
        await seen.press("f2")
        assert seen.screen.endswith("line 39 hay\n")
        seen.say("bob", "new")
        await seen.settle()
        assert seen.screen.endswith("line 39 hay\n")
        await seen.press("pageup")
        assert seen.screen.startswith("line 17 hay\n")
        await seen.press("x")
        assert seen.typed == ("x", 1)
        assert "ann> x" in seen.screen

    chat(act, NARROW)


@pytest.mark.parametrize("view", [[], ["f2"]])
def test_each_row_of_a_link_leads_to_the_whole_address(view: list[str]) -> None:
    async def act(seen: Chat) -> None:
        seen.welcome("bob")
        address = "https://example.org/" + "a" * 60
        seen.say("bob", f"see {address}, or (http://localhost/日本?q=1)", "\x1b]8;;http://evil\x1b\\")
        await seen.settle()
        await seen.press(*view)
        found = links(seen)
        assert {link for _, link in found} == {
            address,
            "http://localhost/%E6%97%A5%E6%9C%AC?q=1",
            "http://evil%E2%90%9B\\",
        }
        rows = [text for text, link in found if link == address]
        assert len(rows) > 1
        assert sum(map(len, rows)) == len(address)

    chat(act, NARROW)
