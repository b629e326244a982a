"""IRC's lines: parsed and rendered, with tags and modes."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formats.irc import (
    MAX_COMMAND_LENGTH,
    IRCBadMessage,
    IRCBadModes,
    Message,
    parse_modes,
    parsemsg,
)
from core.formats.irc_numerics import Numeric, numeric_to_symbolic, symbolic_to_numeric

WORD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=" \0\r\n"), min_size=1).filter(
    lambda word: word[0] not in ":@"
)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"))
TAGS = st.dictionaries(st.from_regex(r"\+?([a-z.]+/)?[A-Za-z0-9-]+", fullmatch=True), TEXT, max_size=4)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    params = [*draw(st.lists(WORD, max_size=5)), *draw(st.lists(TEXT, max_size=1))]
    return Message(draw(WORD), params, draw(st.just("") | WORD), draw(TAGS))


@pytest.mark.parametrize(
    ("line", "prefix", "command", "params"),
    [
        ("PING", "", "PING", []),
        ("PING :irc.example", "", "PING", ["irc.example"]),
        (":irc.example 001 ann :Welcome, ann", "irc.example", "001", ["ann", "Welcome, ann"]),
        (":ann!a@h PRIVMSG #class :hello :-)", "ann!a@h", "PRIVMSG", ["#class", "hello :-)"]),
        ("PRIVMSG #class :", "", "PRIVMSG", ["#class", ""]),
        ("MODE #class +o ann", "", "MODE", ["#class", "+o", "ann"]),
        ("  MODE   #class  +o  ann  ", "", "MODE", ["#class", "+o", "ann"]),
        ("JOIN #a:b", "", "JOIN", ["#a:b"]),
        ("PRIVMSG #class a\tb\u2003c", "", "PRIVMSG", ["#class", "a\tb\u2003c"]),
        (":ann!a@h  QUIT", "ann!a@h", "QUIT", []),
        ("@time=12:00;x :ann!a@h JOIN #class", "ann!a@h", "JOIN", ["#class"]),
        ("@time=12:00 :a:b JOIN :#class", "a:b", "JOIN", ["#class"]),
    ],
)
def test_a_line_is_parsed_into_prefix_command_and_parameters(
    line: str, prefix: str, command: str, params: list[str]
) -> None:
    assert parsemsg(line) == (prefix, command, params)


@pytest.mark.parametrize(
    "line", ["", " ", ":", ":ann", ":ann ", ":ann :hello", "@tag", "@tag ", "@tag :ann", "::"]
)
def test_a_line_without_a_command_is_a_bad_message(line: str) -> None:
    with pytest.raises(IRCBadMessage):
        parsemsg(line)
    with pytest.raises(IRCBadMessage):
        Message.parse(line)


def test_tags_are_unescaped() -> None:
    message = Message.parse(r"@a=1\:2\s3\\4\r\n5;b;c=;d=\x\ ;a=last;=lost :ann NOTICE bob :hello")
    assert message.tags == {"a": "1;2 3\\4\r\n5", "b": "", "c": "", "d": "x"}
    message = Message.parse("@a=first;a=last;draft/b=x=y PING")
    assert message == Message("PING", [], "", {"a": "last", "draft/b": "x=y"})


def test_a_parsed_line_has_no_character_that_no_line_may_have() -> None:
    assert Message.parse("PRIVMSG #class :a\rb\0c\r\n") == Message("PRIVMSG", ["#class", "abc"])


def test_a_rendered_line_has_a_colon_only_before_a_parameter_that_needs_one() -> None:
    assert Message("MODE", ["#class", "+o", "ann"], "irc.example").render() == (
        b":irc.example MODE #class +o ann\r\n"
    )
    assert Message("TOPIC", ["#class", ""]).render() == b"TOPIC #class :\r\n"
    assert Message("TOPIC", ["#class", ":-)"]).render() == b"TOPIC #class ::-)\r\n"
    assert Message("PRIVMSG", ["#class", "a b"]).render() == b"PRIVMSG #class :a b\r\n"
    assert Message("PRIVMSG", ["#class", "hi"]).render() == b"PRIVMSG #class hi\r\n"
    assert Message("PRIVMSG", ["#class", "hi"]).render(text=True) == b"PRIVMSG #class :hi\r\n"
    assert Message("PING", tags={"a": "b c", "d": ""}).render(text=True) == b"@a=b\\sc;d PING\r\n"


@given(messages())
def test_a_rendered_message_parses_back(message: Message) -> None:
    line = message.render()
    _, rest = line.split(b" ", 1) if message.tags else (b"", line)
    assert len(rest) <= MAX_COMMAND_LENGTH
    assert rest.endswith(b"\r\n")
    parsed = Message.parse(line.decode().removesuffix("\r\n"))
    assert (parsed.command, parsed.prefix, parsed.tags) == (message.command, message.prefix, message.tags)
    if len(rest) < MAX_COMMAND_LENGTH - 3:
        assert parsed.params == message.params
    assert message.render(text=True).count(b"\n") == 1


@pytest.mark.parametrize("letter", ["x", "ä", "語", "🦊", "e\u0301"])
def test_a_text_that_is_too_long_is_cut_between_characters(letter: str) -> None:
    line = Message("PRIVMSG", ["#class", letter * 600], "ann!a@h").render(text=True)
    assert MAX_COMMAND_LENGTH - 4 <= len(line) <= MAX_COMMAND_LENGTH
    text = Message.parse(line.decode().removesuffix("\r\n")).params[1]
    assert text == letter * (len(text) // len(letter))


def test_the_tags_have_a_limit_of_their_own() -> None:
    line = Message("PRIVMSG", ["#class", "x" * 600], tags={"a": "y" * 600}).render()
    assert line == b"@a=" + b"y" * 600 + b" PRIVMSG #class " + b"x" * (510 - 15) + b"\r\n"
    with pytest.raises(IRCBadMessage):
        Message("PING", tags={"a": "y" * 8188}).render()


@pytest.mark.parametrize(
    "message",
    [
        Message(""),
        Message("A B"),
        Message(":A"),
        Message("@A"),
        Message("A\r\nB"),
        Message("A", ["b c", "d"]),
        Message("A", ["", "d"]),
        Message("A", [":b", "d"]),
        Message("A", ["b\nQUIT"]),
        Message("A", ["b\0"]),
        Message("A", [], "ann bob"),
        Message("A", [], "ann\n"),
        Message("A", [], "x" * 600),
        Message("A", [], "", {"": "value"}),
        Message("A", [], "", {"a b": "value"}),
        Message("A", [], "", {"a": "\0"}),
    ],
    ids=repr,
)
def test_what_cannot_be_a_line_is_refused(message: Message) -> None:
    with pytest.raises(IRCBadMessage):
        message.render()


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.text(":@ =;\\ab\r\n\0"))
def test_any_line_is_parsed_or_refused_and_then_stays_the_same(line: str) -> None:
    try:
        message = Message.parse(line)
        rendered = message.render()
    except IRCBadMessage:
        return
    if b"\xef\xbf\xbd" not in rendered and len(rendered) < MAX_COMMAND_LENGTH - 3:
        assert Message.parse(rendered.decode().removesuffix("\r\n")) == message


@given(st.binary())
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    try:
        Message.parse(data.decode(errors="replace"))
    except IRCBadMessage:
        pass


def test_modes_are_parsed_with_their_parameters() -> None:
    assert parse_modes("+s", []) == ([("s", None)], [])
    assert parse_modes("+o-vl+n", ["ann", "bob"], ("ovl", "ov")) == (
        [("o", "ann"), ("n", None)],
        [("v", "bob"), ("l", None)],
    )
    given_params = ["key", "42"]
    assert parse_modes("+kl", given_params, ["kl", ""]) == ([("k", "key"), ("l", "42")], [])
    assert given_params == ["key", "42"]


@pytest.mark.parametrize("modes", ["", "foo", "%", "+", "-", "++k", "-+k", "+k-"])
def test_malformed_modes_are_refused(modes: str) -> None:
    with pytest.raises(IRCBadModes):
        parse_modes(modes, [])


def test_modes_that_do_not_match_their_parameters_are_refused() -> None:
    with pytest.raises(IRCBadModes, match="Not enough parameters"):
        parse_modes("+ko", ["key"], ("ko", "o"))
    with pytest.raises(IRCBadModes, match="Too many parameters"):
        parse_modes("+n", ["key"], ("ko", "o"))


@given(st.text("+-abc"), st.lists(st.text("xy", min_size=1), max_size=3))
def test_modes_that_are_accepted_say_what_they_said(modes: str, params: list[str]) -> None:
    try:
        added, removed = parse_modes(modes, params, ("a", "b"))
    except IRCBadModes:
        return
    letters = [letter for letter in modes if letter not in "+-"]
    assert sorted(letters) == sorted(letter for letter, _ in added + removed)
    assert sorted(params) == sorted(param for _, param in added + removed if param is not None)


def test_the_numbers_and_the_names_of_answers_are_pairs() -> None:
    assert Numeric("001") is Numeric.RPL_WELCOME
    assert f":irc.example {Numeric.ERR_NICKNAMEINUSE} * ann" == ":irc.example 433 * ann"
    assert numeric_to_symbolic["433"] == "ERR_NICKNAMEINUSE"
    assert len(numeric_to_symbolic) == len(symbolic_to_numeric) > 150
    assert all(name.startswith(("RPL_", "ERR_")) for name in symbolic_to_numeric)
    assert all(len(number) == 3 and number.isdigit() for number in numeric_to_symbolic)


def test_ten_thousand_random_lines_raise_nothing_else() -> None:
    generator = random.Random(1459)
    for _ in range(10_000):
        line = "".join(generator.choices(":@ =;\\\x01\x10ab#ä語\U0001f98a", k=generator.randrange(40)))
        try:
            assert len(Message.parse(line).render().rsplit(b"@", 1)[-1]) <= 2 * MAX_COMMAND_LENGTH
        except IRCBadMessage:
            pass
