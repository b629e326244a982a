"""File: content types, conditions, ranges, directories, and paths that lead nowhere."""

import gzip
import os
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ConnectionDone
from core.interfaces import PushProducer
from core.web import Data, File, Resource
from core.web.static import PIECE
from tests.core.web.talking import Connection, answers

TEXT = b"0123456789" * 10
OLD = 1_000_000_000
"""A time in the past: Sun, 09 Sep 2001 01:46:40 GMT."""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A directory to serve, with a secret beside it."""
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / "text.txt").write_bytes(TEXT)
    (root / "page.html").write_bytes(b"<p>page</p>")
    (root / "sub" / "index.html").write_bytes(b"index")
    (root / "empty").write_bytes(b"")
    (tmp_path / "secret.txt").write_bytes(b"secret")
    (tmp_path / "root-secret").write_bytes(b"secret")
    os.utime(root / "text.txt", (OLD, OLD))
    return root


def alone(page: Resource) -> Connection:
    """A connection with a site whose path / is `page`."""
    root = Resource()
    root.put_child(b"", page)
    return Connection(root)


def served(tree: Path) -> Connection:
    """A connection with a site that has the tree below /files/."""
    root = Resource()
    root.put_child(b"files", File(str(tree)))
    return Connection(root)


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.txt", b"text/plain"),
        ("a.html", b"text/html"),
        ("a.HTML", b"text/html"),
        ("a.css", b"text/css"),
        ("a.js", b"text/javascript"),
        ("a.png", b"image/png"),
        ("a.svg", b"image/svg+xml"),
        ("a.json", b"application/json"),
        ("a.unknown", b"text/html"),
        ("a", b"text/html"),
    ],
)
def test_the_content_type_is_that_of_the_ending(tree: Path, name: str, content_type: bytes) -> None:
    (tree / name).write_bytes(b"x")
    assert served(tree).get(b"/files/" + name.encode()).headers[b"content-type"] == content_type


def test_the_default_type_is_that_of_unknown_endings(tree: Path) -> None:
    page = File(tree, default_type="application/x-unknown")
    assert Connection(page).get(b"/empty").headers[b"content-type"] == b"application/x-unknown"


def test_a_file_that_is_compressed_has_the_type_of_its_content(tree: Path) -> None:
    (tree / "a.txt.gz").write_bytes(gzip.compress(b"text"))
    answer = served(tree).get(b"/files/a.txt.gz")
    assert answer.headers[b"content-type"] == b"text/plain"
    assert answer.headers[b"content-encoding"] == b"gzip"


def test_a_file_has_a_length_a_date_and_a_tag(tree: Path) -> None:
    answer = served(tree).get(b"/files/text.txt")
    assert answer.body == TEXT
    assert answer.headers[b"content-length"] == b"100"
    assert answer.headers[b"last-modified"] == b"Sun, 09 Sep 2001 01:46:40 GMT"
    assert answer.headers[b"etag"].startswith(b'"')
    assert answer.headers[b"accept-ranges"] == b"bytes"


def test_head_has_the_headers_of_get_and_no_body(tree: Path) -> None:
    get, head = (served(tree).ask(method, b"/files/text.txt") for method in (b"GET", b"HEAD"))
    assert head.body == b""
    del get.headers[b"date"], head.headers[b"date"]
    assert head.headers == get.headers


def test_a_client_that_has_the_file_is_not_sent_it_again(tree: Path) -> None:
    connection = served(tree)
    tag = connection.get(b"/files/text.txt").headers[b"etag"].decode()
    for headers in (
        {"If_None_Match": tag},
        {"If_None_Match": f'"x", W/{tag}'},
        {"If_None_Match": "*"},
        {"If_Modified_Since": "Sun, 09 Sep 2001 01:46:40 GMT"},
        {"If_Modified_Since": "Sunday, 09-Sep-01 01:46:40 GMT"},
    ):
        answer = connection.get(b"/files/text.txt", **headers)
        assert (answer.code, answer.body) == (304, b"")
        assert b"content-length" not in answer.headers


def test_a_client_that_has_another_version_is_sent_the_file(tree: Path) -> None:
    for headers in (
        {"If_None_Match": '"x"'},
        {"If_None_Match": '"x"', "If_Modified_Since": "Sun, 09 Sep 2001 01:46:40 GMT"},
        {"If_Modified_Since": "Sun, 09 Sep 2001 01:46:39 GMT"},
        {"If_Modified_Since": "yesterday"},
    ):
        assert served(tree).get(b"/files/text.txt", **headers).code == 200


def test_a_condition_that_fails_is_answered_with_412(tree: Path) -> None:
    for headers in ({"If_Match": '"x"'}, {"If_Unmodified_Since": "Sun, 09 Sep 2001 01:46:39 GMT"}):
        assert served(tree).get(b"/files/text.txt", **headers).code == 412


@pytest.mark.parametrize(
    ("asked", "content_range", "body"),
    [
        ("bytes=0-9", b"bytes 0-9/100", TEXT[:10]),
        ("bytes=95-", b"bytes 95-99/100", TEXT[95:]),
        ("bytes=-5", b"bytes 95-99/100", TEXT[95:]),
        ("bytes=-1000", b"bytes 0-99/100", TEXT),
        ("bytes=90-1000", b"bytes 90-99/100", TEXT[90:]),
        ("bytes=99-99", b"bytes 99-99/100", b"9"),
        ("Bytes = 0-0, ", b"bytes 0-0/100", b"0"),
        ("bytes=0-0,200-", b"bytes 0-0/100", b"0"),
    ],
)
def test_one_range_is_answered_with_206(tree: Path, asked: str, content_range: bytes, body: bytes) -> None:
    answer = served(tree).get(b"/files/text.txt", Range=asked)
    assert (answer.code, answer.body) == (206, body)
    assert answer.headers[b"content-range"] == content_range
    assert answer.headers[b"content-type"] == b"text/plain"


def test_several_ranges_are_parts_of_one_answer(tree: Path) -> None:
    answer = served(tree).get(b"/files/text.txt", Range="bytes=50-52, 0-1, 200-, -1")
    assert answer.code == 206
    kind, _, boundary = answer.headers[b"content-type"].partition(b"; boundary=")
    assert kind == b"multipart/byteranges"
    before, *parts, end = answer.body.split(b"\r\n--" + boundary)
    assert (before, end) == (b"", b"--\r\n")
    assert parts == [
        b"\r\nContent-Type: text/plain\r\nContent-Range: bytes %b/100\r\n\r\n%b" % part
        for part in ((b"50-52", b"012"), (b"0-1", b"01"), (b"99-99", b"9"))
    ]


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=200-300", "bytes=-0", "bytes=100-,200-"])
def test_a_range_after_the_end_is_answered_with_416(tree: Path, asked: str) -> None:
    answer = served(tree).get(b"/files/text.txt", Range=asked)
    assert answer.code == 416
    assert answer.headers[b"content-range"] == b"bytes */100"


@pytest.mark.parametrize(
    "asked",
    [
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=5-1",
        "bytes=1-2-3",
        "bytes=+1-2",
        "lines=1-2",
        "bytes=1",
    ],
)
def test_a_malformed_range_is_logged_and_the_whole_file_is_sent(
    tree: Path, asked: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = served(tree).get(b"/files/text.txt", Range=asked)
    assert (answer.code, answer.body) == (200, TEXT)
    assert asked in caplog.text


@pytest.mark.parametrize("asked", ["bytes=" + "0-," * 60, "bytes=0-99,0-99"])
def test_ranges_that_are_more_than_the_file_are_answered_with_the_file(tree: Path, asked: str) -> None:
    assert served(tree).get(b"/files/text.txt", Range=asked).body == TEXT


def test_a_range_of_an_older_file_is_answered_with_the_new_one(tree: Path) -> None:
    connection = served(tree)
    tag = connection.get(b"/files/text.txt").headers[b"etag"].decode()
    assert connection.get(b"/files/text.txt", Range="bytes=0-0", If_Range=tag).code == 206
    assert connection.get(b"/files/text.txt", Range="bytes=0-0", If_Range='"old"').code == 200


@given(first=st.integers(0, 120), last=st.integers(0, 120))
@settings(max_examples=30)
def test_each_range_has_the_bytes_of_the_file(first: int, last: int) -> None:
    # the file of this module: the fixture cannot be used with @given
    data = Path(__file__).read_bytes()
    answer = alone(File(__file__)).get(b"/", Range=f"bytes={first}-{last}")
    expected = data[first : last + 1] if first <= last else data
    assert (answer.code, answer.body) == (206 if first <= last else 200, expected)


# --- directories


def test_a_directory_has_its_index(tree: Path) -> None:
    answer = served(tree).get(b"/files/sub/")
    assert (answer.code, answer.body) == (200, b"index")


def test_a_directory_without_a_slash_is_redirected(tree: Path) -> None:
    answer = served(tree).get(b"/files/sub")
    assert answer.code == 302
    assert answer.headers[b"location"] == b"/files/sub/"


def test_a_redirection_never_leads_to_another_host(tree: Path) -> None:
    (tree / "evil.example").mkdir()
    assert alone(File(tree)).get(b"//evil.example").headers[b"location"] == b"/evil.example/"


def test_a_directory_without_an_index_is_forbidden(tree: Path) -> None:
    assert served(tree).get(b"/files/").code == 403


def test_a_directory_is_listed_if_that_is_wanted(tree: Path) -> None:
    (tree / "<b>&.txt").write_bytes(b"x" * 1234)
    page = File(tree)
    page.lists_directories = True
    answer = Connection(page).get(b"/")
    body = answer.body.decode()
    assert answer.headers[b"content-type"] == b"text/html; charset=utf-8"
    assert '<a href="./%3Cb%3E%26.txt">&lt;b&gt;&amp;.txt</a></td><td>1,234</td><td>text/plain' in body
    assert '<a href="./sub/">sub/</a>' in body


def test_the_names_and_the_files_of_a_directory_are_in_order(tree: Path) -> None:
    names = ["empty", "page.html", "sub", "text.txt"]
    assert File(tree).list_names() == names
    assert [os.path.basename(file.path) for file in File(tree).list_entities()] == names
    assert File(tree / "empty").list_names() == []


def test_an_ending_can_be_left_out_if_it_is_ignored(tree: Path) -> None:
    page = File(tree, ignored_exts=[".html"])
    assert Connection(page).get(b"/page").body == b"<p>page</p>"
    assert Connection(page).get(b"/text").code == 404
    page.ignore_ext("*")
    assert Connection(page).get(b"/text").body == TEXT


def test_the_pages_for_errors_can_be_replaced(tree: Path) -> None:
    page = File(tree)
    page.child_not_found = Data(b"not here", "text/plain")
    page.forbidden = Data(b"not for you", "text/plain")
    assert Connection(page).get(b"/nothing").body == b"not here"
    assert Connection(page).get(b"/sub/nothing").body == b"not here"
    assert Connection(page).get(b"/").body == b"not for you"


# --- paths that lead nowhere


@pytest.mark.parametrize(
    "path",
    [
        b"/files/nothing",
        b"/files/text.txt/",
        b"/files/text.txt/more",
        b"/files/../secret.txt",
        b"/files/%2e%2e/secret.txt",
        b"/files/..%2fsecret.txt",
        b"/files/sub/../../secret.txt",
        b"/files/..\\secret.txt",
        b"/files/..%5csecret.txt",
        b"/files/sub/..%5c..%5csecret.txt",
        b"/files/./text.txt",
        b"/files/%2e/text.txt",
        b"/files//etc/passwd",
        b"/files/%2fetc%2fpasswd",
        b"/files/text.txt%00",
        b"/files/%00",
        b"/files/%c0%ae%c0%ae/secret.txt",
        b"/files/%ff",
        b"/files/%252e%252e/secret.txt",
        b"/files/" + b"a" * 300,
        b"/files/out",
        b"/files/out-of-root",
        b"/files/out-by-directory/secret.txt",
        b"/files/loop",
        b"/files/dangling",
        b"/files/pipe",
    ],
)
def test_a_path_that_leads_nowhere_or_out_of_the_tree_is_not_found(tree: Path, path: bytes) -> None:
    (tree / "out").symlink_to("../secret.txt")
    (tree / "out-of-root").symlink_to("../root-secret")
    (tree / "out-by-directory").symlink_to("..")
    (tree / "loop").symlink_to("loop")
    (tree / "dangling").symlink_to("nothing")
    os.mkfifo(tree / "pipe")
    answer = served(tree).get(path)
    assert answer.code == 404
    assert b"secret" not in answer.body.replace(b"secret.txt", b"")


def test_a_link_that_stays_in_the_tree_is_followed(tree: Path) -> None:
    (tree / "inside").symlink_to("sub/index.html")
    assert served(tree).get(b"/files/inside").body == b"index"


def test_the_root_itself_may_be_a_link(tree: Path) -> None:
    (tree.parent / "link").symlink_to(tree)
    (tree / "inside").symlink_to("text.txt")
    connection = Connection(File(tree.parent / "link"))
    assert connection.get(b"/inside").body == TEXT


def test_a_name_that_is_no_utf_8_is_neither_found_nor_listed(tree: Path) -> None:
    os.close(os.open(os.path.join(os.fsencode(tree), b"\xff.txt"), os.O_CREAT))
    assert served(tree).get(b"/files/%ff.txt").code == 404
    assert len(File(tree).list_names()) == 4


@given(path=st.lists(st.sampled_from([b"..", b".", b"%2e", b"/", b"%2f", b"\\", b"%5c", b"root", b"%00"])))
@settings(max_examples=50)
def test_no_path_leads_out_of_the_tree(path: list[bytes]) -> None:
    here = Path(__file__).parent
    answer = Connection(File(here)).get(b"/" + b"".join(path) + b"/../conftest.py")
    assert answer.code in (302, 403, 404)


# --- compressed neighbours


def test_a_client_that_takes_gzip_is_sent_the_compressed_neighbour(tree: Path) -> None:
    (tree / "text.txt.gz").write_bytes(gzip.compress(TEXT))
    connection = served(tree)
    answer = connection.get(b"/files/text.txt", Accept_Encoding="br, gzip")
    assert gzip.decompress(answer.body) == TEXT
    assert answer.headers[b"content-type"] == b"text/plain"
    assert answer.headers[b"content-encoding"] == b"gzip"
    assert answer.headers[b"vary"] == b"Accept-Encoding"
    plain = connection.get(b"/files/text.txt", Accept_Encoding="gzip;q=0")
    assert (plain.body, plain.headers[b"vary"]) == (TEXT, b"Accept-Encoding")
    assert plain.headers[b"etag"] != answer.headers[b"etag"]
    assert connection.get(b"/files/text.txt", Accept_Encoding="gzip", Range="bytes=0-0").body == b"0"


def test_a_neighbour_that_is_older_than_the_file_is_not_sent(tree: Path) -> None:
    (tree / "text.txt.gz").write_bytes(gzip.compress(b"old"))
    os.utime(tree / "text.txt.gz", (OLD - 1, OLD - 1))
    assert served(tree).get(b"/files/text.txt", Accept_Encoding="gzip").body == TEXT


def test_a_neighbour_that_is_no_file_of_the_tree_is_not_sent(tree: Path) -> None:
    (tree / "page.html.gz").mkdir()
    (tree / "text.txt.gz").symlink_to("../secret.txt")
    for name, body in ((b"page.html", b"<p>page</p>"), (b"text.txt", TEXT)):
        assert served(tree).get(b"/files/" + name, Accept_Encoding="gzip").body == body


# --- sending


class Recorded(File):
    """A file whose opened objects are recorded."""

    opened: list[BinaryIO]

    def open_for_reading(self) -> BinaryIO:
        self.opened.append(super().open_for_reading())
        return self.opened[-1]


@pytest.fixture
def large(tree: Path) -> Recorded:
    """A file that is sent in several pieces."""
    (tree / "large").write_bytes(TEXT * 3000)
    page = Recorded(tree / "large")
    page.opened = []
    return page


def test_a_large_file_is_complete_and_closed_afterwards(large: Recorded) -> None:
    assert alone(large).get(b"/").body == TEXT * 3000
    assert large.opened[0].closed


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        (b"HEAD", {}),
        (b"GET", {"If_None_Match": "*"}),
        (b"GET", {"Range": "bytes=0-1"}),
        (b"GET", {"Range": "bytes=1000000-"}),
    ],
)
def test_the_file_is_closed_also_when_it_is_not_sent(
    large: Recorded, method: bytes, headers: dict[str, str]
) -> None:
    alone(large).ask(method, b"/", **headers)
    assert [file.closed for file in large.opened] == [True]


def test_a_large_file_waits_for_a_slow_client_and_is_closed_when_it_goes(large: Recorded) -> None:
    connection = alone(large)
    write = connection.transport.write

    def write_and_pause(data: bytes) -> None:
        write(data)
        producer = connection.transport.producer
        if isinstance(producer, PushProducer):
            producer.pause_producing()

    connection.transport.write = write_and_pause  # type: ignore[assignment, method-assign]
    sent = connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert len(sent) < 2 * PIECE
    producer = connection.transport.producer
    assert producer is not None
    producer.resume_producing()
    assert 0 < len(connection.transport.take()) <= PIECE
    assert not large.opened[0].closed
    connection.channel.connection_lost(ConnectionDone())
    assert large.opened[0].closed


def test_a_file_that_becomes_shorter_while_it_is_sent_is_an_aborted_answer(
    large: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    large.get_file_size = lambda: 500_000  # type: ignore[method-assign]
    connection = alone(large)
    connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert connection.transport.aborted
    assert "Content-Length" in caplog.text
    connection.channel.connection_lost(ConnectionDone())
    assert large.opened[0].closed


def test_what_open_for_reading_returns_is_sent(tree: Path) -> None:
    class Upper(File):
        def open_for_reading(self) -> BinaryIO:
            return BytesIO(b"other bytes")

        def get_file_size(self) -> int:
            return 11

    assert alone(Upper(tree / "text.txt")).get(b"/").body == b"other bytes"


@pytest.mark.parametrize(("error", "code"), [(PermissionError, 403), (FileNotFoundError, 404)])
def test_a_file_that_cannot_be_opened_is_forbidden_or_not_found(
    tree: Path, error: type[OSError], code: int
) -> None:
    class Locked(File):
        def open_for_reading(self) -> BinaryIO:
            raise error

    assert alone(Locked(tree / "text.txt")).get(b"/").code == code


def test_a_file_that_disappears_is_not_found(tree: Path) -> None:
    page = File(tree / "text.txt")
    (tree / "text.txt").unlink()
    assert alone(page).get(b"/").code == 404


def test_a_post_is_answered_with_405(tree: Path) -> None:
    answer = served(tree).ask(b"POST", b"/files/text.txt", b"x")
    assert (answer.code, answer.headers[b"allow"]) == (405, b"GET, HEAD")


def test_pipelined_files_are_sent_one_after_the_other(large: Recorded) -> None:
    sent = alone(large).send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 3)
    assert [len(answer.body) for answer in answers(sent)] == [300_000] * 3
