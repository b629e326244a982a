"""The command `clients.fetch`, from outside."""

import gzip
import json
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.certificates import Certificates
from tests.clients.fetch.web_server import held_server, page, web_server
from tests.clients.running import client, refusing_port, terminal
from tests.running import GUARD, ROOT, environment, until

BODY = bytes(range(256)) * 1000


def whole(request: bytes) -> bytes:
    """A server with ranges and a tag, as most are: it answers If-Range, too."""
    return ranged(request, BODY, '"v1"')


def ranged(request: bytes, body: bytes, tag: str) -> bytes:
    found = re.search(rb"\r\nRange: bytes=(\d+)-\r\n", request)
    condition = re.search(rb"\r\nIf-Range: ([^\r]*)\r\n", request)
    if found is None or (condition is not None and condition[1].decode() != tag):
        return page(body, f"ETag: {tag}")
    first = int(found[1])
    if first >= len(body):
        return page(b"no", f"Content-Range: bytes */{len(body)}", code=416)
    where = f"Content-Range: bytes {first}-{len(body) - 1}/{len(body)}"
    return page(body[first:], where, f"ETag: {tag}", code=206)


# --- to standard output


@pytest.mark.parametrize("engine", ["poll", "asyncio", "uvloop"])
def test_in_a_pipe_it_writes_the_body_and_nothing_else(engine: str) -> None:
    with web_server(page(BODY)) as server:
        result = client("fetch", server.url, "--reactor", engine)
    assert (result.returncode, result.stdout, result.stderr) == (0, BODY, b"")
    assert server.targets == ["GET /"]
    assert server.header("User-Agent") == "reactor-school-fetch"


def test_a_packed_body_is_unpacked_and_a_redirect_is_followed() -> None:
    def answer(request: bytes) -> bytes:
        if b"GET / " in request:
            return page(b"gone", "Location: /there", code=302)
        return page(gzip.compress(BODY), "Content-Encoding: gzip")

    with web_server(answer) as server:
        result = client("fetch", server.url)
    assert (result.returncode, result.stdout, result.stderr) == (0, BODY, b"")
    assert server.targets == ["GET /", "GET /there"]


def test_a_body_that_ends_with_the_connection_is_complete() -> None:
    with web_server(b"HTTP/1.0 200 OK\r\n\r\nhello") as server:
        result = client("fetch", server.url)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"hello", b"")


def test_flags_make_the_request(tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(BODY)
    with web_server(page(b"ok")) as server:
        posted = client(
            "fetch",
            server.url + "a?b=c",
            "--data",
            "x=1&y=ü",
            "--header",
            "X-One: 1",
            "--header",
            "Accept: x",
        )
        put = client(
            "fetch",
            server.url,
            "--method",
            "PUT",
            "--data",
            f"@{tmp_path}/body",
            "--header",
            "Content-Type: x/y",
        )
    assert (posted.returncode, put.returncode, posted.stdout) == (0, 0, b"ok")
    assert server.targets == ["POST /a?b=c", "PUT /"]
    assert server.requests[0].endswith("\r\n\r\nx=1&y=ü".encode())
    assert (server.header("X-One", 0), server.header("Accept", 0)) == ("1", "x")
    assert server.header("Content-Type", 0) == "application/x-www-form-urlencoded"
    assert server.requests[1].endswith(b"\r\n\r\n" + BODY)
    assert server.header("Content-Type", 1) == "x/y"


def test_letters_beyond_ascii_are_quoted_and_http_is_the_default_scheme() -> None:
    with web_server(page(b"ok")) as server:
        client("fetch", server.url.removeprefix("http://") + "straße x")
    assert server.targets == ["GET /stra%C3%9Fe%20x"]


def test_an_http_error_is_a_page_and_with_fail_status_22() -> None:
    with web_server(page(b"not here", code=404)) as server:
        shown, failed = client("fetch", server.url), client("fetch", server.url, "--fail")
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, b"not here", b"")
    assert (failed.returncode, failed.stdout) == (22, b"")
    assert failed.stderr.decode() == f"fetch: {server.url}: the server answers 404 Phrase\n"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (page(b"hel", length=5), "a part of the body is missing: "),
        (b"", "the server sent no answer: connection was closed cleanly; is it a web server"),
        (
            b"Take it easy.\r\n",
            "the answer is not HTTP, or ended in its head: connection was closed cleanly; is it a",
        ),
        (b"SSH-2.0-x\x1b[2J\r\n\r\n", "the answer is not HTTP: illegal status line: "),
        (page(b"", "Location: /", code=301), "the server redirects more than 20 times; the owner"),
        (page(b"", "Location: ftp://host/", code=301), "the scheme 'ftp' is not supported"),
        (page(b"plain", "Content-Encoding: gzip"), "a part of the body is missing: the gzip data is damaged"),
    ],
)
def test_a_failure_is_one_line_and_status_1(answer: bytes, problem: str) -> None:
    with web_server(answer) as server:
        result = client("fetch", server.url)
    assert result.returncode == 1
    assert result.stderr.decode().startswith(f"fetch: {server.url}: {problem}")
    assert result.stderr.count(b"\n") == 1
    assert b"\x1b" not in result.stderr


def test_a_redirected_post_says_where_to() -> None:
    with web_server(page(b"", "Location: /other", code=307)) as server:
        result = client("fetch", server.url, "--data", "x")
    problem = "the server redirects this POST to /other, and a body is sent only once"
    assert result.stderr.decode() == f"fetch: {server.url}: {problem}; fetch the URL that it names\n"


def test_a_server_that_is_not_there_is_one_line() -> None:
    with refusing_port() as port:
        result = client("fetch", url := f"http://127.0.0.1:{port}/")
    problem = f"fetch: {url}: Connection refused; is the server running?\n"
    assert (result.returncode, result.stdout, result.stderr.decode()) == (1, b"", problem)


def test_a_server_that_says_nothing_is_given_up() -> None:
    with held_server(b"x") as (server, _):
        result = client("fetch", server.url + "x", "--timeout", "0.2")
    assert result.returncode == 1
    assert b": nothing came from the server for 0.2 s; try again, or wait longer" in result.stderr


@pytest.mark.parametrize(
    "flags",
    [
        ["ftp://host/"],
        ["http:///"],
        ["http://ann:secret@host/"],
        ["http://host/", "--method", "GE T"],
        ["http://host/", "--header", "no colon"],
        ["http://host/", "--header", "a b: c"],
        ["http://host/", "--continue"],
        ["http://host/", "--continue", "--output", "x", "--data", "y"],
        ["http://host/", "--insecure", "--ca", "x"],
        ["http://host/", "--timeout", "-1"],
    ],
)
def test_wrong_flags_exit_2(flags: list[str]) -> None:
    result = client("fetch", *flags)
    assert result.returncode == 2
    assert result.stderr.count(b"\n") == 1


def test_data_can_come_from_standard_input() -> None:
    with web_server(page(b"ok")) as server:
        result = client("fetch", server.url, "--data", "@-", said=b"typed")
    assert (result.returncode, result.stdout) == (0, b"ok")
    assert server.requests[0].endswith(b"\r\n\r\n5\r\ntyped\r\n0\r\n\r\n")


def test_data_that_cannot_be_read_is_one_line() -> None:
    result = client("fetch", "http://host/", "--data", "@/no/such/file")
    assert (result.returncode, result.stderr) == (
        1,
        b"fetch: cannot read /no/such/file: No such file or directory\n",
    )


# --- by https


def test_a_page_is_fetched_by_https_from_a_trusted_server_only(certificates: Certificates) -> None:
    with web_server(page(BODY), certificates.for_server()) as server:
        trusted = client("fetch", server.url, "--ca", str(certificates.ca))
        strange = client("fetch", server.url)
        insecure = client("fetch", server.url, "--insecure")
    assert (trusted.returncode, trusted.stdout, trusted.stderr) == (0, BODY, b"")
    assert (insecure.returncode, insecure.stdout, insecure.stderr) == (0, BODY, b"")
    assert (strange.returncode, strange.stdout, len(server.requests)) == (1, b"", 2)
    assert strange.stderr.startswith(f"fetch: {server.url}: the certificate is not trusted (".encode())
    assert strange.stderr.endswith(b"; trust its authority with --ca FILE\n")


def test_a_terminal_is_warned_that_nothing_is_verified(certificates: Certificates) -> None:
    server_of = web_server(page(b"ok"), certificates.for_server())
    with server_of as server, terminal("fetch", server.url, "--insecure") as screen:
        screen.until(lambda: "ok" in screen.raw)
        screen.until(lambda: "fetch: warning: --insecure: whoever is in between can read" in screen.raw)
        assert screen.wait() == 0


def test_a_body_that_ends_without_the_end_of_tls_is_not_complete(certificates: Certificates) -> None:
    with web_server(b"HTTP/1.0 200 OK\r\n\r\nhello", certificates.for_server()) as server:
        result = client("fetch", server.url, "--ca", str(certificates.ca))
    assert (result.returncode, result.stdout) == (1, b"hello")
    assert b": the response ended early: " in result.stderr


def test_the_file_of_an_authority_has_to_be_one() -> None:
    result = client("fetch", "https://localhost/", "--ca", "/no/such/file")
    assert result.returncode == 1
    assert result.stderr.startswith(
        b"fetch: cannot read the authority's certificate /no/such/file: No such file"
    )


# --- to a file


def test_a_file_is_stored_and_nothing_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"older, and longer than the new one" * 10_000)
    with web_server(whole) as server:
        result = client("fetch", server.url, "--output", str(path))
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    assert path.read_bytes() == BODY
    assert os.listdir(tmp_path) == ["file"]


def test_an_interrupted_download_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with web_server(page(BODY[:1000], 'ETag: "v1"', length=len(BODY))) as server:
        cut = client("fetch", server.url, "--output", str(path))
        assert path.read_bytes() == BODY[:1000]
        server.answer = whole
        rest = client("fetch", server.url, "--output", str(path), "--continue")
    assert cut.returncode == 1
    assert cut.stderr.endswith(b"; go on with --continue\n")
    assert (rest.returncode, rest.stdout, rest.stderr) == (0, b"", b"")
    assert (server.header("Range"), server.header("If-Range")) == ("bytes=1000-", '"v1"')
    assert path.read_bytes() == BODY
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("minds", [True, False])
def test_a_file_that_the_server_has_changed_is_fetched_anew(tmp_path: Path, minds: bool) -> None:
    """Also from a server that sends the range in spite of If-Range."""
    path = tmp_path / "file"
    changed = BODY[::-1]

    def answer(request: bytes) -> bytes:
        return ranged(request if minds else request.replace(b"If-Range", b"X"), changed, '"v2"')

    with web_server(page(BODY[:1000], 'ETag: "v1"', length=len(BODY))) as server:
        client("fetch", server.url, "--output", str(path))
        server.answer = answer
        result = client("fetch", server.url, "--output", str(path), "--continue")
    assert (result.returncode, path.read_bytes()) == (0, changed)


def test_a_part_from_elsewhere_goes_on_without_a_condition(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(BODY[:1000])
    with web_server(whole) as server:
        result = client("fetch", server.url, "--output", str(path), "--continue")
    assert (result.returncode, path.read_bytes()) == (0, BODY)
    assert (server.header("Range"), server.header("If-Range")) == ("bytes=1000-", None)


def test_a_server_without_ranges_sends_all(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(BODY[:1000])
    with web_server(page(BODY)) as server:
        result = client("fetch", server.url, "--output", str(path), "--continue")
    assert (result.returncode, path.read_bytes(), len(server.requests)) == (0, BODY, 1)


@pytest.mark.parametrize(("kept", "requests"), [(BODY, 1), (BODY + b"more", 2)])
def test_a_complete_file_stays_and_one_that_is_too_long_is_fetched_anew(
    tmp_path: Path, kept: bytes, requests: int
) -> None:
    path = tmp_path / "file"
    path.write_bytes(kept)
    with web_server(whole) as server:
        result = client("fetch", server.url, "--output", str(path), "--continue")
    assert (result.returncode, result.stderr, path.read_bytes()) == (0, b"", BODY)
    assert len(server.requests) == requests


@pytest.mark.parametrize("answer", ["Content-Range: bytes 7-9/10", "Content-Range: nonsense", "X: y"])
def test_a_range_that_does_not_fit_is_not_appended(tmp_path: Path, answer: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(BODY[:1000])
    wrong = page(b"wrong", answer, code=206)
    with web_server(lambda request: wrong if b"Range" in request else page(BODY)) as server:
        result = client("fetch", server.url, "--output", str(path), "--continue")
    assert (result.returncode, path.read_bytes()) == (0, BODY)


@pytest.mark.parametrize(("flags", "status"), [([], 1), (["--fail"], 22)])
def test_an_error_page_does_not_touch_the_part_that_is_there(
    tmp_path: Path, flags: list[str], status: int
) -> None:
    path = tmp_path / "file"
    path.write_bytes(BODY[:1000])
    with web_server(page(b"not here", code=404)) as server:
        result = client("fetch", server.url, "--output", str(path), "--continue", *flags)
    assert (result.returncode, path.read_bytes()) == (status, BODY[:1000])
    assert result.stderr.decode().endswith(f"the server answers 404 Phrase; {path} is as it was\n")


def test_a_download_can_be_interrupted_twice(tmp_path: Path) -> None:
    """A partial response may leave out what the first one has told (RFC 9110, section 15.3.7)."""
    path, date = tmp_path / "file", "Fri, 27 Nov 2026 01:02:03 GMT"
    where = f"Content-Range: bytes 1000-{len(BODY) - 1}/{len(BODY)}"
    with web_server(page(BODY[:1000], f"Last-Modified: {date}", length=len(BODY))) as server:
        client("fetch", server.url, "--output", str(path))
        server.answer = lambda _: page(BODY[1000:2000], where, code=206, length=len(BODY) - 1000)
        client("fetch", server.url, "--output", str(path), "--continue")
        assert path.read_bytes() == BODY[:2000]
        server.answer = lambda request: ranged(request, BODY, date)
        client("fetch", server.url, "--output", str(path), "--continue")
    assert (server.header("Range"), server.header("If-Range")) == ("bytes=2000-", date)
    assert path.read_bytes() == BODY


def test_a_packed_download_goes_on_unpacked(tmp_path: Path) -> None:
    """The tag of the packed page says nothing of the unpacked one, but the date does."""
    path, date = tmp_path / "file", "Last-Modified: Fri, 27 Nov 2026 01:02:03 GMT"
    packed = gzip.compress(BODY[:1000]) + gzip.compress(BODY[1000:])
    first = page(
        packed[: len(gzip.compress(BODY[:1000]))],
        date,
        'ETag: "gz"',
        "Content-Encoding: gzip",
        length=len(packed),
    )
    with web_server(first) as server:
        client("fetch", server.url, "--output", str(path))
        assert path.read_bytes() == BODY[:1000]
        server.answer = whole
        client("fetch", server.url, "--output", str(path), "--continue")
    assert server.header("If-Range") == date.partition(": ")[2]
    assert server.header("Accept-Encoding") is None


def test_a_file_that_cannot_be_opened_is_one_line() -> None:
    with web_server(page(BODY)) as server:
        result = client("fetch", server.url, "--output", "/no/such/directory/file")
    problem = b"fetch: cannot write /no/such/directory/file: No such file or directory\n"
    assert (result.returncode, result.stderr) == (1, problem)


def test_a_full_disk_is_one_line() -> None:
    with web_server(page(BODY)) as server:
        result = client("fetch", server.url, "--output", "/dev/full")
    assert (result.returncode, result.stderr) == (
        1,
        b"fetch: cannot write /dev/full: No space left on device\n",
    )


def test_without_a_connection_the_file_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"kept")
    with refusing_port() as port:
        client("fetch", f"http://127.0.0.1:{port}/", "--output", str(tmp_path / "file"))
    assert (tmp_path / "file").read_bytes() == b"kept"


# --- in a terminal


def test_a_terminal_shows_text_and_no_control_characters() -> None:
    with (
        web_server(page("gr\u00fc\u00dfe \x1b]0;owned\x07\n".encode() * 2)) as server,
        terminal("fetch", server.url) as screen,
    ):
        assert screen.wait() == 0
        screen.until_line("gr\u00fc\u00dfe \u241b]0;owned\u2407")
    assert "\x1b" not in screen.raw


def test_a_terminal_gets_no_binary_data() -> None:
    with web_server(page(BODY)) as server, terminal("fetch", server.url) as screen:
        screen.until_line("--output FILE")
        assert screen.wait() == 1
    assert "\0" not in screen.raw


def test_a_terminal_shows_a_bar_and_removes_it(tmp_path: Path) -> None:
    path = str(tmp_path / "f")
    with held_server(BODY) as (server, release), terminal("fetch", server.url, "--output", path) as screen:
        screen.until(lambda: " 50%" in screen.raw)
        assert "[####" in screen.raw
        release.set()
        assert screen.wait() == 0
        screen.until(lambda: screen.raw.endswith("\r\x1b[K"))
    assert Path(path).read_bytes() == BODY


def test_a_failure_removes_the_bar_first(tmp_path: Path) -> None:
    command = ["fetch", "--output", str(tmp_path / "f"), "--timeout", "1"]
    with held_server(BODY) as (server, _), terminal(*command, server.url) as screen:
        screen.until_line("; go on with --continue")
        assert screen.wait() == 1
    assert "\r\x1b[Kfetch: http://" in screen.raw


def test_a_terminal_says_how_to_go_on_after_ctrl_c(tmp_path: Path) -> None:
    path = str(tmp_path / "f")
    with held_server(BODY) as (server, _), terminal("fetch", server.url, "--output", path) as screen:
        screen.until(lambda: " 50%" in screen.raw)
        screen.keys("\x03")
        screen.until(
            lambda: screen.raw.endswith(f"\r\x1b[Kfetch: {path} is not complete; go on with --continue\r\n")
        )
        assert screen.wait() == 0


@pytest.mark.parametrize("changes", [{"TERM": "dumb"}, {"NO_COLOR": "1"}])
def test_a_dumb_terminal_shows_no_bar(tmp_path: Path, changes: dict[str, str]) -> None:
    path = str(tmp_path / "f")
    with (
        web_server(page(BODY)) as server,
        terminal("fetch", server.url, "--output", path, **changes) as screen,
    ):
        assert screen.wait() == 0
        assert not screen.has_output()


@contextmanager
def fetching(*command: str) -> Iterator["subprocess.Popen[bytes]"]:
    """The client as a process with pipes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "clients.fetch", *command],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once_and_keeps_what_has_come(tmp_path: Path, number: int) -> None:
    path = tmp_path / "f"
    with (
        held_server(BODY, 'ETag: "v1"') as (server, _),
        fetching(server.url, "--output", str(path)) as process,
    ):
        until(lambda: path.exists() and path.stat().st_size == len(BODY) // 2, lambda: "the file")
        process.send_signal(number)
        assert process.wait(GUARD) == 0
        assert process.communicate() == (b"", b"")
    assert path.read_bytes() == BODY[: len(BODY) // 2]
    assert json.loads(path.with_name("f.fetch").read_bytes())["etag"] == '"v1"'


def test_a_signal_ends_it_while_its_pipe_is_not_read() -> None:
    with web_server(page(bytes(10_000_000))) as server, fetching(server.url) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        process.terminate()
        assert process.wait(GUARD) == 0
        assert process.communicate()[1] == b""


def test_a_signal_ends_it_while_its_input_has_no_data() -> None:
    with web_server(page(b"ok")) as server, fetching(server.url, "--data", "@-") as process:
        until(lambda: server.connections, lambda: "the connection")
        process.send_signal(signal.SIGINT)
        assert process.wait(GUARD) == 0
        assert process.communicate() == (b"", b"")


def test_a_reader_that_is_slower_than_the_timeout_gets_everything_in_order() -> None:
    body = random.Random(1).randbytes(10_000_000)
    with web_server(page(body)) as server, fetching(server.url, "--timeout", "0.2") as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        assert process.communicate() == (body, b"")
        assert process.returncode == 0


def test_a_reader_that_goes_is_no_failure() -> None:
    with web_server(page(bytes(10_000_000))) as server, fetching(server.url) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        assert (process.wait(GUARD), process.stderr.read()) == (0, b"")
