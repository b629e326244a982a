"""The messages of the feed: each is one line of JSON, and is parsed as the same message."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formats.feed import (
    ROWS_IN_A_PIECE,
    Delta,
    Gap,
    Hello,
    Load,
    Message,
    Reply,
    Row,
    SessionEvent,
    Snapshot,
    Wire,
    decode,
    encode,
)

ROW = Row(12, "chat", "tcp", "127.0.0.1:54321", "CHAT", "bob", 1795255200.0, 1.5, 10, 20, 30)
LOAD = Load(4.0, 0.5, 1.5, "EchoProtocol", 0.25, 3, 9, 1024, 0)

numbers = st.integers(-(2**53), 2**53)
times = st.floats(-1e14, 1e14)
rows = st.lists(st.builds(Row)).map(tuple)
messages = st.one_of(
    st.builds(Reply, re=numbers | st.none()),
    st.builds(Hello),
    st.builds(Snapshot, rows=rows),
    st.builds(Delta, rows=rows, reactor=st.none() | st.builds(Load, turns=times, lag=times, lag_p99=times)),
    st.builds(SessionEvent, at=times),
    st.builds(Wire, at=times),
    st.builds(Gap),
)
st.register_type_strategy(float, times)


def told(message: Message) -> dict[str, object]:
    """The JSON object of an encoded message."""
    found = json.loads(encode(message))
    assert isinstance(found, dict)
    return found


@given(messages)
def test_every_message_is_one_line_and_comes_back_as_it_was(message: Message) -> None:
    line = encode(message)
    assert line.isascii()
    assert line.decode().isprintable()
    decoded = decode(line)
    assert type(decoded) is type(message)
    assert decoded == message


@given(
    st.binary()
    | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps).map(str.encode)
)
def test_random_bytes_are_no_message_and_no_other_error(line: bytes) -> None:
    with pytest.raises(ValueError):
        decode(line)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(messages, st.data())
def test_a_message_with_one_wrong_value_is_read_or_is_a_value_error(
    message: Message, data: st.DataObject
) -> None:
    found = told(message)
    found[data.draw(st.sampled_from(sorted(found)))] = data.draw(values)
    try:
        decode(json.dumps(found).encode())
    except ValueError:
        pass


def test_a_type_that_is_not_known_here_is_passed_over() -> None:
    assert decode(b'{"type": "weather", "sky": "grey"}') is None


@pytest.mark.parametrize("line", [b"{}", b'{"type": "gap"}', b'{"type": 7}', b'{"re": 1}', b"[" * 100_000])
def test_a_message_that_lacks_something_is_a_value_error(line: bytes) -> None:
    with pytest.raises(ValueError):
        decode(line)


@pytest.mark.parametrize("data", ["?", "YQ", "YQ==\n", "é"])
def test_bytes_that_are_no_base64_are_a_value_error(data: str) -> None:
    with pytest.raises(ValueError):
        decode(json.dumps({**told(Wire(1, "in", 0.0, b"")), "data": data}).encode())


def test_an_answer_says_whether_it_is_ok_and_an_error_only_if_it_is_not() -> None:
    assert told(Reply(7)) == {"re": 7, "ok": True}
    assert told(Reply(7, "no")) == {"re": 7, "ok": False, "error": "no"}


def test_the_keys_are_those_of_the_contract() -> None:
    row = ["id", "service", "transport", "peer", "state", "user", "opened", "idle"]
    row += ["bytes_in", "bytes_out", "waiting"]
    assert told(Hello(1, 2, "epoll", (("echo", ("tcp:[::1]:8001",)),))) == {
        "type": "hello",
        "v": 1,
        "pid": 2,
        "engine": "epoll",
        "services": [{"name": "echo", "endpoints": ["tcp:[::1]:8001"]}],
    }
    assert told(Hello(1, 2, "epoll", (), "cut off"))["cluster"] == "cut off"
    assert told(Delta((), (), LOAD, "joined"))["cluster"] == "joined"
    assert told(Snapshot((ROW,), True)) == {
        "type": "snapshot",
        "rows": [dict(zip(row, ROW[:-1], strict=True))],
        "last": True,
    }
    more = told(Snapshot((ROW._replace(detail="#chat"),), True))
    assert more["rows"] == [{**dict(zip(row, ROW[:-1], strict=True)), "detail": "#chat"}]
    delta = told(Delta((), ((3, "done"),), LOAD))
    assert delta["gone"] == [{"id": 3, "reason": "done"}]
    assert delta["reactor"] == LOAD._asdict()
    assert told(Gap(5)) == {"type": "gap", "dropped": 5}
    assert told(Wire(1, "in", 2.5, b"\0\xff")) == {
        "type": "bytes",
        "session": 1,
        "direction": "in",
        "at": 2.5,
        "data": "AP8=",
    }
    happening = {"what": "state", "session": 1, "service": "chat", "text": "CHAT", "at": 2.5}
    assert told(SessionEvent("state", 1, "chat", "CHAT", 2.5)) == {"type": "event", **happening}


def test_a_piece_of_a_snapshot_has_at_most_500_rows_and_fits_into_64_kib() -> None:
    assert ROWS_IN_A_PIECE <= 500
    widest = ROW._replace(id=2**40, peer="[" + "ffff:" * 8 + "]:65535", user="x" * 20, bytes_in=2**50)
    assert len(encode(Snapshot((widest,) * ROWS_IN_A_PIECE, False))) < 65536
