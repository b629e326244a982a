"""Name a topic and be insulted about it."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.testing import CLIENT, StringTransport
from servers.hosting.data_files import DATA, read_text
from servers.insult import InsultFactory, InsultProtocol, parse
from tests.servers.running import GUARD, run, serving

SHIPPED = parse(read_text(DATA / "insults.txt"))
INSULTS = {"semicolons": "They know where it ends.", "mondays": "Again?"}
HELP = "I can provide insults about the following items:"
GREETING = [
    "Welcome to the Insult Server. Enter a topic to receive an insult.",
    'Enter "quit" to disconnect.',
]


def connect() -> tuple[InsultProtocol, StringTransport]:
    protocol, transport = InsultFactory(INSULTS).build_protocol(CLIENT), StringTransport()
    assert isinstance(protocol, InsultProtocol)
    protocol.make_connection(transport)
    return protocol, transport


def answer(data: bytes) -> list[str]:
    """The lines that come after the greeting."""
    protocol, transport = connect()
    transport.take()
    protocol.data_received(data)
    return transport.lines()


def test_the_greeting_says_how_it_works() -> None:
    assert connect()[1].take().decode() == "".join(line + "\r\n" for line in GREETING)


@pytest.mark.parametrize("topic", ["mondays", "Mondays", "MONDAYS", "  mondays\t "])
def test_a_topic_in_any_case_and_with_blanks_around_it_brings_its_insult(topic: str) -> None:
    assert answer(topic.encode() + b"\r\n") == ["Again?"]


@pytest.mark.parametrize("topic", [b"", b"love", b"\xff\xfe", b"\x1b[2J", b"mon days"])
def test_an_unknown_topic_brings_nothing(topic: bytes) -> None:
    assert answer(topic + b"\n") == ["I've got nothing."]


def test_help_lists_the_topics_a_line_each() -> None:
    lines = [HELP, "semicolons", "mondays"]
    assert answer(b"help\r\n") == answer(b" HELP \n") == lines


def test_quit_brings_a_good_bye_and_the_end_and_what_follows_is_not_answered() -> None:
    protocol, transport = connect()
    transport.take()
    protocol.data_received(b"Quit\r\nmondays\r\n")
    assert transport.lines() == ["Goodbye, loser."]
    assert transport.disconnecting


def test_a_line_without_an_end_is_refused() -> None:
    protocol, transport = connect()
    transport.take()
    protocol.data_received(b"x" * 20000)
    assert transport.lines() == ["That is no topic, that is a novel."]
    assert transport.disconnecting


def test_who_does_not_read_the_answers_is_not_asked_for_more_topics() -> None:
    protocol, transport = connect()
    transport.take()
    assert transport.producer is protocol
    protocol.pause_producing()
    protocol.data_received(b"mondays\n")
    assert transport.take() == b""
    protocol.resume_producing()
    assert transport.lines() == ["Again?"]


@given(st.lists(st.binary()))
def test_no_bytes_bring_anything_but_whole_answers(chunks: list[bytes]) -> None:
    protocol, transport = connect()
    transport.take()
    for chunk in chunks:
        if not transport.disconnecting:
            protocol.data_received(chunk)
    known = {"I've got nothing.", "Goodbye, loser.", "That is no topic, that is a novel.", HELP}
    assert set(transport.lines()) <= {*known, *INSULTS, *INSULTS.values()}


def test_there_are_sixty_insults_and_more_none_twice() -> None:
    assert len(set(SHIPPED.values())) == len(SHIPPED) >= 60
    assert {"semicolons", "printers", "mondays"} <= set(SHIPPED)
    assert not {"help", "quit"} & set(SHIPPED)


@given(st.dictionaries(*[st.text("abc xyz", min_size=1).filter(str.strip)] * 2, min_size=1))
def test_what_is_written_is_what_is_said(insults: dict[str, str]) -> None:
    text = "\n\n".join(f" {topic}:{insult}" for topic, insult in insults.items())
    expected = {topic.strip(): insult.strip() for topic, insult in insults.items()}
    assert parse(text) == expected


@given(st.text())
def test_no_file_breaks_the_parser_in_more_than_one_way(text: str) -> None:
    try:
        insults = parse(text)
    except ValueError:
        return
    assert insults
    assert all(topic and insult for topic, insult in insults.items())


def test_insults_of_ones_own_are_said(tmp_path: Path) -> None:
    file = tmp_path / "insults"
    file.write_text("Python: it has no: braces\n\nrust : it hurts\n")
    with serving("servers.insult", "--port", "0", "--insults", str(file)) as server:
        command = ["nc", "127.0.0.1", str(server.port())]
        text = b"python\nRust\nhelp\nquit\n"
        result = subprocess.run(command, input=text, capture_output=True, timeout=GUARD)
    lines = [*GREETING, "it has no: braces", "it hurts", HELP, "python", "rust", "Goodbye, loser."]
    assert result.stdout.decode() == "".join(line + "\r\n" for line in lines)


@pytest.mark.parametrize("content", [b"", b"python\n", b"python:\n", b": no\n", b"\xff: x\n"])
def test_a_file_that_is_none_exits_2_in_one_line_that_names_it(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "insults"
    file.write_bytes(content)
    result = run("servers.insult", "--port", "0", "--insults", str(file))
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1), result.stderr
    assert str(file) in result.stderr
