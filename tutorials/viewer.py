"""Shows a page part by part on the full screen, with folded answers, and in large spacing for a projector."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.events import Mount
from textual.widget import Widget
from textual.widgets import Collapsible, Footer, Markdown, Static

from clients.fullscreen import ReactorApp
from tutorials.markdown_page import Part, read


class PageApp(ReactorApp):
    """Shows the page `name` of `pages`, from the part with the number `part`, or from the beginning."""

    CSS = """
    PageApp { background: ansi_default; }
    #title { background: $primary; color: $text; text-style: bold; padding: 0 1; }
    #part { padding: 1 2; }
    #part Markdown { background: transparent; padding: 0; margin: 0; }
    #part Collapsible { margin: 0 0 1 3; padding: 0; border: none; background: transparent; }
    .large #part { padding: 2 10; }
    .large #part MarkdownParagraph { margin: 1 0 2 0; }
    .large #part MarkdownFence { margin: 1 0 2 0; }
    .large #part MarkdownTable { margin: 1 0 2 0; }
    .large #part MarkdownListItem { margin: 0 0 1 0; }
    .large #part MarkdownListItem MarkdownParagraph { margin: 0 0 1 0; }
    .large #part MarkdownH2, .large #part MarkdownH3 { margin: 2 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        ("n", "move(1)", "Next part"),
        ("p", "move(-1)", "Previous"),
        ("space", "page_down", "Page down"),
        ("a", "answers", "Answers"),
        ("l", "large", "Large spacing"),
        ("q", "quit", "Quit"),
        *[(str(number), f"number({number})", "") for number in range(10)],
    ]

    def __init__(self, pages: Mapping[str, Path], name: str, part: str = "") -> None:
        super().__init__(on_log=lambda text: self.notify(text, markup=False))
        self._pages = pages
        self.open_page(name)
        self.position = self._find(part) or 0

    def open_page(self, name: str) -> None:
        """Go to the beginning of the page `name`."""
        self.page_name = name
        self.page = read(self._pages[name])
        self.position = 0

    def compose(self) -> ComposeResult:
        yield Static(id="title", markup=False)
        yield VerticalScroll(id="part")
        yield Footer(show_command_palette=False)

    @on(Mount)
    async def begin(self) -> None:
        """Show the part to begin with."""
        self.query_one("#part").focus()
        await self.show()

    async def show(self) -> None:
        """Show the present part."""
        part = self.page.parts[self.position]
        place = f"{self.page_name} · {self.position + 1}/{len(self.page.parts)} · {part.heading}"
        self.query_one("#title", Static).update(place)
        body = self.query_one("#part", VerticalScroll)
        await body.remove_children()
        await body.mount_all(widgets(part))
        body.scroll_home(animate=False)

    async def action_move(self, by: int) -> None:
        """Go `by` parts forward, or back if it is negative."""
        self.position = min(max(0, self.position + by), len(self.page.parts) - 1)
        await self.show()

    async def action_number(self, number: int) -> None:
        """Go to the part with this number, if there is one."""
        if (found := self._find(str(number))) is not None:
            self.position = found
            await self.show()

    def action_page_down(self) -> None:
        """Scroll by a page."""
        self.query_one("#part").scroll_page_down(animate=False)

    def action_answers(self) -> None:
        """Unfold all answers, or fold them if all are unfolded."""
        answers = list(self.query(Collapsible))
        fold = all(not answer.collapsed for answer in answers)
        for answer in answers:
            answer.collapsed = fold

    def action_large(self) -> None:
        """Switch to large spacing, or back."""
        self.screen.toggle_class("large")

    def _find(self, number: str) -> int | None:
        found = [at for at, part in enumerate(self.page.parts) if number and part.number == number]
        return found[0] if found else None

    @on(Markdown.LinkClicked)
    async def follow(self, link: Markdown.LinkClicked) -> None:
        """Go to the linked part or page. Of another file, show the path."""
        file, _, anchor = link.href.partition("#")
        path = (self._pages[self.page_name].parent / file).resolve()
        names = [name for name, page in self._pages.items() if page.resolve() == path]
        if file and not names:
            self.notify(link.href, title="See")
            return
        if names:
            self.open_page(names[0])
        anchors = [part.anchor for part in self.page.parts]
        self.position = anchors.index(anchor) if anchor in anchors else self.position
        await self.show()


def widgets(part: Part) -> Iterator[Widget]:
    """The text of `part`, with each answer folded below its question."""
    before, *questions = part.questions()
    yield Markdown(before, open_links=False)
    for question, answer in zip(questions, part.answers, strict=False):
        yield Markdown(question, open_links=False)
        yield Collapsible(Markdown(answer, open_links=False), title="Answer")
