"""The rules of the weather: the same seed gives the same pieces, and no byte of a stream changes."""

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formats.weather import (
    BLOCK,
    HOLD,
    OVERTAKEN,
    RETRANSMISSION,
    RIGHT,
    Datagrams,
    Piece,
    Stream,
    Weather,
    parse,
)

WRONG = [
    *("", "rain", "slice=1", "merge=0", "delay", "delay=", "delay=-5", "delay=1-2-3", "delay=1.5"),
    *("reset=2", "reset=1.1", "reset=-0.1", "lose=", "lose=0,3", "lose=.3", "lose=nan", "double=1e9"),
    *("seed", "seed=", "seed=-1", "seed=x", "slice,", "slice, merge", "SLICE", "calm=1", "delay=५"),
]

SPECS = st.sampled_from(
    ["calm", "slice", "merge", "delay=20", "delay=5-50", "slow", "rough", "lose=0.5", "slice,lose"]
)
DATA = st.binary(min_size=1, max_size=300)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """`data` in the pieces between `places`."""
    ends = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(ends)]


def by_byte(pieces: list[Piece]) -> list[tuple[float, int, int]]:
    """The delay, the block and the value of each byte."""
    return [(delay, block, byte) for delay, data, block in pieces for byte in data]


def test_the_right_spec_is_right() -> None:
    assert parse(RIGHT) == Weather(slice=True, delay=(0.005, 0.05), seed=7)


def test_a_chance_has_a_default() -> None:
    assert parse("lose,double,reorder,reset") == Weather(lose=0.3, double=0.3, reorder=0.3, reset=0.01)
    assert parse("lose=0.5,double=1,reset=0.25") == Weather(lose=0.5, double=1.0, reset=0.25)


def test_a_single_delay_is_the_least_and_the_most() -> None:
    assert parse("delay=20").delay == (0.02, 0.02)
    assert parse("delay=50-5").delay == (0.005, 0.05)


def test_calm_is_no_weather() -> None:
    assert parse("calm").is_calm()
    assert parse("calm,seed=3").is_calm()
    assert not parse("merge").is_calm()


def test_a_short_name_stands_for_its_parts_and_can_be_joined_with_others() -> None:
    assert parse("slow,seed=1") == Weather(delay=(0.05, 0.3), seed=1)
    assert parse("rough,lose=0") == Weather(
        slice=True, delay=(0.005, 0.05), reset=0.05, lose=0.0, double=0.3, reorder=0.3
    )


@pytest.mark.parametrize("spec", WRONG)
def test_a_wrong_spec_is_refused_with_a_right_one(spec: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse(spec)
    assert str(caught.value).endswith(f"; a right one looks like {RIGHT}")


@given(st.text())
def test_no_text_raises_anything_but_value_error(text: str) -> None:
    with suppress(ValueError):
        assert isinstance(parse(text), Weather)


@given(SPECS, st.integers(0, 5), DATA, st.lists(st.integers(0, 300)))
def test_no_byte_changes_its_place_and_pieces_do_not_depend_on_the_kernel(
    spec: str, seed: int, data: bytes, places: list[int]
) -> None:
    weather = parse(f"{spec},reset=0,seed={seed}")
    at_once = Stream(weather, 1, "in").feed(data)
    other = Stream(weather, 1, "in")
    in_parts = [piece for part in cut(data, places) for piece in other.feed(part)]
    assert b"".join([piece.data for piece in at_once]) == data
    assert by_byte(at_once) == by_byte(in_parts)


def test_slice_cuts_after_each_byte() -> None:
    assert [piece.data for piece in Stream(parse("slice,seed=1"), 1, "in").feed(b"abc")] == [b"a", b"b", b"c"]


def test_bytes_of_one_block_have_the_same_delay_and_blocks_have_other_ones() -> None:
    pieces = Stream(parse("delay=5-50,seed=1"), 1, "in").feed(bytes(3 * BLOCK))
    assert [len(piece.data) for piece in pieces] == [BLOCK] * 3
    assert len({piece.delay for piece in pieces}) == 3
    assert all(0.005 <= piece.delay <= 0.05 for piece in pieces)


def test_bytes_of_a_stream_that_are_lost_come_later() -> None:
    delays = {piece.delay for piece in Stream(parse("lose=0.5,seed=1"), 1, "in").feed(bytes(20 * BLOCK))}
    assert delays == {0.0, RETRANSMISSION}


@pytest.mark.parametrize("change", ["seed", "connection", "direction"])
def test_seed_connection_and_direction_decide(change: str) -> None:
    weather, other = parse("delay=5-50,seed=1"), parse("delay=5-50,seed=2")
    first = Stream(weather, 1, "in").feed(bytes(100))
    second = {
        "seed": Stream(other, 1, "in"),
        "connection": Stream(weather, 2, "in"),
        "direction": Stream(weather, 1, "out"),
    }[change].feed(bytes(100))
    assert first != second


def resets(weather: Weather, connection: int) -> list[tuple[str, int]]:
    """The directions and places at which the connection is reset."""
    found = []
    for direction in ("in", "out"):
        *before, last = Stream(weather, connection, direction).feed(bytes(2000))
        if not last.data:
            found.append((direction, sum(len(piece.data) for piece in before)))
    return found


def test_a_reset_comes_in_one_direction_within_the_first_kilobyte() -> None:
    weather = parse("reset=1,seed=1")
    for connection in range(50):
        ((direction, place),) = resets(weather, connection)
        assert direction in ("in", "out")
        assert 1 <= place < 1024


def test_the_chance_of_a_reset_is_that_of_a_connection() -> None:
    weather = parse("reset=0.2,seed=1")
    assert 150 < sum(len(resets(weather, connection)) for connection in range(1000)) < 250


def test_without_a_chance_of_it_no_connection_is_reset() -> None:
    assert not any(resets(parse("delay=5,lose,seed=1"), connection) for connection in range(20))


def test_nothing_comes_after_a_reset() -> None:
    stream = Stream(parse("reset=1,slice,seed=1"), 1, "in")
    pieces = [*stream.feed(bytes(2000)), *Stream(parse("reset=1,slice,seed=1"), 1, "out").feed(bytes(2000))]
    assert [piece.block for piece in pieces].count(-1) == 1


def test_only_merge_holds_bytes_back() -> None:
    assert Stream(parse("delay=5,seed=1"), 1, "in").hold() == 0
    assert HOLD[0] <= Stream(parse("merge,seed=1"), 1, "in").hold() <= HOLD[1]


def fates(spec: str, count: int = 1000) -> list[list[float]]:
    """The delays of the copies of each of `count` datagrams."""
    datagrams = Datagrams(parse(spec), 1, "in")
    return [datagrams.feed() for _ in range(count)]


def test_datagrams_are_lost_and_doubled_as_often_as_the_chances_say() -> None:
    counts = [len(copies) for copies in fates("lose=0.3,double=0.5,seed=1")]
    assert 250 < counts.count(0) < 350
    assert 300 < counts.count(2) < 400
    assert counts.count(0) + counts.count(1) + counts.count(2) == 1000


def test_a_datagram_that_is_overtaken_comes_later() -> None:
    delays = {delay for copies in fates("reorder=0.5,seed=1") for delay in copies}
    assert delays == {0.0, OVERTAKEN}


def test_datagrams_of_the_same_seed_have_the_same_fate() -> None:
    assert fates("rough,seed=1") == fates("rough,seed=1")
    assert fates("rough,seed=1") != fates("rough,seed=2")


def test_calm_datagrams_arrive_once_and_at_once() -> None:
    assert fates("calm", 3) == [[0.0], [0.0], [0.0]]
