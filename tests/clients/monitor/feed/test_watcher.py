"""Servers are found, lost and found again: against the real feed, on each engine."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from clients.monitor.feed.finder import find_feeds
from clients.monitor.feed.watcher import Watcher
from clients.monitor.sessions.model import Clock, Model
from clients.monitor.sessions.server import Status
from core.formats.feed_requests import Request
from core.reactor import Reactor
from tests.clients.monitor.feed.test_finder import ended_process, left_behind
from tests.clients.monitor.feeds import Feed
from tests.running import GUARD


def watching(reactor: Reactor, directory: Path) -> Watcher:
    """A watcher that has started."""
    watcher = Watcher(reactor, Model(Clock(reactor.seconds, reactor.seconds)), partial(find_feeds, directory))
    watcher.search_interval = 0.05
    watcher.start()
    return watcher


def until(reactor: Reactor, done: Callable[[], object]) -> None:
    """Turn the reactor until `done()` is true."""
    deadline = reactor.seconds() + GUARD
    while not done():
        assert reactor.seconds() < deadline
        reactor.call_later(0.01, lambda: None)
        reactor.turn()


def users(watcher: Watcher) -> list[str]:
    """The users of all sessions in the model."""
    return [line.row.user for line in watcher.model.sessions()]


def test_a_server_and_its_sessions_are_found(reactor: Reactor, tmp_path: Path) -> None:
    feed = Feed(reactor, tmp_path / "chat-1.sock")
    feed.visitor("ann")
    watcher = watching(reactor, tmp_path)
    until(reactor, lambda: users(watcher) == ["ann"])
    feed.visitor("[/bold]")
    until(reactor, lambda: users(watcher) == ["ann", "[/bold]"])
    watcher.stop()


def test_a_socket_on_which_no_process_listens_is_no_server(reactor: Reactor, tmp_path: Path) -> None:
    (tmp_path / "chat-1.sock").touch()
    watcher = watching(reactor, tmp_path)
    until(reactor, lambda: watcher.links["chat-1"].server.status is Status.LOST)
    assert not watcher.model.servers
    watcher.stop()


def test_the_sessions_of_a_lost_server_stay_until_it_is_back(reactor: Reactor, tmp_path: Path) -> None:
    feed = Feed(reactor, tmp_path / "chat-1.sock")
    feed.visitor("ann")
    watcher = watching(reactor, tmp_path)
    until(reactor, lambda: users(watcher))
    (server,) = watcher.model.servers.values()
    feed.hang_up()
    until(reactor, lambda: server.status is Status.LOST)
    assert users(watcher) == ["ann"]
    assert watcher.link_of(server) is None
    until(reactor, lambda: server.status is Status.LIVE)
    assert users(watcher) == ["ann"]
    watcher.stop()


def test_a_server_that_stopped_is_shown_as_gone(reactor: Reactor, tmp_path: Path) -> None:
    feed = Feed(reactor, tmp_path / "chat-1.sock")
    feed.visitor("ann")
    watcher = watching(reactor, tmp_path)
    until(reactor, lambda: users(watcher))
    (server,) = watcher.model.servers.values()
    feed.stop()
    until(reactor, lambda: server.status is Status.GONE)
    assert users(watcher) == ["ann"]
    watcher.stop()


def test_a_new_server_takes_the_place_of_a_lost_one_of_its_kind(reactor: Reactor, tmp_path: Path) -> None:
    feed = Feed(reactor, tmp_path / "chat-1.sock")
    feed.visitor("ann")
    watcher = watching(reactor, tmp_path)
    until(reactor, lambda: users(watcher))
    feed.stop()
    Feed(reactor, tmp_path / "chat-2.sock").visitor("bob")
    until(reactor, lambda: users(watcher) == ["bob"])
    assert list(watcher.model.servers) == ["chat-2"]
    watcher.stop()


def test_a_request_is_answered_with_what_was_wrong_or_nothing(reactor: Reactor, tmp_path: Path) -> None:
    feed = Feed(reactor, tmp_path / "chat-1.sock")
    session = feed.visitor("ann")
    watcher = watching(reactor, tmp_path)
    until(reactor, lambda: users(watcher))
    answers: list[str] = []
    link = watcher.links["chat-1"]
    link.send(Request("kick", 0, session=99), answers.append)
    link.send(Request("kick", 0, session=session.id), answers.append)
    link.send(Request("announce", 0, text="hello"), answers.append)
    until(reactor, lambda: len(answers) == 3 and not users(watcher))
    assert answers == ["there is no session 99", "", ""]
    assert feed.said == ["hello"]
    watcher.stop()


def test_what_was_asked_of_a_server_that_is_lost_is_answered_too(reactor: Reactor, tmp_path: Path) -> None:
    feed = Feed(reactor, tmp_path / "chat-1.sock")
    watcher = watching(reactor, tmp_path)
    until(reactor, lambda: watcher.model.servers)
    answers: list[str] = []
    link = watcher.links["chat-1"]
    link.send(Request("announce", 0, text="hello"), answers.append)
    feed.stop()
    until(reactor, lambda: answers and not link.is_connected)
    link.send(Request("announce", 0, text="hello"), answers.append)
    assert answers[-1] == "the connection is lost"
    watcher.stop()


def test_a_wire_is_watched_again_after_a_reconnection(reactor: Reactor, tmp_path: Path) -> None:
    feed = Feed(reactor, tmp_path / "chat-1.sock")
    session = feed.visitor("ann")
    watcher = watching(reactor, tmp_path)
    until(reactor, lambda: users(watcher))
    answers: list[str] = []
    heard: list[bytes] = []
    watcher.model.on_wire = lambda server, wire: heard.append(wire.data)
    watcher.links["chat-1"].watch(session.id, answers.append)
    until(reactor, lambda: answers == [""])
    feed.hang_up()
    until(reactor, lambda: answers == ["", ""])
    assert session.traffic.tap is not None
    session.traffic.tap("in", b"hello")
    until(reactor, lambda: heard == [b"hello"])
    watcher.links["chat-1"].unwatch(session.id)
    until(reactor, lambda: session.traffic.tap is None)
    watcher.stop()


def test_a_wire_whose_session_ended_meanwhile_is_said_to_have_ended(reactor: Reactor, tmp_path: Path) -> None:
    feed = Feed(reactor, tmp_path / "chat-1.sock")
    session = feed.visitor("ann")
    watcher = watching(reactor, tmp_path)
    until(reactor, lambda: users(watcher))
    answers: list[str] = []
    watcher.links["chat-1"].watch(session.id, answers.append)
    until(reactor, lambda: answers == [""])
    feed.hang_up()
    session.close("done")
    until(reactor, lambda: answers == ["", "the session has ended"])
    watcher.stop()


def test_a_session_of_the_same_number_in_another_process_is_another_one(
    reactor: Reactor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = Feed(reactor, tmp_path / "chat.sock")
    session = feed.visitor("ann")
    watcher = watching(reactor, tmp_path)
    until(reactor, lambda: users(watcher))
    answers: list[str] = []
    watcher.links["chat"].watch(session.id, answers.append)
    until(reactor, lambda: answers == [""])
    feed.stop()
    monkeypatch.setattr(os, "getpid", lambda: -1)
    other = Feed(reactor, tmp_path / "chat.sock").visitor("bob")
    assert other.id == session.id
    until(reactor, lambda: answers == ["", "the session has ended"])
    assert users(watcher) == ["bob"]
    assert other.traffic.tap is None
    watcher.stop()


def test_a_socket_left_by_a_killed_server_makes_no_server_and_is_not_removed(
    reactor: Reactor, tmp_path: Path
) -> None:
    alive = tmp_path / f"chat-{ended_process()}.sock"  # as seen from another container
    Feed(reactor, alive).visitor("ann")
    stale = left_behind(tmp_path / f"echo-{ended_process()}.sock")
    watcher = watching(reactor, tmp_path)
    until(reactor, lambda: users(watcher) == ["ann"] and watcher.links[stale.stem].was_killed)
    turns = iter(range(3))
    watcher.search_interval = 0.0
    until(reactor, lambda: next(turns, None) is None)
    assert {*tmp_path.iterdir()} == {alive, stale}
    assert [event.what for event in watcher.model.events] == ["found"]
    watcher.stop()


def test_a_killed_server_is_shown_as_gone_although_its_socket_stays(reactor: Reactor, tmp_path: Path) -> None:
    path = tmp_path / f"chat-{ended_process()}.sock"
    feed = Feed(reactor, path)
    watcher = watching(reactor, tmp_path)
    until(reactor, lambda: watcher.model.servers)
    feed.stop()
    left_behind(path)
    until(reactor, lambda: watcher.model.servers[path.stem].status is Status.GONE)
    assert path.is_socket()
    watcher.stop()


def test_a_server_that_comes_and_goes_is_told_of(reactor: Reactor, tmp_path: Path) -> None:
    feed = Feed(reactor, tmp_path / "chat-1.sock")
    watcher = watching(reactor, tmp_path)
    until(reactor, lambda: watcher.model.servers)
    feed.stop()
    until(reactor, lambda: watcher.model.servers["chat-1"].status is Status.GONE)
    told = [(event.what, event.server) for event in watcher.model.events]
    assert told == [("found", "chat-1"), ("lost", "chat-1"), ("stopped", "chat-1")]
    watcher.stop()
