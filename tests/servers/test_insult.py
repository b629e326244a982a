"""The client sends a topic and receives an insult."""

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.testing import CLIENT, StringTransport
from servers.hosting.data_files import DATA, read_text
from servers.insult import InsultFactory, InsultProtocol, parse
from tests.running import GUARD, run, serving

SHIPPED = parse(read_text(DATA / "insults.txt"))
INSULTS = {"semicolons": "They know where it ends.", "mondays": "Again?"}
TELNET_ANSWER = re.compile(rb"\xff[\xfc\xfe].", re.DOTALL)  # WONT or DONT
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


def test_the_greeting_explains_the_server() -> None:
    assert connect()[1].take().decode() == "".join(line + "\r\n" for line in GREETING)


@pytest.mark.parametrize("topic", ["mondays", "Mondays", "MONDAYS", "  mondays\t "])
def test_case_and_surrounding_spaces_of_a_topic_do_not_matter(topic: str) -> None:
    assert answer(topic.encode() + b"\r\n") == ["Again?"]


@pytest.mark.parametrize("topic", [b"", b"love", b"\xff\xfe", b"\x1b[2J", b"mon days"])
def test_an_unknown_topic_has_no_insult(topic: bytes) -> None:
    assert answer(topic + b"\n") == ["I've got nothing."]


def test_help_lists_the_topics_one_a_line() -> None:
    lines = [HELP, "semicolons", "mondays"]
    assert answer(b"help\r\n") == answer(b" HELP \n") == lines


def test_quit_closes_the_connection_and_later_lines_are_not_answered() -> None:
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


def test_the_server_does_not_read_from_a_client_that_does_not_read() -> None:
    protocol, transport = connect()
    transport.take()
    assert transport.producer is protocol
    protocol.pause_producing()
    protocol.data_received(b"mondays\n")
    assert transport.take() == b""
    protocol.resume_producing()
    assert transport.lines() == ["Again?"]


@given(st.lists(st.binary()))
@example([b"mondays\n", b"\xff\xfb\n", b"mondays\n"])
def test_any_bytes_are_answered_with_whole_answers(chunks: list[bytes]) -> None:
    protocol, transport = connect()
    transport.take()
    for chunk in chunks:
        if not transport.disconnecting:
            protocol.data_received(chunk)
    known = {"I've got nothing.", "Goodbye, loser.", "That is no topic, that is a novel.", HELP}
    lines = TELNET_ANSWER.sub(b"", transport.take()).decode().splitlines()
    assert set(lines) <= {*known, *INSULTS, *INSULTS.values()}


def test_there_are_at_least_sixty_different_insults() -> None:
    assert len(set(SHIPPED.values())) == len(SHIPPED) >= 60
    assert {"semicolons", "printers", "mondays"} <= set(SHIPPED)
    assert not {"help", "quit"} & set(SHIPPED)


@given(st.dictionaries(*[st.text("abc xyz", min_size=1).filter(str.strip)] * 2, min_size=1))
def test_parsed_insults_are_those_that_were_written(insults: dict[str, str]) -> None:
    expected = {topic.strip(): insult.strip() for topic, insult in insults.items()}
    text = "\n\n".join(f" {topic} :{insult}" for topic, insult in expected.items())
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("rust: it hurts\n\nRUST : again\n", "line 3 has the same topic as line 1"),
        ("caf\xe9: no\ncafe\u0301: no\n", "line 2 has the same topic as line 1"),
        ("rust: it hurts\nQuit: no\n", "line 2 has the topic `quit`, which is a command"),
        ("help : no\n", "line 1 has the topic `help`, which is a command"),
        ("ｈｅｌｐ: no\n", "line 1 has the topic `help`, which is a command"),
        ("rust\n", "line 1 should be `topic: insult`"),
        (" : no\n", "line 1 should be `topic: insult`"),
    ],
)
def test_a_topic_that_cannot_be_asked_for_is_refused_with_its_line(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        parse(text)


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e"])
def test_only_a_line_feed_ends_a_line_of_the_file(separator: str) -> None:
    assert parse(f"rust: it{separator}hurts\n") == {"rust": f"it{separator}hurts"}


def test_a_topic_is_found_however_its_letters_are_encoded() -> None:
    factory = InsultFactory(parse("Caf\xe9: Too strong.\n"))
    for typed in ("caf\xe9", "CAFE\u0301", "ｃａｆé"):
        protocol, transport = factory.build_protocol(CLIENT), StringTransport()
        assert protocol is not None
        protocol.make_connection(transport)
        transport.take()
        protocol.data_received(f"{typed}\n".encode())
        assert transport.lines() == ["Too strong."]


def test_a_web_page_gets_no_insult() -> None:
    assert answer(b"POST / HTTP/1.1\r\n\r\nmondays\r\n") == ["This is not a web server. Good-bye."]


def test_telnets_ctrl_c_is_answered_and_is_no_part_of_the_topic() -> None:
    protocol, transport = connect()
    transport.take()
    protocol.data_received(b"\xff\xf4\xff\xfd\x06mondays\r\0")
    assert transport.take() == b"\xff\xfc\x06Again?\r\n"


def test_a_byte_order_mark_before_the_first_topic_is_ignored() -> None:
    assert answer("\ufeffmondays\n".encode()) == ["Again?"]


@given(st.text())
def test_any_text_is_parsed_or_raises_value_error(text: str) -> None:
    try:
        insults = parse(text)
    except ValueError:
        return
    assert insults
    assert all(topic and insult for topic, insult in insults.items())


def test_insults_are_read_from_a_given_file(tmp_path: Path) -> None:
    file = tmp_path / "insults"
    file.write_text("Python: it has no: braces\n\nrust : it hurts\n")
    with serving("servers.insult", "--port", "0", "--insults", str(file)) as server:
        command = ["nc", "127.0.0.1", str(server.port())]
        text = b"python\nRust\nhelp\nquit\n"
        result = subprocess.run(command, input=text, capture_output=True, timeout=GUARD)
    lines = [*GREETING, "it has no: braces", "it hurts", HELP, "python", "rust", "Goodbye, loser."]
    assert result.stdout.decode() == "".join(line + "\r\n" for line in lines)


@pytest.mark.parametrize(
    "content", [b"", b"python\n", b"python:\n", b": no\n", b"\xff: x\n", b"a: b\nA: c\n", b"quit: x"]
)
def test_a_wrong_file_exits_2_with_one_line_that_names_it(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "insults"
    file.write_bytes(content)
    result = run("servers.insult", "--port", "0", "--insults", str(file))
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1), result.stderr
    assert str(file) in result.stderr
