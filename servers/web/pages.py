"""The small pages: the index, a clock, a calendar, a late answer, an interrupted one, a compressed one."""

import calendar
import logging
import time
from collections.abc import Sequence

from core.interfaces import ReactorTime
from core.task import defer_later
from core.web import NOT_DONE_YET, NoResource, RenderResult, Request, Resource
from servers.web.layout import Page, page

log = logging.getLogger(__name__)

DELAY = 5.0
"""Seconds until the delayed page answers."""


class Index(Page):
    """The first page: a list of the others."""

    title = "Reactor School"
    name = "index"

    def __init__(self, entries: Sequence[tuple[str, str, str]]) -> None:
        super().__init__()
        self._entries = entries

    def body(self, request: Request) -> str:
        items = [f'<li><a href="{path}">{title}</a><br>{text}</li>' for path, title, text in self._entries]
        return '<ul class="index">\n' + "\n".join(items) + "\n</ul>"


class Clock(Page):
    """The time when the page was made, and the time now, from `/events`."""

    title = "Clock"
    name = "clock"
    script = "clock.js"

    def body(self, request: Request) -> str:
        now = time.strftime("%H:%M:%S")
        made = f'<p>This page was made at {now}. <span id="readers"></span></p>'
        return f'<p class="big" id="clock">{now}</p>\n{made}'


class Calendar(Page):
    """`/calendar/2026`: a page for each year. Any other path has none."""

    title = "Calendar"
    name = "calendar"

    def get_child(self, path: bytes, request: Request) -> Resource:
        text = path.decode("ascii", "replace")
        if text.isdigit() and text.isascii() and len(text) <= 4 and 1 <= int(text) <= 9999:
            return Year(int(text))
        return NoResource("The calendar has a page for each year from 1 to 9999, as /calendar/2026.")

    def body(self, request: Request) -> str:
        this = time.localtime().tm_year
        years = [f'<li><a href="/calendar/{year}">{year}</a></li>' for year in range(this - 1, this + 3)]
        return "<ul>\n" + "\n".join(years) + "\n</ul>"


class Year(Page):
    """The calendar of one year."""

    name = "calendar"

    def __init__(self, year: int) -> None:
        super().__init__()
        self.title = f"Calendar of {year}"
        self._year = year

    def body(self, request: Request) -> str:
        return f'<div class="wide">{calendar.HTMLCalendar().formatyear(self._year, 3)}</div>'


class Delayed(Page):
    """Answers after DELAY seconds. If the visitor has gone by then, the answer is cancelled."""

    title = "A late answer"
    name = "delayed"

    def __init__(self, clock: ReactorTime) -> None:
        super().__init__()
        self._clock = clock

    def render_GET(self, request: Request) -> RenderResult:
        answer = self._clock.call_later(DELAY, self._answer, request)

        def gone(reason: object) -> None:
            if reason is not None and answer.active():
                answer.cancel()
                log.info("%s has gone before the late answer", request.client_address)

        request.notify_finish().add_both(gone)
        return NOT_DONE_YET

    def _answer(self, request: Request) -> None:
        text = f"This answer came {DELAY:g} seconds after the question. Meanwhile the server served others."
        request.write(page(request, self.title, f"<p>{text}</p>", source=self.name))
        request.finish()


class Interrupted(Page):
    """Counts for a minute, a line a second, as a coroutine. The log tells of a visitor who has gone."""

    title = "An answer that is interrupted"
    name = "interrupted"
    lines = 60

    def __init__(self, clock: ReactorTime) -> None:
        super().__init__()
        self._clock = clock

    async def render_GET(self, request: Request) -> bytes:
        request.set_header(b"Content-Type", b"text/plain; charset=utf-8")
        request.set_header(b"X-Content-Type-Options", b"nosniff")  # else a browser waits for 512 bytes
        request.write(b"Close this page before the count is over, and look at the server's log.\n")
        sent = 0
        try:
            for sent in range(1, self.lines + 1):
                request.write(b"%d\n" % sent)
                await defer_later(self._clock, 1.0, lambda: None)
        finally:
            if sent < self.lines:
                log.info("%s has gone after line %d", request.client_address, sent)
        return b"done\n"


class Numbers(Page):
    """A long page of numbers, for the encoder around it."""

    title = "A compressed page"
    name = "gzip"

    def body(self, request: Request) -> str:
        numbers = " ".join(str(number) for number in range(5000))
        text = "These 5,000 numbers travel as gzip, if the browser accepts it."
        return f"<p>{text} <code>curl --compressed -v</code> shows the header.</p>\n<p>{numbers}</p>"
