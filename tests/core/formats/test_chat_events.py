"""An event is encoded in the form that a session chose, and read back by our own client."""

import json
import os
import re
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formats.chat_events import (
    COLORS,
    EVENTS_ARE_ON,
    KEYS,
    RESET,
    Event,
    Style,
    decode,
    encode,
    parse_line,
    render,
    speaker,
)

NOON = 1795255200.0  # 2026-11-21T10:00:00Z

texts = st.text(st.characters(exclude_categories=["Cs"]))
simple = st.builds(
    Event,
    kind=st.sampled_from([kind for kind in KEYS if kind != "history"]),
    time=st.integers(0, 2**33).map(float),
    name=texts,
    text=texts,
    to=texts,
    names=st.lists(texts).map(tuple),
    id=st.integers(0, 2**63 - 1),
)
said = st.builds(Event, kind=st.just("said"), time=st.just(NOON), name=texts, text=texts)
history = st.builds(Event, st.just("history"), st.just(NOON), lines=st.lists(said).map(tuple))
events = simple | history


def told(event: Event) -> Event:
    """`event` with the keys of its kind only."""
    keys = KEYS[event.kind]
    return Event(
        event.kind,
        event.time,
        name=event.name if "name" in keys else "",
        text=event.text if "text" in keys else "",
        to=event.to if "to" in keys else "",
        names=event.names if "names" in keys else (),
        lines=event.lines,
        id=event.id if "id" in keys else 0,
    )


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The local time is UTC, so that a test knows it."""
    monkeypatch.setitem(os.environ, "TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@given(events)
def test_what_is_encoded_as_json_is_one_line_and_is_read_back(event: Event) -> None:
    line = encode(event, Style.JSON)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\r\n")
    assert decode(line) == told(event)


def test_an_event_is_written_as_the_contract_has_it() -> None:
    assert encode(Event("said", NOON + 0.9, "ann", "hello"), Style.JSON).decode() == (
        '{"event": "said", "time": "2026-11-21T10:00:00+00:00", "name": "ann", "text": "hello"}\r\n'
    )
    assert EVENTS_ARE_ON == '{"event": "events", "v": 1}'


def test_there_are_these_events() -> None:
    known = "banner prompt refused welcome names joined left said action private renamed history notice"
    assert set(KEYS) == {*known.split(), "kicked", "delivered"}


def test_a_list_of_names_and_a_history_are_lists() -> None:
    names = json.loads(encode(Event("names", NOON, text="here", names=("b", "a")), Style.JSON))
    assert names == {
        "event": "names",
        "time": "2026-11-21T10:00:00+00:00",
        "names": ["b", "a"],
        "text": "here",
    }
    line = Event("said", NOON, "ann", "hello")
    found = json.loads(encode(Event("history", NOON, lines=(line,)), Style.JSON))
    assert found["lines"] == [json.loads(encode(line, Style.JSON))]


@pytest.mark.parametrize(
    ("event", "lines"),
    [
        (Event("said", NOON, "ann", "hello"), ["(2026/11/21 10:00:00)<ann> hello"]),
        (Event("action", NOON, "ann", "waves"), ["(2026/11/21 10:00:00)* ann waves"]),
        (Event("private", NOON, "ann", "psst", to="bob"), ["(2026/11/21 10:00:00)<ann -> bob> psst"]),
        (Event("banner", NOON, text="hi\nthere"), ["hi", "there", "(2026/11/21 10:00:00)"]),
        (Event("joined", NOON, "ann", "ann has joined."), ["ann has joined."]),
        (Event("history", NOON), ["Nothing has been said yet."]),
        (
            Event("history", NOON, lines=(Event("said", NOON, "ann", "a"), Event("said", NOON, "bob", "b"))),
            ["(2026/11/21 10:00:00)<ann> a", "(2026/11/21 10:00:00)<bob> b"],
        ),
    ],
)
def test_people_read_lines_in_local_time(event: Event, lines: list[str]) -> None:
    assert render(event) == lines
    assert encode(event, Style.PLAIN).decode() == "".join(line + "\r\n" for line in lines)


@given(events)
def test_colour_is_put_around_joined_left_and_said_and_changes_nothing_else(event: Event) -> None:
    plain, colored = encode(event, Style.PLAIN).decode(), encode(event, Style.COLOR).decode()
    if event.kind in COLORS:
        assert colored == COLORS[event.kind] + plain.removesuffix("\r\n") + RESET + "\r\n"
    else:
        assert colored == plain
    assert COLORS == {"joined": "\x1b[32m", "left": "\x1b[31m", "said": "\x1b[35m"}


# --- lines that other servers send


def test_an_event_of_a_kind_not_known_here_is_none() -> None:
    assert decode(b'{"event": "exploded", "time": "2026-11-21T10:00:00+00:00", "size": 3}') is None
    assert decode(EVENTS_ARE_ON.encode()) is None


def test_the_time_may_have_any_offset() -> None:
    event = decode(b'{"event": "notice", "time": "2026-11-21T12:00:00+02:00", "text": "noon"}')
    assert event == Event("notice", NOON, text="noon")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"hello",
        b"[]",
        b"1" * 5000,
        b"\xff",
        b'{"event": 3}',
        b'{"time": "2026-11-21T10:00:00+00:00"}',
        b'{"event": "said", "time": "yesterday", "name": "ann", "text": "hello"}',
        b'{"event": "said", "time": "0001-01-01T00:00:00", "name": "ann", "text": "hello"}',
        b'{"event": "said", "time": "9999-12-31T23:59:59-23:59", "name": "ann", "text": "hello"}',
        b'{"event": "said", "time": "2026-11-21T10:00:00+00:00", "name": "ann", "text": 3}',
        b'{"event": "names", "time": "2026-11-21T10:00:00+00:00", "names": "ann"}',
        b'{"event": "names", "time": "2026-11-21T10:00:00+00:00", "names": [["ann"]]}',
        b'{"event": "history", "time": "2026-11-21T10:00:00+00:00", "lines": ["ann"]}',
        b'{"event": "history", "time": "2026-11-21T10:00:00+00:00", "lines": [{"event": "left"}]}',
        b"[" * 100_000,
        b'{"event": "history", "time": "2026-11-21T10:00:00+00:00", "lines": [' * 400 + b"]}" * 400,
    ],
)
def test_a_line_that_is_no_event_is_a_value_error(line: bytes) -> None:
    with pytest.raises(ValueError, match=re.compile("")):
        decode(line)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from([*KEYS, "2026-11-21T10:00:00Z"]),
    lambda values: (
        st.lists(values) | st.dictionaries(st.sampled_from(["event", "time", *KEYS, "lines"]), values)
    ),
)
times = st.datetimes(timezones=st.none() | st.timezones()).map(lambda moment: moment.isoformat())
shaped = st.fixed_dictionaries(
    {"event": st.sampled_from([*KEYS]), "time": times | st.text()},
    optional=dict.fromkeys(("name", "text", "to", "names", "lines"), json_values),
)


@given(st.binary() | json_values.map(json.dumps).map(str.encode) | shaped.map(json.dumps).map(str.encode))
def test_no_line_breaks_the_decoder_and_what_it_accepts_can_be_shown(line: bytes) -> None:
    try:
        event = decode(line)
    except ValueError:
        return
    if event is not None:
        render(event)


# --- typed lines


@pytest.mark.parametrize(
    ("line", "command", "rest"),
    [
        ("hello", "", "hello"),
        (" hello ", "", " hello "),
        ("", "", ""),
        ("/names", "/names", ""),
        ("/ME  waves ", "/me", "waves"),
        ("/msg bob  hello there", "/msg", "bob  hello there"),
        ("/", "/", ""),
        ("/ hello", "/", "hello"),
        ("//quit", "", "/quit"),
        ("///", "", "//"),
        ("/me\twaves", "/me", "waves"),
        ("/me\u00a0waves", "/me", "waves"),
        (" /quit", " /quit", ""),
        ("\t \u3000/MSG bob secret", " /msg", ""),
        ("<U+FEFF>/names", " /names", ""),
        (" /ignore bob", " /ignore", ""),
        (" /etc/hosts is a file", "", " /etc/hosts is a file"),
        (" //msg", "", " //msg"),
        (" ", "", " "),
    ],
)
def test_a_typed_line_is_a_command_and_its_arguments_or_a_text(line: str, command: str, rest: str) -> None:
    assert parse_line(line) == (command, rest)


@given(simple)
def test_exactly_the_messages_have_a_speaker(event: Event) -> None:
    assert bool(speaker(event)) == (event.kind in ("said", "action", "private"))
