"""The access log: one line for each answer, which no request can forge."""

import logging
import re

import pytest

from core.interfaces import UnixAddress
from core.web import Request, Resource
from tests.core.web.talking import Connection


class Page(Resource):
    is_leaf = True

    def render_GET(self, request: Request) -> bytes:
        return b"hello"


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The lines of the access log, with [] for the time."""
    time = r"\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]"
    return [re.sub(time, "[]", record.getMessage()) for record in caplog.records]


def test_each_answer_has_a_line_in_the_common_format(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "core.web.access")
    connection = Connection(Page())
    connection.get(b"/a?b")
    connection.ask(b"HEAD", b"/", b"", Authorization="Basic dTpw")
    refused = connection.ask(b"POST", b"/")
    connection.send(b"\n")
    assert logged(caplog) == [
        '127.0.0.1 - - [] "GET /a?b HTTP/1.1" 200 5',
        '127.0.0.1 - u [] "HEAD / HTTP/1.1" 200 -',
        f'127.0.0.1 - - [] "POST / HTTP/1.1" 405 {len(refused.body)}',
        '127.0.0.1 - - [] "-" 400 -',
    ]


def test_bytes_from_a_client_cannot_begin_a_line_or_an_escape_sequence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "core.web.access")
    connection = Connection(Page())
    connection.get(b'/"\\', Authorization="Basic Ghs6IgpbCg==")  # \x1a\x1b:"\n[\n
    assert logged(caplog) == [r'127.0.0.1 - \x1a\x1b [] "GET /\"\\ HTTP/1.1" 200 5']


def test_a_client_of_a_unix_socket_has_no_host(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "core.web.access")
    Connection(Page(), UnixAddress("")).get(b"/")
    assert logged(caplog) == ['- - - [] "GET / HTTP/1.1" 200 5']


def test_no_line_is_made_if_the_level_is_higher(caplog: pytest.LogCaptureFixture) -> None:
    Connection(Page()).get(b"/")
    assert not caplog.records
