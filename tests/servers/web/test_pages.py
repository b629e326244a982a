"""The pages: their answers, also late ones, and visitors who leave."""

import re
from argparse import ArgumentParser
from pathlib import Path

import pytest

from core.errors import ConnectionLost
from core.testing import Clock
from core.web import Site
from servers.web.service import ENTRIES, add_arguments, make
from servers.web.streams import MAX_WAITING
from tests.core.web.talking import Connection
from tests.running import run


class WebClock(Clock):
    """A clock with the part of a reactor that the chat's room uses."""

    def call_at_turn_end(self, call: object) -> None:
        assert callable(call)
        self.call_later(0.0, call)


def site(clock: Clock, *flags: str) -> Site:
    """The site for the flags."""
    parser = ArgumentParser()
    add_arguments(parser)
    return make(parser.parse_args(flags), clock)  # type: ignore[arg-type]  # a part of a reactor is enough


def test_a_listing_without_a_root_is_refused() -> None:
    ended = run("servers.web", "--port", "0", "--listing")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "--listing lists the directories below --root: it needs --root\n"


@pytest.fixture
def clock() -> Clock:
    """A clock for the pages."""
    return WebClock()


@pytest.fixture
def visitor(clock: Clock) -> Connection:
    """A connection with the site."""
    return Connection(site(clock), clock=clock)


def test_the_first_page_answers_to_get_and_head(visitor: Connection) -> None:
    assert visitor.get(b"/").code == 200
    answer = visitor.ask(b"HEAD", b"/")
    assert (answer.code, answer.body) == (200, b"")


def test_the_first_page_leads_to_all_pages_that_are_there(visitor: Connection, tmp_path: Path) -> None:
    links = re.findall(rb'<li><a href="(.+?)">', visitor.get(b"/").body)
    assert links == [path.encode() for path in ENTRIES if path not in ("/files/", "/monitor")]
    all_links = re.findall(
        rb'<li><a href="(.+?)">',
        Connection(site(WebClock(), "--root", str(tmp_path), "--monitor")).get(b"/").body,
    )
    assert all_links == [path.encode() for path in ENTRIES]


@pytest.mark.parametrize(
    "path", ["/clock", "/calendar", "/calendar/", "/calendar/2026", "/gzip", "/upload", "/chat"]
)
def test_a_page_is_html_in_utf_8_with_a_title_and_its_source(visitor: Connection, path: str) -> None:
    answer = visitor.get(path.encode())
    assert answer.code == 200
    assert answer.headers[b"content-type"] == b"text/html; charset=utf-8"
    assert b"<h1>" in answer.body
    source = re.search(rb'href="(/source/\w+)"', answer.body)
    assert source
    assert b"class " in visitor.get(source[1]).body


MISSING = [
    *("/nothing", "/files/", "/monitor", "/source", "/source/x", "/static", "/static/page.html", "/chat/x"),
    *(
        "/calendar/2026x",
        "/calendar/0",
        "/calendar/10000",
        "/calendar/02026",
        "/calendar/-1",
        "/calendar/%D9%A2",
    ),
]


@pytest.mark.parametrize("path", MISSING)
def test_what_is_not_there_is_404(visitor: Connection, path: str) -> None:
    assert visitor.get(path.encode()).code == 404


def test_the_calendar_shows_the_year(visitor: Connection) -> None:
    assert b"Calendar of 2026" in visitor.get(b"/calendar/2026").body


def test_scripts_and_styles_have_their_types(visitor: Connection) -> None:
    assert visitor.get(b"/static/chat.js").headers[b"content-type"] == b"text/javascript; charset=utf-8"
    assert visitor.get(b"/static/style.css").headers[b"content-type"] == b"text/css; charset=utf-8"


def test_no_page_of_another_site_can_frame_ours(visitor: Connection) -> None:
    assert b"frame-ancestors 'none'" in visitor.get(b"/chat").headers[b"content-security-policy"]


def test_the_files_of_a_directory_are_shown(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello", "utf-8")
    visitor = Connection(site(WebClock(), "--root", str(tmp_path), "--listing"))
    assert visitor.get(b"/files/notes.txt").body == b"hello"
    assert b"notes.txt" in visitor.get(b"/files/").body
    assert Connection(site(WebClock(), "--root", str(tmp_path))).get(b"/files/").code == 403
    assert visitor.get(b"/files/%2e%2e/").code == 404


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("notes.txt", b"text/plain; charset=utf-8"),
        ("page.html", b"text/html; charset=utf-8"),
        ("LICENSE", b"text/plain; charset=utf-8"),
        ("picture.png", b"image/png"),
    ],
)
def test_a_text_among_the_files_is_utf_8(name: str, content_type: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_text("Grüße", "utf-8")
    visitor = Connection(site(WebClock(), "--root", str(tmp_path)))
    assert visitor.get(f"/files/{name}".encode()).headers[b"content-type"] == content_type


REQUEST = b"GET %b HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_the_late_answer_comes_after_five_seconds(clock: Clock, visitor: Connection) -> None:
    assert visitor.send(REQUEST % b"/delayed") == b""
    clock.advance(4.9)
    assert visitor.transport.take() == b""
    clock.advance(0.2)
    assert visitor.transport.take().startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_visitor_who_does_not_wait_for_the_late_answer_is_in_the_log(
    clock: Clock, visitor: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    visitor.send(REQUEST % b"/delayed")
    visitor.channel.connection_lost(ConnectionLost())
    assert "has gone before the late answer" in caplog.text
    clock.advance(10)
    assert visitor.transport.take() == b""


def test_the_interrupted_answer_counts_to_its_end(clock: Clock, visitor: Connection) -> None:
    visitor.send(REQUEST % b"/interrupted")
    clock.advance(61)
    assert visitor.transport.take().endswith(b"done\n\r\n0\r\n\r\n")


def test_a_visitor_who_leaves_the_interrupted_answer_is_in_the_log(
    clock: Clock, visitor: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    visitor.send(REQUEST % b"/interrupted")
    clock.advance(2.5)
    visitor.channel.connection_lost(ConnectionLost())
    assert "has gone after line 3" in caplog.text


def test_the_compressed_page_is_compressed_if_the_browser_accepts_it(visitor: Connection) -> None:
    plain = visitor.get(b"/gzip")
    packed = visitor.get(b"/gzip", Accept_Encoding="gzip")
    assert packed.headers[b"content-encoding"] == b"gzip"
    assert len(packed.body) < len(plain.body) / 2


@pytest.mark.parametrize("method", [b"POST", b"PUT"])
def test_an_upload_is_counted_and_may_be_larger_than_other_bodies(visitor: Connection, method: bytes) -> None:
    size, piece = 17 << 20, bytes(1 << 20)
    visitor.send(b"%b /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % (method, size))
    for _ in range(16):
        assert visitor.send(piece) == b""
    assert visitor.send(piece).endswith(b"\r\n\r\n%d bytes came, and none was kept.\n" % size)


def test_other_pages_refuse_such_a_body(visitor: Connection) -> None:
    answer = visitor.send(b"POST /chat/say HTTP/1.1\r\nHost: localhost\r\nContent-Length: 17825792\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_events_tell_the_time_once_a_second_to_all(clock: Clock, visitor: Connection) -> None:
    other = Connection(visitor.site, clock=clock)
    first = visitor.send(REQUEST % b"/events")
    assert b"text/event-stream" in first
    assert re.search(rb"data: \d\d:\d\d:\d\d 1\n\n", first)
    other.send(REQUEST % b"/events")
    clock.advance(1.0)
    for each in (visitor, other):
        assert re.search(rb"data: \d\d:\d\d:\d\d 2\n\n", each.transport.take())
    other.channel.connection_lost(ConnectionLost())
    clock.advance(1.0)
    assert re.search(rb"data: \d\d:\d\d:\d\d 1\n\n", visitor.transport.take())
    visitor.channel.connection_lost(ConnectionLost())
    assert clock.pending() <= 1  # nothing is left but a timeout of a connection


def test_a_browser_that_does_not_read_its_events_is_disconnected(clock: Clock, visitor: Connection) -> None:
    visitor.send(REQUEST % b"/events")
    visitor.transport.write(bytes(MAX_WAITING + 1))
    clock.advance(1.0)
    assert visitor.transport.aborted


def test_the_monitor_needs_its_flag_and_shows_the_sessions_as_text(clock: Clock) -> None:
    visitor = Connection(site(clock, "--monitor"), clock=clock)
    assert visitor.get(b"/monitor").code == 200
    assert b'{"count": 0, "rows": []}' in visitor.send(REQUEST % b"/monitor/events")


def test_the_monitor_does_not_talk_to_other_sites(clock: Clock) -> None:
    visitor = Connection(site(clock, "--monitor"), clock=clock)
    assert visitor.get(b"/monitor/events", Sec_Fetch_Site="cross-site").code == 403
    assert visitor.get(b"/monitor/events", Origin="http://evil.example").code == 403
