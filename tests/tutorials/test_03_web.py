"""The walkthrough of the web: the commands, the call tree and the edits have the results on the page."""

import json
import re
import shlex
import socket
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.running import GUARD, ROOT, Server, environment, run, serving, until, until_logged
from tests.tutorials.lessons import broken, call_trees, without_numbers

LESSON = ROOT / "tutorials" / "03_web" / "README.md"
TEXT = LESSON.read_text("utf-8")
CONSOLES = re.findall(r"^```console\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
(BOOK, GREETING, ORDER, LISTEN, ASK, FORM, SHORT, WEB, CHUNKED, OLD, SCRIPT, LATE, MEANWHILE) = CONSOLES
REFUSED = re.findall(r"^\| `(.+?)`(.*?) \| (\d+) \|", TEXT, re.MULTILINE)
LOGGED = [re.sub(r"\d{5} has", "N has", line) for line in re.findall(r"^INFO .*$", TEXT, re.MULTILINE)]
BLOCKED = re.search(r"^WARNING core.engine.watchdog: (.*?)```", TEXT, re.MULTILINE | re.DOTALL)
GUEST_BOOK = "tutorials.03_web.guest_book"


def shown(text: str) -> list[str]:
    """The lines of a text, with one date for all dates."""
    text = re.sub(r"^Date: .*$", "Date: …", text.replace("\r", ""), flags=re.MULTILINE)
    return text.splitlines()


def parted(block: str) -> tuple[str, str, str]:
    """The command of a block, its input and its output."""
    lines = block.splitlines()
    command = lines.pop(0).removeprefix("$ ") if lines[0].startswith("$ ") else ""
    typed = "".join(f"{line[2:]}\n" for line in lines if re.match(r">( |$)", line))
    printed = "".join(f"{line}\n" for line in lines if not re.match(r">( |$)", line))
    return command, typed, printed


class Typed:
    """A command of the page, as a process, with `>` lines as its standard input."""

    def __init__(self, command: str, port: int) -> None:
        command = re.sub(r"127\.0\.0\.1([ :])888\d", rf"127.0.0.1\g<1>{port}", command)
        self._process = subprocess.Popen(
            ["timeout", str(GUARD), *shlex.split(command)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input, self.output = self._process.stdin, self._process.stdout

    def type(self, text: str) -> None:
        """Type lines into the program."""
        self._input.write(text)
        self._input.flush()

    def lines(self, count: int) -> list[str]:
        """The next lines that are printed."""
        return shown("".join(self.output.readline() for _ in range(count)))

    def end(self) -> list[str]:
        """End the input, and return the lines up to the end of the program."""
        self._input.close()
        # `communicate` would leave out the lines that `readline` has buffered.
        return shown(self.output.read())

    def interrupt(self) -> None:
        """End the program with SIGTERM."""
        self._process.terminate()

    def __enter__(self) -> "Typed":
        return self

    def __exit__(self, *error: object) -> None:
        self.interrupt()
        with self._process:
            """Wait for the end, and close the pipes."""


def play(terminal: Typed, block: str) -> None:
    """Type the lines of a block, and check what is printed."""
    _, typed, printed = parted(block)
    terminal.type(typed)
    expected = shown(printed)
    assert terminal.lines(len(expected)) == expected


def result(command: str, port: int) -> list[str]:
    """The output of a command that needs no input."""
    with Typed(command, port) as terminal:
        return terminal.end()


@pytest.fixture(scope="module")
def book() -> Iterator[Server]:
    with serving(GUEST_BOOK, "--port", "0") as server:
        yield server


@pytest.fixture(scope="module")
def web() -> Iterator[Server]:
    with serving("servers.web", "--port", "0") as server:
        yield server


def without_port(line: str) -> str:
    return line.rpartition(":")[0]


def test_the_servers_print_where_they_listen(book: Server, web: Server) -> None:
    for server, block in ((book, BOOK), (web, WEB)):
        assert without_port(server.lines[0]) == without_port(block.splitlines()[1])


def test_questions_typed_with_nc_are_answered_in_order(book: Server) -> None:
    with Typed(parted(GREETING)[0], book.port()) as terminal:
        play(terminal, GREETING)
        play(terminal, ORDER)


@pytest.mark.parametrize(("line", "how", "code"), REFUSED)
def test_a_question_that_is_malformed_is_refused(book: Server, line: str, how: str, code: str) -> None:
    command = "nc 127.0.0.1 8881" if "without `-C`" in how else "nc -C 127.0.0.1 8881"
    with Typed(command, book.port()) as terminal:
        terminal.type(f"{line}\n" + ("\n" if "empty line" in how else ""))
        printed = terminal.lines(5)
        assert printed[0].split()[1] == code
        assert printed[4] == "Connection: close"
    assert len(REFUSED) == 6


def is_listening(port: int) -> bool:
    return f":{port:04X} 00000000:0000 0A" in Path("/proc/net/tcp").read_text()


def test_the_class_can_play_the_server() -> None:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    listen, typed, asked = parted(LISTEN)
    ask, _, answer = parted(ASK)
    for length in ("", "Content-Length: 16\n"):
        with Typed(listen, port) as server:
            until(partial(is_listening, port), lambda: "nc does not listen")
            with Typed(ask.replace("curl", "curl -s -N"), port) as client:  # as in a terminal
                read = server.lines(5)
                assert [re.sub(r"curl.*|:\d+$", "", line) for line in read] == [
                    re.sub(r"curl.*|:\d+$", "", line) for line in shown(asked)
                ]
                server.type(typed.replace("\n", f"\n{length}", 1))
                assert client.lines(1) == shown(answer)
                if not length:
                    server.interrupt()
                assert client.end() == []


def test_the_call_tree_on_the_page_is_the_one_that_the_server_prints() -> None:
    (expected,) = call_trees(LESSON)
    command = ["tutorials.01_echo.call_tree", GUEST_BOOK, "--port", "0", "--log-level", "warning"]
    with serving(*command) as server:
        for _ in range(2):
            with Typed(parted(GREETING)[0], server.port()) as terminal:
                play(terminal, GREETING)

        def printed() -> str:
            lines = server.complaints().splitlines()
            return without_numbers("\n".join(line for line in lines if "Headers" not in line))

        until(lambda: f"\n{expected}\n" in printed(), printed)


@pytest.mark.parametrize("block", [FORM, SHORT], ids=["8", "4"])
def test_a_body_ends_where_its_length_says(book: Server, block: str) -> None:
    with Typed(parted(block)[0], book.port()) as terminal:
        play(terminal, block)


def test_a_body_that_is_too_short_is_waited_for(book: Server) -> None:
    with Typed(parted(FORM)[0], book.port()) as terminal:
        terminal.type(parted(FORM)[1].replace("Length: 8", "Length: 20"))
        terminal.type("0123456789")
        assert terminal.lines(1) == ["HTTP/1.1 302 Found"]


@pytest.mark.parametrize("block", [CHUNKED, OLD], ids=["chunked", "until the end"])
def test_an_answer_without_a_length_is_sent_in_chunks_or_until_the_end(web: Server, block: str) -> None:
    with Typed(parted(block)[0], web.port()) as terminal:
        play(terminal, block)


def commands(block: str) -> list[str]:
    return [part.replace("\\\n>", "") for part in re.findall(r"^\$ ((?:.*\\\n)*.*)$", block, re.MULTILINE)]


def test_a_name_that_is_a_program_comes_back_as_one_when_it_is_not_escaped(tmp_path: Path) -> None:
    enter, look = commands(SCRIPT)
    expected = shown(SCRIPT)[-2:]
    with serving(GUEST_BOOK, "--port", "0") as server:
        assert result(enter, server.port()) == []
        assert "&lt;script&gt;" in result(look, server.port())[1]
    with serving(GUEST_BOOK, "--port", "0", **broken(LESSON, 0, tmp_path)) as server:
        assert result(enter, server.port()) == []
        assert result(look, server.port()) == expected
        assert shown_by_a_browser(server, tmp_path / "profile").endswith("</li>All mine!</body></html>\n")


def shown_by_a_browser(server: Server, profile: Path) -> str:
    """The first page of `server`, as HTML, after its scripts have run in a browser."""
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--dump-dom"]
    command = ["chromium", *flags, f"--user-data-dir={profile}", f"http://127.0.0.1:{server.port()}/"]
    return subprocess.run(command, capture_output=True, text=True, timeout=GUARD, check=True).stdout


def state(server: Server) -> list[str]:
    """The states of the connections to `server`, as the monitor shows them."""
    shown = run("clients.monitor", "--once", "--json", "--connect", feed(server)).stdout
    return [session["state"] for session in json.loads(shown)["sessions"]]


def feed(server: Server) -> str:
    (found,) = Path(environment()["REACTOR_SCHOOL_RUNTIME_DIR"]).glob(f"*{server.process.pid}*")
    return f"unix:{found}"


def ask(block: str, server: Server, directory: Path) -> Typed:
    """Run the command of a block, which writes the page to a file."""
    return Typed(parted(block)[0].replace("-o ", f"-o {directory}/"), server.port())


def seconds(printed: list[str]) -> float:
    """How long a question took, as curl prints it on the page and in the test."""
    found = re.fullmatch(r"200 after (\d+\.\d+) s", printed[0])
    assert found is not None, printed
    return float(found[1])


def test_others_are_served_while_an_answer_is_late(web: Server, tmp_path: Path) -> None:
    with web.connect() as browser, ask(LATE, web, tmp_path) as late:
        browser.send(b"GET /delayed HTTP/1.1\r\nHost: school\r\n\r\n")
        until(lambda: state(web).count("GET /delayed") == 2, lambda: str(state(web)))
        with ask(MEANWHILE, web, tmp_path) as other:
            assert seconds(other.end()) < 4
        assert seconds(late.end()) >= 5
        until(lambda: "idle" in state(web), lambda: str(state(web)))  # the browser keeps its connection
    assert seconds(parted(LATE)[2].splitlines()) >= 5
    assert seconds(parted(MEANWHILE)[2].splitlines()) < 1


def test_a_page_that_sleeps_makes_all_visitors_wait(tmp_path: Path) -> None:
    assert BLOCKED is not None
    with serving("servers.web", "--port", "0", **broken(LESSON, 1, tmp_path)) as server:
        with ask(LATE, server, tmp_path):
            until_logged(server, lambda log: "has blocked" in log)
            with ask(MEANWHILE, server, tmp_path) as other:
                assert seconds(other.end()) >= 3
        expected = re.sub(r"[\d.]+ s", "N s", re.sub(r":\d+", "", BLOCKED[1])).removeprefix("servers/web/")
        assert expected in re.sub(r"[\d.]+ s", "N s", re.sub(r":\d+", "", server.stderr()))


def leave(server: Server, command: str, after: int) -> None:
    """Ask with `command`, and press Ctrl-C after so many lines, or when the page waits."""
    with Typed(command, server.port()) as visitor:
        if after:
            visitor.lines(after)
        else:
            until(lambda: "GET /delayed" in state(server), server.stderr)


def test_the_log_tells_of_visitors_who_leave(web: Server) -> None:
    leave(web, "curl -s http://127.0.0.1:8880/delayed", 0)
    leave(web, "curl -s -N http://127.0.0.1:8880/interrupted", 4)
    delayed, interrupted = LOGGED
    until_logged(web, lambda log: interrupted in re.sub(r"\d{4,5} has", "N has", log))
    assert delayed in re.sub(r"\d{4,5} has", "N has", web.stderr())


def test_a_page_that_forgets_its_visitor_fails_later(tmp_path: Path) -> None:
    expected = re.search(r"^RuntimeError: .*$", TEXT, re.MULTILINE)
    assert expected is not None
    server = Server("servers.web", "--port", "0", env=broken(LESSON, 2, tmp_path))
    try:
        leave(server, "curl -s http://127.0.0.1:8880/delayed", 0)
        until_logged(server, lambda log: f"{expected[0]}\n" in log)
        with ask(MEANWHILE, server, tmp_path) as other:
            assert seconds(other.end()) < 4
    finally:
        server.close()
