"""The second walkthrough: what it has the class run, watch and break does what it says."""

import json
import subprocess
from contextlib import closing
from pathlib import Path

from servers.chat.protocol import BANNER, PROMPT
from tests.servers.running import GUARD, ROOT, Client, Server, run, serving
from tests.tutorials.lessons import (
    broken,
    drawings,
    has_drawn,
    until_asleep,
    until_logged,
    without_numbers,
)

LESSON = ROOT / "tutorials" / "02_chat" / "README.md"


def enter(server: Server, name: str) -> Client:
    """Somebody who is in the chat."""
    client = server.connect()
    client.send(name.encode() + b"\n")
    client.until(f"Welcome to the chat, {name}.")
    client.line()
    return client


def missed(server: Server) -> list[str]:
    """What comes of a visitor who does not read."""
    return run("tutorials.02_chat.deaf", "--port", str(server.port())).stdout.splitlines()


def test_the_drawings_show_what_the_server_draws() -> None:
    expected = drawings(LESSON)
    assert len(expected) == 2
    with serving(
        "tutorials.01_echo.rooms", "servers.chat", "--port", "0", "--no-control", "--quiet"
    ) as server:
        with enter(server, "ann") as ann, enter(server, "bob") as bob:
            assert ann.line() == "bob has joined the channel."
            until_asleep(server)
            ann.send(b"hel")
            until_logged(server, lambda drawn: expected[0] in without_numbers(drawn))
            ann.send(b"lo\n")
            assert bob.line().endswith("<ann> hello")
            until_asleep(server)
        has_drawn(server, expected)


def test_who_leaves_without_a_name_leaves_a_room_only_in_the_broken_server(tmp_path: Path) -> None:
    with closing(Server("servers.chat", "--port", "0", env=broken(LESSON, 0, tmp_path))) as server:
        with enter(server, "ann"):
            pass
        assert "Traceback" not in server.stderr()
        with server.connect() as nameless:
            nameless.until("Choose a username:")
        until_logged(server, lambda log: log.endswith("KeyError: ''\n"))
        with enter(server, "bob"):
            assert "del self._members[fold(member.name)]" in server.stderr()


def test_visitors_are_received_as_the_page_shows() -> None:
    assert f"\n{BANNER}\n(2026/11/21 10:00:00)\n{PROMPT}\n" in LESSON.read_text("utf-8")


def test_nobody_misses_a_line_because_of_somebody_who_does_not_read() -> None:
    with serving("servers.chat", "--port", "0", "--flood", "off", "--quiet") as server:
        assert missed(server) == ["deaf was dropped", "bob missed 0 of 20000 lines"]


def test_told_at_once_of_a_lost_connection_the_room_loses_lines(tmp_path: Path) -> None:
    house = broken(LESSON, 1, tmp_path)
    with closing(Server("servers.chat", "--port", "0", "--flood", "off", "--quiet", env=house)) as server:
        dropped, count = missed(server)
        assert dropped == "deaf was dropped"
        assert not count.startswith("bob missed 0 ")
        assert "RuntimeError: dictionary changed size during iteration" in server.stderr()


def test_nothing_is_lost_of_what_is_said_too_fast_and_then_its_speaker_leaves() -> None:
    with serving("servers.chat", "--port", "0", "--flood", "3,1000") as server, enter(server, "bob") as bob:
        said = "ann\n" + "".join(f"{number}\n" for number in range(1, 9))
        nc = ["nc", "-N", "127.0.0.1", str(server.port())]
        subprocess.run(nc, input=said, stdout=subprocess.DEVNULL, text=True, timeout=GUARD, check=True)
        assert bob.line() == "ann has joined the channel."
        assert [bob.line().rpartition("<ann> ")[2] for _ in range(8)] == list("12345678")
        assert bob.line() == "ann has left the channel."


def test_history_looks_like_news_in_lines_and_not_in_events() -> None:
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
