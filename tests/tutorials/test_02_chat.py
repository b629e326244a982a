"""The second walkthrough: its commands, its call trees and its edits have the results that the page shows."""

import json
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from servers.chat.session import BANNER, PROMPT
from tests.running import GUARD, ROOT, Client, Server, run, serving, until_logged
from tests.tutorials.lessons import (
    broken,
    call_trees,
    has_printed,
    until_asleep,
    without_numbers,
)

LESSON = ROOT / "tutorials" / "02_chat" / "README.md"


def enter(server: Server, name: str) -> Client:
    """Connect to `server` and join the chat as `name`."""
    client = server.connect()
    client.send(name.encode() + b"\n")
    client.until(f"Welcome to the chat, {name}.")
    client.line()
    return client


def missed(server: Server) -> list[str]:
    """Run the lesson's deaf client against `server`, and return the lines of its output."""
    return run("tutorials.02_chat.deaf", "--port", str(server.port())).stdout.splitlines()


def test_the_call_trees_on_the_page_are_those_that_the_server_prints() -> None:
    expected = call_trees(LESSON)
    assert len(expected) == 2
    with serving(
        "tutorials.01_echo.call_tree", "servers.chat", "--port", "0", "--no-control", "--quiet"
    ) as server:
        with enter(server, "ann") as ann, enter(server, "bob") as bob:
            assert ann.line() == "bob has joined the channel."
            until_asleep(server)
            ann.send(b"hel")
            until_logged(server, lambda printed: expected[0] in without_numbers(printed))
            ann.send(b"lo\n")
            assert bob.line().endswith("<ann> hello")
            until_asleep(server)
        has_printed(server, expected)


def test_without_the_check_of_the_state_a_client_without_a_name_causes_a_key_error(tmp_path: Path) -> None:
    with closing(Server("servers.chat", "--port", "0", env=broken(LESSON, 0, tmp_path))) as server:
        with enter(server, "ann"):
            pass
        assert "Traceback" not in server.stderr()
        with server.connect() as nameless:
            nameless.until("Choose a username:")
        until_logged(server, lambda log: log.endswith("KeyError: ''\n"))
        with enter(server, "bob"):
            assert "del self._members[fold(event.name)]" in server.stderr()


def test_the_banner_and_the_prompt_are_those_on_the_page() -> None:
    assert f"\n{BANNER}\n(2026/11/21 10:00:00)\n{PROMPT}\n" in LESSON.read_text("utf-8")


def test_a_client_that_does_not_read_makes_no_other_client_miss_a_line() -> None:
    with serving("servers.chat", "--port", "0", "--flood", "off", "--quiet") as server:
        assert missed(server) == ["deaf was dropped", "bob missed 0 of 20000 lines"]


def test_the_monitor_shows_how_the_bytes_that_wait_for_the_deaf_client_grow() -> None:
    with serving("servers.chat", "--port", "0", "--flood", "off", "--quiet") as server:
        command = [sys.executable, "-m", "tutorials.02_chat.deaf", "--port", str(server.port())]
        deaf = subprocess.Popen([*command, "--rate", "40"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        with deaf:
            growing, waiting = [0], {"bob": 0, "deaf": 0}
            while len(growing) < 3:
                seen = json.loads(run("clients.monitor", "--once", "--json").stdout)["sessions"]
                waiting |= {row["user"]: row["waiting"] for row in seen}
                if waiting["deaf"] > growing[-1]:
                    growing.append(waiting["deaf"])
                assert waiting["bob"] < growing[-1] or not growing[-1]
                assert deaf.poll() is None
            deaf.kill()


def test_with_connection_lost_called_at_once_other_members_miss_lines(tmp_path: Path) -> None:
    environment = broken(LESSON, 1, tmp_path)
    with closing(
        Server("servers.chat", "--port", "0", "--flood", "off", "--quiet", env=environment)
    ) as server:
        dropped, count = missed(server)
        assert dropped == "deaf was dropped"
        assert not count.startswith("bob missed 0 ")
        assert "RuntimeError: dictionary changed size during iteration" in server.stderr()


def test_lines_over_the_rate_limit_are_delivered_before_their_sender_leaves() -> None:
    with serving("servers.chat", "--port", "0", "--flood", "3,1000") as server, enter(server, "bob") as bob:
        said = "ann\n" + "".join(f"{number}\n" for number in range(1, 9))
        nc = ["nc", "-N", "127.0.0.1", str(server.port())]
        subprocess.run(nc, input=said, stdout=subprocess.DEVNULL, text=True, timeout=GUARD, check=True)
        assert bob.line() == "ann has joined the channel."
        assert [bob.line().rpartition("<ann> ")[2] for _ in range(8)] == list("12345678")
        assert bob.line() == "ann has left the channel."


def test_the_history_looks_like_new_messages_as_lines_but_not_as_events() -> None:
    with (
        serving("servers.chat", "--port", "0") as server,
        enter(server, "ann") as ann,
        enter(server, "bob") as bob,
    ):
        ann.send(b"hi\n")
        news = bob.line()
        bob.send(b"/history\n")
        assert bob.line() == news
        bob.send(b"/events\n/history\n")
        assert json.loads(bob.line()) == {"event": "events", "v": 1}
        history = json.loads(bob.line())
        assert history["event"] == "history"
        assert [line["text"] for line in history["lines"]] == ["hi"]


def test_the_monitor_shows_the_state_of_each_session() -> None:
    with serving("servers.chat", "--port", "0") as server, enter(server, "ann"), server.connect() as nameless:
        nameless.until("Choose a username:")
        shown = run("clients.monitor", "--once").stdout
        assert re.search(r"^chat +CHAT +ann ", shown, re.MULTILINE)
        assert re.search(r"^chat +REGISTER  ", shown, re.MULTILINE)
