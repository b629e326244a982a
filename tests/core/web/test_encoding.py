"""Compressed answers: which are compressed, for which clients, and with which headers."""

import gzip
import time

import pytest

from core.web import (
    NOT_DONE_YET,
    EncodingResourceWrapper,
    GzipEncoderFactory,
    NoResource,
    Request,
    Resource,
)
from core.web.encoding import accepts_gzip
from core.web.headers import Headers
from core.web.rendering import NotDoneYet
from tests.core.web.talking import Connection

TEXT = b"hello " * 100


class Page(Resource):
    """Sets headers, and answers in one or in several pieces."""

    is_leaf = True

    def __init__(self, code: int = 200, pieces: int = 0, /, **headers: str) -> None:
        self.code, self.pieces, self.headers = code, pieces, headers

    def render_GET(self, request: Request) -> bytes | NotDoneYet:
        request.set_response_code(self.code)
        for name, value in self.headers.items():
            request.set_header(name.replace("_", "-"), value)
        if not self.pieces:
            return TEXT
        for _ in range(self.pieces):
            request.write(TEXT)
        request.finish()
        return NOT_DONE_YET


def wrapped(page: Resource) -> Connection:
    return Connection(EncodingResourceWrapper(page, [GzipEncoderFactory()]))


@pytest.mark.parametrize(
    "accepted", ["gzip", "br;q=1.0, GZIP ; q=0.5", "x-gzip", "*", "deflate,gzip;q=0.001"]
)
def test_a_client_that_accepts_gzip_is_sent_gzip(accepted: str) -> None:
    answer = wrapped(Page()).get(b"/", Accept_Encoding=accepted)
    assert gzip.decompress(answer.body) == TEXT
    assert answer.headers[b"content-encoding"] == b"gzip"
    assert answer.headers[b"vary"] == b"Accept-Encoding"
    assert len(answer.body) < len(TEXT)


@pytest.mark.parametrize(
    "accepted", ["", "br", "gzip;q=0", "*;q=0", "gzip;q=0.000, *", "gzipped", "identity"]
)
def test_a_client_that_does_not_accept_gzip_is_sent_the_page(accepted: str) -> None:
    answer = wrapped(Page()).get(b"/", Accept_Encoding=accepted)
    assert answer.body == TEXT
    assert b"content-encoding" not in answer.headers
    assert answer.headers[b"vary"] == b"Accept-Encoding"


def test_the_encodings_may_come_in_several_header_lines() -> None:
    lines = b"GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br\r\nAccept-Encoding: gzip\r\n\r\n"
    assert b"Content-Encoding: gzip" in wrapped(Page()).send(lines)


def test_blanks_without_an_encoding_are_read_in_linear_time() -> None:
    headers = Headers()
    headers.add_raw_header(b"Accept-Encoding", b" " * 60_000 + b"; gzip")
    began = time.process_time()
    assert accepts_gzip(headers)
    assert time.process_time() - began < 5


def test_a_vary_that_has_the_encoding_already_stays_as_it_is() -> None:
    answer = wrapped(Page(Vary="Cookie, accept-encoding")).get(b"/")
    assert answer.headers[b"vary"] == b"Cookie, accept-encoding"


def test_a_page_in_pieces_is_compressed_as_one() -> None:
    answer = wrapped(Page(200, 3)).get(b"/", Accept_Encoding="gzip")
    assert gzip.decompress(answer.body) == TEXT * 3


def test_the_headers_of_the_page_fit_the_compressed_body() -> None:
    page = Page(Content_Length="600", ETag='"tag"', Vary="Cookie")
    answer = wrapped(page).get(b"/", Accept_Encoding="gzip")
    assert answer.headers[b"etag"] == b'W/"tag"'
    assert b"content-length" not in answer.headers
    assert answer.headers[b"vary"] == b"Accept-Encoding"


@pytest.mark.parametrize(
    ("code", "headers"), [(206, {}), (200, {"Content_Encoding": "br"}), (304, {}), (204, {})]
)
def test_a_part_of_a_page_or_an_encoded_page_is_sent_as_it_is(code: int, headers: dict[str, str]) -> None:
    answer = wrapped(Page(code, 0, **headers)).get(b"/", Accept_Encoding="gzip")
    assert answer.body == (TEXT if code in (200, 206) else b"")
    assert answer.headers.get(b"content-encoding") == (b"br" if headers else None)


def test_an_encoder_that_fails_is_an_error_of_the_page(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def encoder_for_request(self, request: Request) -> None:
            raise ZeroDivisionError

    assert Connection(EncodingResourceWrapper(Page(), [Broken()])).get(b"/").code == 500
    assert len(caplog.records) == 1


def test_head_has_the_headers_of_the_compressed_page() -> None:
    answer = wrapped(Page()).ask(b"HEAD", b"/", b"", Accept_Encoding="gzip")
    assert answer.headers[b"content-encoding"] == b"gzip"
    assert answer.body == b""


def test_the_wrapper_leads_to_the_children_of_the_page() -> None:
    root, wrapper = Resource(), EncodingResourceWrapper(Resource(), [])
    wrapper.put_child(b"child", Page())
    root.put_child(b"wrapped", wrapper)
    assert Connection(root).get(b"/wrapped/child").body == TEXT
    assert Connection(root).get(b"/wrapped/none").code == 404
    assert EncodingResourceWrapper(Page(), []).is_leaf


def test_the_first_encoder_that_the_client_accepts_is_used() -> None:
    fast, small = GzipEncoderFactory(), GzipEncoderFactory()
    fast.compress_level = 1
    sizes = [
        len(Connection(EncodingResourceWrapper(Page(), [one, other])).get(b"/", Accept_Encoding="gzip").body)
        for one, other in ((fast, small), (small, fast))
    ]
    assert sizes[0] >= sizes[1]


def test_an_error_inside_the_wrapper_is_compressed_too() -> None:
    root = Resource()
    root.put_child(b"", EncodingResourceWrapper(NoResource("x" * 1000), [GzipEncoderFactory()]))
    answer = Connection(root).get(b"/", Accept_Encoding="gzip")
    assert (answer.code, answer.headers[b"content-encoding"]) == (404, b"gzip")
    assert b"xxxx" in gzip.decompress(answer.body)
