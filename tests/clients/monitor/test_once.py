"""The table and the JSON document of `--once`."""

import time
from pathlib import Path

import pytest

from clients.monitor import once
from clients.monitor.feed.finder import FeedAddress, find_feeds
from clients.monitor.once import document, print_reports, report, table
from clients.monitor.sessions.model import Model
from core.reactor import Reactor
from docs.monitor_picture import clock, fill
from tests.clients.monitor.feeds import Feed
from tests.running import GUARD


@pytest.mark.parametrize("width", [60, 80, 110, 200])
def test_what_is_said_of_a_server_is_no_wider_than_the_table_below_it(width: int) -> None:
    model = Model(clock())
    fill(model)
    lines = table(model, width)
    about, sessions = lines[: lines.index("")], lines[lines.index("") + 1 :]
    assert max(map(len, about)) <= max(map(len, sessions)) <= width
    assert " ".join(line.strip() for line in about) == (
        "servers-4242: 13 sessions, chat on tcp:127.0.0.1:8000, echo on tcp:127.0.0.1:8001, "
        "qotd on tcp:127.0.0.1:8007, insult on tcp:127.0.0.1:8080, udp_echo on udp:127.0.0.1:9999 (epoll)"
    )


def test_on_a_slow_machine_no_server_is_left_out(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Once a fixed time to connect was over before any connection was made."""

    def find_slowly() -> dict[str, FeedAddress]:
        found = find_feeds(tmp_path)
        began = time.monotonic()
        while time.monotonic() < began + 0.2:
            pass
        return found

    reactor = Reactor()
    feeds = [Feed(reactor, tmp_path / f"servers-{number}.sock") for number in (1, 2)]
    feeds[0].visitor("ann")

    def check(model: Model) -> list[str]:
        assert [*model.servers] == ["servers-1", "servers-2"]
        assert [session.row.user for session in model.sessions()] == ["ann"]
        return [document(model, None)]

    print_reports(reactor, find_slowly, check)
    assert '"status": "live"' in capfd.readouterr().out


def test_a_socket_without_a_server_is_not_waited_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(once, "ANSWER_TIMEOUT", GUARD)
    reactor = Reactor()
    Feed(reactor, tmp_path / "servers-1.sock").port.stop_listening()
    (tmp_path / "servers-2.sock").touch()
    began = time.monotonic()
    print_reports(reactor, lambda: find_feeds(tmp_path), lambda model: [f"{len(model.servers)} servers"])
    assert capfd.readouterr().out == "0 servers\n"
    assert time.monotonic() - began < GUARD


def test_a_table_is_printed_in_intervals_until_the_end(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    reactor = Reactor()
    feed = Feed(reactor, tmp_path / "servers-1.sock")
    seen: list[int] = []

    def lines(model: Model) -> list[str]:
        seen.append(len([*model.sessions()]))
        feed.visitor("ann")
        if len(seen) == 3:
            reactor.stop()
        return report(model, 80, "nowhere")

    print_reports(reactor, lambda: find_feeds(tmp_path), lines, 0.3)
    assert seen[0] == 0
    assert seen[-1] > 0
    printed = capfd.readouterr().out.split("\n\n")
    assert len([part for part in printed if "servers-1: " in part]) == 3


def test_in_intervals_it_is_said_that_no_server_runs() -> None:
    lines = report(Model(clock()), 80, "/run/here")
    assert lines == ["2026-11-21 10:00:00", "no server is running (searched in /run/here)", ""]
