"""The command `python -m clients.monitor`, without a terminal."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.running import BACK, IN_SHELL, SIZE, terminal
from tests.running import GUARD, ROOT, environment, run, serving


def test_without_a_terminal_there_is_a_hint(tmp_path: Path) -> None:
    done = run("clients.monitor", REACTOR_SCHOOL_RUNTIME_DIR=str(tmp_path))
    assert done.returncode == 2
    assert "--once" in done.stderr
    assert not done.stdout


@pytest.mark.parametrize(
    ("term", "size"), [("dumb", SIZE), ("Unknown", SIZE), ("xterm", "0x0"), ("xterm", "24x0")]
)
def test_where_no_full_screen_can_be_drawn_there_is_a_hint(tmp_path: Path, term: str, size: str) -> None:
    changes = {"TERM": term, "REACTOR_SCHOOL_RUNTIME_DIR": str(tmp_path), "COLUMNS": "", "LINES": ""}
    with terminal("monitor", size=size, **changes) as seen:
        seen.until_line("--once")
        assert seen.wait() == 2
        assert "\x1b" not in seen.raw


def test_once_says_where_it_looked_if_nothing_runs(tmp_path: Path) -> None:
    done = run("clients.monitor", "--once", REACTOR_SCHOOL_RUNTIME_DIR=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert str(tmp_path) in done.stderr
    assert "python -m servers" in done.stderr


def test_once_in_json_is_a_document_even_if_nothing_runs(tmp_path: Path) -> None:
    done = run("clients.monitor", "--once", "--json", REACTOR_SCHOOL_RUNTIME_DIR=str(tmp_path))
    assert done.returncode == 0
    assert json.loads(done.stdout) == {"servers": [], "sessions": [], "reactors": []}


def test_no_server_at_the_named_endpoint_is_an_error(tmp_path: Path) -> None:
    done = run("clients.monitor", "--once", "--connect", f"unix:{tmp_path}/x.sock")
    assert done.returncode == 1
    assert "is the server running? python -m servers" in done.stderr


def test_a_server_that_is_no_feed_is_told_so() -> None:
    with serving("servers.echo", "--port", "0", "--no-control") as server:
        place = server.endpoints["echo"][0]
        done = run("clients.monitor", "--once", "--connect", place)
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == f"{place}: this is no control feed: not a line of JSON"
    assert done.stderr.count("\n") == 2


def test_a_wrong_flag_is_told_in_a_line() -> None:
    for wrong in (
        ["--json"],
        ["--watch", "2"],
        ["--once", "--watch", "0"],
        ["--connect", "nowhere"],
        ["--connect", "udp:1"],
        ["--connect", "tcp:1", "--demo"],
        ["--colour"],
    ):
        done = run("clients.monitor", *wrong)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1


def test_a_table_again_and_again_ends_with_its_reader(tmp_path: Path) -> None:
    command = f"{sys.executable} -m clients.monitor --once --watch 0.1 | head -4; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env=environment(REACTOR_SCHOOL_RUNTIME_DIR=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=GUARD,
    )
    *lines, status = done.stdout.splitlines()
    assert lines[1::3] == [f"no server is running (searched in {tmp_path})"]
    assert (status, done.stderr) == ("0", "")


def test_ctrl_z_suspends_it_and_gives_the_terminal_back(tmp_path: Path) -> None:
    with terminal("monitor", begin=IN_SHELL, REACTOR_SCHOOL_RUNTIME_DIR=str(tmp_path)) as seen:
        seen.until(lambda: "No server is running" in seen.raw)
        seen.keys("\x1a")
        seen.until(lambda: "icanon" in seen.raw.rpartition(BACK)[2])
        assert "-icanon" not in seen.raw
        seen.until(lambda: "No server is running" in seen.raw.rpartition("icanon")[2])
        seen.until(lambda: "filter: srv:chat" in seen.raw.rpartition("icanon")[2])
        seen.keys("q")
        assert seen.wait() == 0


def test_help_ends_with_an_example() -> None:
    done = run("clients.monitor", "--help")
    assert done.returncode == 0
    assert done.stdout.strip().endswith("python -m clients.monitor --demo")


def test_where_there_are_no_unix_sockets_a_server_is_found_by_its_port_and_token(tmp_path: Path) -> None:
    without, place = "tests.servers.without_unix", str(tmp_path)
    with serving(without, "servers.chat", "--port", "0", REACTOR_SCHOOL_RUNTIME_DIR=place) as server:
        with server.connect() as user:
            user.send(b"ann\n")
            user.until("Welcome to the chat, ann.")
            assert [path.name for path in tmp_path.iterdir()] == [f"chat-{server.process.pid}.port"]
            done = run(without, "clients.monitor", "--once", "--json", REACTOR_SCHOOL_RUNTIME_DIR=place)
        found = json.loads(done.stdout)
        assert [each["pid"] for each in found["servers"]] == [server.process.pid]
        assert [session["user"] for session in found["sessions"]] == ["ann"]
        server.stop()
    assert not [*tmp_path.iterdir()]
