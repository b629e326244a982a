"""NATS's operations: an encoded value is parsed as the same value, and other bytes raise a ValueError."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formats.nats import (
    BadOperation,
    Connect,
    Err,
    Info,
    Message,
    NatsServer,
    NatsURLError,
    Operation,
    PayloadHead,
    Signal,
    Subscribe,
    Unsubscribe,
    parse,
    parse_servers,
)

LETTERS = st.characters(min_codepoint=33, exclude_characters=".*>\x7f", exclude_categories=["Cs"])
TOKENS = st.text(LETTERS, min_size=1, max_size=8)
SUBJECTS = st.lists(TOKENS, min_size=1, max_size=4).map(".".join)
PATTERNS = st.lists(TOKENS | st.just("*"), min_size=1, max_size=4).map(".".join) | st.just(">")
NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=":"), min_size=1)
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n")).map(lambda v: v.strip())
JSON = st.dictionaries(st.text(max_size=5), st.none() | st.booleans() | st.integers() | st.text(max_size=9))
MESSAGES = st.builds(
    Message,
    SUBJECTS,
    st.binary(max_size=300),
    st.just("") | SUBJECTS,
    st.lists(st.tuples(NAMES, VALUES), max_size=3).map(tuple),
    st.just(0),
    st.just(""),
    st.just("") | TOKENS,
)
OPERATIONS = st.one_of(
    MESSAGES,
    st.builds(Info, JSON),
    st.builds(Connect, JSON),
    st.sampled_from(Signal),
    st.builds(Err, VALUES.map(lambda text: text.strip("'").strip())),
    st.builds(Subscribe, PATTERNS, TOKENS, st.just("") | TOKENS),
    st.builds(Unsubscribe, TOKENS, st.integers(0, 10**7)),
)


def parse_whole(data: bytes) -> Operation:
    """Parse the bytes of one operation with its payload."""
    line, _, rest = data.partition(b"\r\n")
    found = parse(line)
    if isinstance(found, PayloadHead):
        return found.complete(rest)
    assert not rest
    return found


@given(OPERATIONS)
def test_what_is_encoded_is_parsed_as_the_same_value(operation: Operation) -> None:
    assert parse_whole(operation.encode()) == operation


@given(st.binary(max_size=60) | OPERATIONS.map(lambda operation: operation.encode()), st.binary(max_size=60))
def test_strange_bytes_raise_a_value_error_and_nothing_else(line: bytes, body: bytes) -> None:
    with suppress(ValueError):
        found = parse(line)
        if isinstance(found, PayloadHead):
            found.complete(body)


@given(st.binary(max_size=80))
def test_strange_headers_raise_a_value_error_and_nothing_else(block: bytes) -> None:
    head = parse(b"HPUB a %d %d" % (len(block), len(block)))
    assert isinstance(head, PayloadHead)
    with suppress(ValueError):
        head.complete(block + b"\r\n")


@pytest.mark.parametrize(
    ("operation", "data"),
    [
        (Message("FOO", b"Hello NATS!"), b"PUB FOO 11\r\nHello NATS!\r\n"),
        (Message("FRONT.DOOR", b"Knock", "JOKE.22"), b"PUB FRONT.DOOR JOKE.22 5\r\nKnock\r\n"),
        (Message("NOTIFY"), b"PUB NOTIFY 0\r\n\r\n"),
        (Message("FOO.BAR", b"Hello", sid="9"), b"MSG FOO.BAR 9 5\r\nHello\r\n"),
        (Message("FOO.BAR", b"Hello", "GREET", sid="9"), b"MSG FOO.BAR 9 GREET 5\r\nHello\r\n"),
        (
            Message("FOO", b"Hi", headers=(("Bar", "Baz"),)),
            b"HPUB FOO 22 24\r\nNATS/1.0\r\nBar: Baz\r\n\r\nHi\r\n",
        ),
        (
            Message("FOO", b"Hi", "R", (("A", "1"), ("A", "2")), sid="s"),
            b"HMSG FOO s R 24 26\r\nNATS/1.0\r\nA: 1\r\nA: 2\r\n\r\nHi\r\n",
        ),
        (Subscribe("FOO.>", "1"), b"SUB FOO.> 1\r\n"),
        (Subscribe("*.B", "44", "G1"), b"SUB *.B G1 44\r\n"),
        (Unsubscribe("1"), b"UNSUB 1\r\n"),
        (Unsubscribe("1", 5), b"UNSUB 1 5\r\n"),
        (Signal.PING, b"PING\r\n"),
        (Signal.PONG, b"PONG\r\n"),
        (Signal.OK, b"+OK\r\n"),
        (Err("Unknown Protocol Operation"), b"-ERR 'Unknown Protocol Operation'\r\n"),
        (Err("a\ttab"), b"-ERR 'a\ttab'\r\n"),
        (Info({"max_payload": 5}), b'INFO {"max_payload": 5}\r\n'),
        (Connect({"verbose": False}), b'CONNECT {"verbose": false}\r\n'),
    ],
)
def test_each_operation_has_the_bytes_of_the_protocol_page(operation: Operation, data: bytes) -> None:
    assert operation.encode() == data
    assert parse_whole(data) == operation


def test_a_status_of_the_server_is_parsed_with_its_description() -> None:
    block = b"NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 7\r\n\r\n"
    message = parse_whole(b"HMSG a 1 %d %d\r\n%s\r\n" % (len(block), len(block), block))
    assert isinstance(message, Message)
    assert (message.status, message.description) == (100, "Idle Heartbeat")
    assert message.header("Nats-Last-Consumer") == "7"
    assert message.header("nats-last-consumer") == ""
    assert message.encode() == b"HMSG a 1 %d %d\r\n%s\r\n" % (len(block), len(block), block)


def test_blanks_may_be_tabs_and_several_and_the_case_of_a_verb_does_not_count() -> None:
    assert parse(b"sub\tFOO  \t 1") == Subscribe("FOO", "1")
    assert parse(b"ping") is Signal.PING
    assert parse(b"-ERR Slow Consumer ") == Err("Slow Consumer")


def test_the_largest_payload_is_that_of_the_info_or_one_mebibyte() -> None:
    assert Info({"max_payload": 5}).max_payload == 5
    assert Info({"max_payload": "5"}).max_payload == Info({}).max_payload == 1 << 20


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"HELLO",
        b"PUB a",
        b"PUB a b c 1",
        b"PUB a -1",
        b"PUB a 999999999",
        b"HPUB a 5 4",
        b"MSG a 1",
        b"UNSUB 1 x",
        b"SUB a",
        b"INFO []",
        b"CONNECT {",
        b"SUB \xff 1",
    ],
)
def test_a_line_that_is_no_operation_raises_a_value_error(line: bytes) -> None:
    with pytest.raises(ValueError):
        parse(line)


@pytest.mark.parametrize("body", [b"Hello", b"Hello\r\n\r\n", b"Hello!!", b"Hell\r\n"])
def test_a_payload_must_end_where_its_line_says(body: bytes) -> None:
    head = parse(b"PUB a 5")
    assert isinstance(head, PayloadHead)
    with pytest.raises(BadOperation):
        head.complete(body)


@pytest.mark.parametrize(
    "operation",
    [
        Message("a b"),
        Message(""),
        Message("a..b"),
        Message("a.*"),
        Message("a.>"),
        Message("a", reply="r r"),
        Message("a\r\nPUB b 0"),
        Message("a", headers=(("K:", "v"),)),
        Message("a", headers=(("K", "v\r\nL: w"),)),
        Message("a", sid="1 2"),
        Subscribe("a.>.b", "1"),
        Subscribe("a", "1", "q q"),
        Subscribe("a", ""),
        Unsubscribe("1\n"),
        Err("a\nb"),
    ],
)
def test_values_that_cannot_be_an_operation_are_refused(operation: Operation) -> None:
    with pytest.raises(BadOperation):
        operation.encode()


def test_a_star_is_a_wildcard_only_as_a_whole_token() -> None:
    assert Message("a*.>b").encode() == b"PUB a*.>b 0\r\n\r\n"


def test_urls_of_servers_are_parsed() -> None:
    assert parse_servers("nats://127.0.0.1:14222, tls://[::1],nats://ann:p%40ss@one:1,nats://s3cret@two") == [
        NatsServer("127.0.0.1", 14222),
        NatsServer("::1", tls=True),
        NatsServer("one", 1, user="ann", password="p@ss"),
        NatsServer("two", token="s3cret"),
    ]


def test_the_text_of_a_server_has_no_password() -> None:
    servers = parse_servers("tls://[::1]:5,nats://ann:secret@one,nats://s3cret@two:1")
    assert list(map(str, servers)) == ["tls://[::1]:5", "nats://one:4222", "nats://two:1"]


@pytest.mark.parametrize(
    "text",
    [
        *("", "127.0.0.1:4222", "http://a", "nats://", "nats://a:0", "nats://a:65536", "nats://a:b"),
        *("nats://a b", "nats://a,", "nats://a/b", "nats://a?b", "nats://@a", "nats://::1"),
    ],
)
def test_a_url_that_is_wrong_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(NatsURLError, match="a right one is nats://"):
        parse_servers(text)
