"""`python -m tutorials page`: plain text in a pipe, parts and folded answers on the full screen."""

import asyncio
import re
import signal
import sys
from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Collapsible, Markdown, Static

from tests.clients.running import BACK, terminal
from tests.running import run
from tutorials import page
from tutorials.markdown_page import find_pages, read
from tutorials.viewer import PageApp

PAGES = find_pages()


def test_in_a_pipe_it_prints_the_whole_page_as_plain_text() -> None:
    result = run("tutorials", "page", "echo")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == read(PAGES["echo"]).plain()
    assert "\x1b" not in result.stdout


def test_with_a_number_it_prints_that_part_alone() -> None:
    text = run("tutorials", "page", "chat", "7").stdout
    assert text.startswith("## 7. Rate limiting\n")
    assert "\n## " not in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["page", "ecko"], "invalid choice: 'ecko'"),
        (["page", "echo", "9"], "echo has no part 9; it has 0, 1, 2, 3, 4, 5, 6"),
        (["page", "--paged"], "unrecognized arguments: --paged"),
        (["pages"], "there is no command 'pages'; there is list, page,"),
    ],
)
def test_what_is_not_there_is_told_in_one_line_with_exit_2(arguments: list[str], words: str) -> None:
    result = run("tutorials", *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_help_lists_the_commands() -> None:
    result = run("tutorials", "--help")
    assert result.returncode == 0
    assert "  page      show a page of the course in the terminal\n" in result.stdout


def test_without_a_command_it_lists_the_lessons_and_what_to_type_next() -> None:
    result = run("tutorials")
    assert result.returncode == 0
    assert re.search(r"^ 2  characters and bytes  +not begun$", result.stdout, re.MULTILINE)
    assert result.stdout.endswith("passed. Next: python -m tutorials next\n")


def test_in_a_terminal_without_textual_the_pager_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr("core.cli.has_terminal", lambda: True)
    monkeypatch.setattr("core.cli.can_draw", lambda: True)
    monkeypatch.setattr("core.cli.may_use_escapes", lambda stream: True)
    monkeypatch.setattr("pydoc.pager", shown.append)
    monkeypatch.setitem(sys.modules, "textual", None)
    page.main(["echo"])
    assert shown == [read(PAGES["echo"]).plain()]


def screen(name: str, part: str, steps: Callable[[PageApp, Pilot[None]], Awaitable[None]]) -> None:
    """Run `steps` on the full screen, at 110 columns and 32 rows."""

    async def run_steps() -> None:
        app = PageApp(PAGES, name, part)
        async with app.run_test(size=(110, 32)) as pilot:
            await steps(app, pilot)

    asyncio.run(run_steps())


def title(app: PageApp) -> str:
    return str(app.query_one("#title", Static).content)


def test_n_and_p_go_through_the_parts_and_stop_at_the_ends() -> None:
    async def steps(app: PageApp, pilot: Pilot[None]) -> None:
        assert title(app).startswith("echo · 1/10 · 1. Echo: ")
        await pilot.press("p")
        assert title(app).startswith("echo · 1/10 · ")
        await pilot.press("n")
        assert title(app) == "echo · 2/10 · 0. The problem: one client at a time"
        await pilot.press("6")
        assert title(app) == "echo · 8/10 · 6. Break it: a client that does not read"
        await pilot.press("9", "n", "n", "n")
        assert title(app) == "echo · 10/10 · Our names and Twisted's"
        await pilot.press("p")
        assert title(app) == "echo · 9/10 · Questions"

    screen("echo", "", steps)


def test_it_begins_with_the_part_that_is_asked_for() -> None:
    async def steps(app: PageApp, pilot: Pilot[None]) -> None:
        assert title(app) == "chat · 5/11 · 4. A state machine, and how to break it"

    screen("chat", "4", steps)


def test_each_answer_is_folded_below_its_question_until_a_or_enter_unfolds_it() -> None:
    async def steps(app: PageApp, pilot: Pilot[None]) -> None:
        await pilot.press(*["n"] * 8)
        answers = list(app.query(Collapsible))
        assert [answer.collapsed for answer in answers] == [True] * 7
        await pilot.press("tab", "enter")
        assert [answer.collapsed for answer in answers] == [False, *[True] * 6]
        await pilot.press("a")
        assert not any(answer.collapsed for answer in answers)
        await pilot.press("a")
        assert all(answer.collapsed for answer in answers)
        children = list(app.query("#part > *"))
        assert [type(child) for child in children[1:5]] == [Markdown, Collapsible] * 2

    screen("echo", "", steps)


def test_large_spacing_is_switched_on_and_off_and_stays_in_the_next_part() -> None:
    async def steps(app: PageApp, pilot: Pilot[None]) -> None:
        part = app.query_one("#part")
        await pilot.pause()
        small = part.virtual_size.height
        await pilot.press("l")
        assert part.virtual_size.height > small * 1.2
        await pilot.press("n", "p", "l")
        assert part.virtual_size.height == small

    screen("echo", "5", steps)


def test_a_link_leads_to_the_part_or_the_page_and_of_another_file_the_path_is_shown() -> None:
    async def steps(app: PageApp, pilot: Pilot[None]) -> None:
        markdown = app.query_one(Markdown)
        await app.follow(Markdown.LinkClicked(markdown, "#5-break-it-a-handler-that-blocks"))
        assert title(app) == "echo · 7/10 · 5. Break it: a handler that blocks"
        await app.follow(Markdown.LinkClicked(markdown, "slow_reader.py"))
        assert title(app) == "echo · 7/10 · 5. Break it: a handler that blocks"
        await app.follow(
            Markdown.LinkClicked(markdown, "../02_chat/README.md#6-break-it-connection_lost-at-once")
        )
        assert title(app) == "chat · 7/11 · 6. Break it: connection_lost at once"
        await app.follow(Markdown.LinkClicked(markdown, "../README.md"))
        assert title(app).startswith("course · 1/")

    screen("echo", "3", steps)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_full_screen_in_good_order(number: int) -> None:
    with terminal("tutorials", "page", "echo", package="") as seen:
        seen.until_line("echo · 1/")
        seen.process.send_signal(number)
        seen.until(lambda: BACK in seen.raw)
        assert seen.wait() == 0
        assert seen.settings_now() == seen.settings
