"""The messages in the stream of a room."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formats.text import visible
from servers.chat.cluster.messages import (
    KINDS,
    ROOM,
    Batch,
    Change,
    Gone,
    Hello,
    Message,
    Person,
    Roster,
    decode,
    encode,
)

texts = st.text(max_size=20).map(visible)
numbers = st.integers(0, 2**40)
rooms = st.from_regex(ROOM, fullmatch=True)
changes = st.builds(Change, st.sampled_from(KINDS), numbers, texts, texts, texts, rooms)
messages = st.one_of(
    st.builds(Hello, texts),
    st.builds(Gone, texts),
    st.builds(Batch, texts, numbers, st.lists(changes).map(tuple)),
    st.tuples(texts, st.lists(st.tuples(numbers, texts, st.dictionaries(rooms, numbers), texts))).flatmap(
        lambda found: st.builds(
            Roster,
            st.just(found[0]),
            texts,
            numbers,
            st.just(tuple(Person(found[0], *each) for each in found[1])),
            st.booleans(),
        )
    ),
)


@given(messages)
def test_a_message_is_the_same_after_the_stream(message: Message) -> None:
    assert decode(encode(message)) == message


@given(
    st.binary(max_size=60)
    | st.dictionaries(st.text(max_size=9), st.none() | st.integers()).map(
        lambda found: json.dumps(found).encode()
    )
)
def test_anything_else_is_a_value_error(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r"(?s)."):
        decode(payload)


@pytest.mark.parametrize(
    "found",
    [
        {"server": "a", "batch": 1, "changes": [{"kind": "kick", "member": 1, "name": "ann"}]},
        {"server": "a", "batch": 1, "changes": [{"kind": "said", "member": "1", "name": "ann"}]},
        {"server": "a", "batch": "1", "changes": []},
        {"server": "a", "roster": "b", "number": 0, "people": [[1, "ann"]], "last": True},
        {"server": "a", "roster": "b", "number": 0, "people": [[1, "ann", 7, ""]], "last": True},
        {"server": "a", "roster": "b", "number": 0, "people": [[1, "ann", {"a.b": 7}, ""]], "last": True},
        {"server": "a", "roster": "b", "number": 0, "people": [[1, "ann", {"a": "7"}, ""]], "last": True},
        {"server": "a", "batch": 1, "changes": [{"kind": "said", "member": 1, "name": "ann", "room": ">"}]},
        {"server": "a"},
    ],
)
def test_a_wrong_value_is_a_value_error(found: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        decode(json.dumps(found).encode())


def test_control_characters_of_a_stranger_do_not_reach_a_terminal() -> None:
    said = Change("said", 1, "a\x1bn", "\x1b[2J\n")
    (change,) = decode(encode(Batch("x", 1, (said,)))).changes  # type: ignore[union-attr]
    assert (change.name, change.text) == ("a␛n", visible("\x1b[2J\n"))
