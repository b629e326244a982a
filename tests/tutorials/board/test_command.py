"""The command `board` and a learner's `watch`, as they are typed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.testing import Clock, StringTransport
from tests.running import GUARD, ROOT, environment
from tutorials.board.command import Announcer, announce
from tutorials.board.roster import Roster
from tutorials.board.service import BoardFactory
from tutorials.board.wire import message

NEVER_TEXTUAL = "import sys, tutorials.__main__; print('textual' in sys.modules, 'rich' in sys.modules)"


def start(directory: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start `python -m tutorials ARGUMENT …`; nothing is typed."""
    return subprocess.Popen(
        [sys.executable, "-m", "tutorials", *arguments],
        cwd=directory,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(PYTHONPATH=str(ROOT), PYTHONUNBUFFERED="1"),
    )


def read_until(process: subprocess.Popen[str], words: str) -> list[str]:
    """The lines that a process prints, up to the one that begins with `words`."""
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or not lines[-1].startswith(words):
        line = process.stdout.readline()
        assert line, lines
        lines.append(line.rstrip("\n"))
    return lines


@pytest.fixture
def board(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A board without a screen."""
    process = start(tmp_path, "board", "--port", "0", "--word", "tulip")
    yield process
    process.kill()
    process.communicate(timeout=GUARD)


def test_a_learner_is_on_the_board_and_reads_the_teachers_line(
    board: subprocess.Popen[str], tmp_path: Path
) -> None:
    port = read_until(board, "type a line")[0].rpartition(":")[2]
    start(tmp_path, "next", "2").communicate(timeout=GUARD)
    learner = start(tmp_path, "watch", "--board", f"127.0.0.1:{port}", "--name", "ann\x1b", "--word", "tulip")
    try:
        shown = read_until(learner, "You are on the board")
        assert shown[0].startswith("The board at tcp:127.0.0.1:")
        assert "At present it gets: lesson 2, begun" in shown
        read_until(board, "ann␛: lesson 2, step 2, not yet")
        assert board.stdin is not None
        board.stdin.write("five minutes left\n")
        board.stdin.flush()
        read_until(learner, "Your teacher: five minutes left")
        once = start(tmp_path, "board", "--port", port, "--word", "tulip", "--once", "--json")
        (row,) = json.loads(once.communicate(timeout=GUARD)[0])["learners"]
        assert (row["name"], row["lesson"], row["result"], row["tries"]) == ("ann␛", 2, "not yet", 1)
        learner.send_signal(signal.SIGINT)
        assert learner.wait(GUARD) == 0
        read_until(board, "ann␛ has left")
        board.send_signal(signal.SIGINT)
        assert board.wait(GUARD) == 0
    finally:
        learner.kill()
        learner.communicate(timeout=GUARD)


def test_once_without_a_board_or_with_a_wrong_word_says_what_to_do(
    board: subprocess.Popen[str], tmp_path: Path
) -> None:
    port = read_until(board, "type a line")[0].rpartition(":")[2]
    wrong = start(tmp_path, "board", "--port", port, "--once", "--json")
    out, err = wrong.communicate(timeout=GUARD)
    assert (wrong.returncode, out) == (1, "")
    assert "the word is wrong" in err
    taken = start(tmp_path, "board", "--port", port)
    assert "the port is in use" in taken.communicate(timeout=GUARD)[1]
    assert taken.returncode == 1
    board.send_signal(signal.SIGTERM)
    assert board.wait(GUARD) == 0
    none = start(tmp_path, "board", "--port", port, "--once", "--json")
    assert "there is no board at" in none.communicate(timeout=GUARD)[1]
    assert none.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--board", "127.0.0.1:1"], "--board and --name go together"),
        (["--board", "127.0.0.1:1", "--name", "x" * 25], "a name has 1 to 24 characters"),
    ],
)
def test_watch_needs_an_address_and_a_name(tmp_path: Path, arguments: list[str], words: str) -> None:
    start(tmp_path, "next", "2").communicate(timeout=GUARD)
    process = start(tmp_path, "watch", *arguments)
    assert words in process.communicate(timeout=GUARD)[1]
    assert process.returncode == 2


def test_the_commands_of_a_learner_load_no_textual() -> None:
    result = subprocess.run(
        [sys.executable, "-c", NEVER_TEXTUAL], cwd=ROOT, capture_output=True, text=True, env=os.environ
    )
    assert result.stdout == "False False\n"


def test_a_typed_line_is_for_all_unless_a_learners_name_is_in_front() -> None:
    clock = Clock()
    board = BoardFactory(Roster(clock), "", clock)
    transports = {}
    for name in ("ann", "bob"):
        connection = board.build_protocol(StringTransport.peer)
        assert connection is not None
        transports[name] = StringTransport()
        connection.make_connection(transports[name])
        connection.data_received(message(hello=name, word="") + b"\n")
        transports[name].take()
    assert announce(board, "bob: look at step 3") == "(sent to bob)"
    assert announce(board, "cem: who is this?") == "(sent to 2 learners)"
    assert transports["ann"].lines() == ['{"line": "cem: who is this?"}']
    Announcer(board).line_received(b"  ")
    assert transports["bob"].lines() == ['{"line": "look at step 3"}', '{"line": "cem: who is this?"}']
