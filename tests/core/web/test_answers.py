"""The bytes of answers that report errors, as a client parses them."""

from http import HTTPStatus

import pytest

from core.web.answers import Framing, Refusal, page, refusal
from core.web.headers import Headers
from tests.core.web.talking import answers


@pytest.mark.parametrize("code", [HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_TIMEOUT])
def test_a_refusal_is_a_whole_answer_after_which_the_connection_ends(code: HTTPStatus) -> None:
    (answer,) = answers(refusal(Refusal(code, "the log alone has this")))
    assert (answer.code, answer.complete) == (code, True)
    assert answer.body == f"{code.value} {code.phrase}\r\n".encode()
    assert answer.headers[b"content-type"] == b"text/plain; charset=utf-8"
    assert answer.headers[b"connection"] == b"close"
    assert b"date" in answer.headers


def test_a_page_has_its_title_and_its_detail() -> None:
    text = page(404, "Not Found", "There is nothing.").decode()
    assert "<title>404 Not Found</title>" in text
    assert "<h1>Not Found</h1><p>There is nothing.</p>" in text


def test_a_body_may_be_neither_longer_nor_shorter_than_its_length() -> None:
    framing = Framing(Headers({b"Content-Length": [b"3"]}), has_body=True, knows_chunks=True)
    assert framing.piece(b"ab") == b"ab"
    with pytest.raises(RuntimeError, match="only 2 bytes"):
        framing.end()
    assert framing.piece(b"c") == b"c"
    assert framing.end() == b""
    with pytest.raises(RuntimeError, match="4 bytes were written"):
        framing.piece(b"d")
