"""Model: feed messages change the servers, their sessions and the log."""

from clients.monitor.sessions.model import Model
from clients.monitor.sessions.server import Server, Status
from core.formats.feed import Delta, Gap, Hello, SessionEvent, Snapshot
from tests.clients.monitor.sample import LOAD, PLAIN, Times, delta, server_in


def test_a_delta_changes_adds_and_removes_lines() -> None:
    model = Model(Times().clock())
    server = server_in(model, PLAIN, PLAIN._replace(id=2))
    model.apply_delta(server, delta(PLAIN._replace(id=3), PLAIN._replace(user="bob"), gone=(2,)))
    assert [(line.row.id, line.row.user) for line in model.sessions()] == [(1, "bob"), (3, "ann")]


def test_a_second_snapshot_removes_the_sessions_that_ended_in_between() -> None:
    model = Model(Times().clock())
    server = server_in(model, PLAIN, PLAIN._replace(id=2))
    model.apply_hello(server, Hello(1, 1, "epoll", ()))
    model.apply_snapshot(server, Snapshot((PLAIN._replace(id=5),), last=False))
    assert len(list(model.sessions())) == 3
    model.apply_snapshot(server, Snapshot((PLAIN,), last=True))
    assert [line.row.id for line in model.sessions()] == [1, 5]


def test_another_process_at_the_same_place_begins_anew() -> None:
    times = Times()
    model = Model(times.clock())
    server = server_in(model, PLAIN)
    times.at += 1
    model.apply_delta(server, delta())
    model.apply_hello(server, Hello(1, 2, "epoll", ()))
    assert list(model.sessions()) == []
    assert server.load is None


def test_what_a_peer_calls_itself_is_cleaned_before_anybody_sees_it() -> None:
    model = Model(Times().clock())
    server_in(model, PLAIN._replace(user="\x1b]0;X\x07\tz", state="\u202eabc", peer="\x9b2J"))
    (line,) = model.sessions()
    assert line.row.user == "␛]0;X␇ z"
    assert line.row.state == "<U+202E>abc"
    assert line.row.peer == "<9B>2J"


def test_what_happened_is_cleaned_as_well() -> None:
    model = Model(Times().clock())
    model.record_event(server_in(model), SessionEvent("opened", 1, "chat", "a\x1b[2J\nb", 5.0))
    assert model.events[-1].text == "a␛[2J␊b"


def test_a_rate_is_what_passed_lately_and_fades() -> None:
    times = Times()
    model = Model(times.clock())
    server = server_in(model, PLAIN)
    (line,) = model.sessions()
    for _ in range(60):
        times.at += 0.25
        model.apply_delta(server, delta(line.row._replace(bytes_in=line.row.bytes_in + 250)))
    assert 900 < line.rate(times.at) < 1100
    assert line.rate(times.at + 15) < 1


def test_who_says_nothing_for_two_seconds_is_said_not_to_answer_until_the_next_delta() -> None:
    times = Times()
    model = Model(times.clock())
    server = server_in(model, PLAIN)
    times.at += 2.1
    model.check_silence()
    seen = [server.status]
    model.apply_delta(server, delta())
    assert [*seen, server.status] == [Status.SILENT, Status.LIVE]


def test_after_a_pause_of_the_monitor_no_server_counts_as_silent() -> None:
    times = Times()
    model = Model(times.clock())
    server = server_in(model, PLAIN)
    times.at += 60
    model.restart_silence()
    model.check_silence()
    assert server.status is Status.LIVE


def test_a_server_hangs_from_the_stall_to_the_next_delta() -> None:
    model = Model(Times().clock())
    server = server_in(model, PLAIN)
    model.record_event(server, SessionEvent("stall", 0, "", "has not turned for 0.1 s: f in g.py:3", 1000.0))
    assert "g.py:3" in server.problem
    seen = [server.status]
    assert [stall.text for stall in server.stalls] == ["has not turned for 0.1 s: f in g.py:3"]
    model.apply_delta(server, delta())
    assert [*seen, server.status] == [Status.STALLED, Status.LIVE]


STALL = SessionEvent("stall", 0, "", "has not turned for 0.1 s: f in g.py:3", 1000.0)


def test_when_a_server_goes_on_it_is_told_for_how_long_it_hung_and_where() -> None:
    times = Times()
    model = Model(times.clock())
    server = server_in(model, PLAIN)
    model.record_event(server, STALL)
    times.at += 2.9
    model.apply_delta(server, delta())
    went_on = model.events[-1]
    assert (went_on.what, went_on.server) == ("stall", "servers-1")
    assert went_on.text == "blocked for 2.9 s: f in g.py:3"
    assert [(stall.at, stall.text) for stall in server.stalls] == [(1000.0, went_on.text)]


def test_what_the_server_itself_measured_of_a_stall_is_more_exact() -> None:
    times = Times()
    model = Model(times.clock())
    server = server_in(model, PLAIN)
    model.record_event(server, STALL)
    times.at += 2.9
    model.apply_delta(server, Delta((), (), LOAD._replace(slowest="f", slowest_ms=3000.4)))
    assert model.events[-1].text == "blocked for 3.0 s: f in g.py:3"


def test_the_slowest_call_is_remembered_for_a_minute_with_its_time() -> None:
    times = Times()
    model = Model(times.clock())
    server = server_in(model, PLAIN)
    seen = []
    for at, name, took in ((1010.0, "f", 3000.0), (1011.0, "g", 2.0), (1069.0, "h", 9.0), (1071.0, "k", 1.0)):
        times.at = at
        model.apply_delta(server, Delta((), (), LOAD._replace(slowest=name, slowest_ms=took)))
        when, load = server.slowest(times.at)
        seen.append((when, load.slowest))
    assert seen == [(1010.0, "f"), (1010.0, "f"), (1010.0, "f"), (1069.0, "h")]


def test_that_a_server_comes_goes_and_is_heard_again_are_events() -> None:
    times = Times()
    model = Model(times.clock())
    server = Server("servers-1", times.at)
    model.apply_hello(server, Hello(1, 1, "epoll", (("chat", ()),)))
    model.apply_snapshot(server, Snapshot((PLAIN,), last=True))
    model.set_status(server, Status.LOST)
    model.set_status(server, Status.LOST)
    times.at += 3
    model.apply_hello(server, Hello(1, 1, "epoll", (("chat", ()),)))
    times.at += 2.1
    model.check_silence()
    model.apply_delta(server, delta())
    model.remove(server)
    assert [(event.what, event.text) for event in model.events] == [
        ("found", "chat (epoll)"),
        ("lost", "the connection is lost; reconnecting"),
        ("back", "answers again after 3s"),
        ("silent", "does not answer"),
        ("back", "answers again after 2s"),
        ("stopped", "the server has stopped"),
    ]
    assert {event.server for event in model.events} == {"servers-1"}


def test_a_server_that_was_never_connected_records_no_event() -> None:
    model = Model(Times().clock())
    model.set_status(Server("servers-1", 1000.0), Status.LOST)
    assert not model.events


def test_what_was_dropped_is_told() -> None:
    model = Model(Times().clock())
    model.record_gap(server_in(model), Gap(7))
    assert model.events[-1].text == "7 events, reads or writes were dropped"
