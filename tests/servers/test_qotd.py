"""RFC 865: one quote, at most 512 bytes, then good-bye."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.testing import CLIENT, StringTransport
from servers.hosting.data_files import DATA, read_text
from servers.qotd import MAX_LENGTH, QOTDFactory, encode, parse
from tests.running import GUARD, datagrams, run, serving

SHIPPED = parse(read_text(DATA / "quotes.txt"))


def ask(*flags: str) -> bytes:
    """The answer of a server with these flags."""
    with serving("servers.qotd", "--port", "0", *flags) as server, server.connect() as client:
        return client.rest()


def test_a_quote_is_sent_and_the_connection_closed_at_once() -> None:
    protocol, transport = QOTDFactory([b"So it goes.\r\n"]).build_protocol(CLIENT), StringTransport()
    assert protocol is not None
    protocol.make_connection(transport)
    assert transport.take() == b"So it goes.\r\n"
    assert transport.disconnecting


def test_there_are_at_least_sixty_different_quotes_of_at_most_512_bytes() -> None:
    assert len(set(SHIPPED)) == len(SHIPPED) >= 60
    assert all(len(encode(quote)) <= MAX_LENGTH == 512 for quote in SHIPPED)


def test_without_flags_one_of_the_shipped_quotes_is_served() -> None:
    assert ask() in {encode(quote) for quote in SHIPPED}


def test_a_quote_can_be_given_as_a_flag() -> None:
    assert ask("--quote", "Alles fließt.") == "Alles fließt.\r\n".encode()


def test_received_data_is_discarded_and_the_client_still_gets_the_quote() -> None:
    with (
        serving("servers.qotd", "--port", "0", "--quote", "x" * 500) as server,
        server.connect() as client,
    ):
        try:
            client.send(b"What is it today? " * 1000)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert client.rest() == b"x" * 500 + b"\r\n"


def test_nc_and_curl_get_the_quote_and_end() -> None:
    with serving("servers.qotd", "--port", "0", "--quote", "So it goes.") as server:
        for command in (
            ["nc", "127.0.0.1", str(server.port())],
            ["curl", "-s", f"telnet://127.0.0.1:{server.port()}"],
        ):
            result = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=GUARD, text=True
            )
            assert result.stdout == "So it goes.\n", command


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ("one\ntwo\n\n three \n", {"one\r\n", "two\r\n", "three\r\n"}),
        ("one\nand a half\n%\ntwo\n%\n", {"one\r\nand a half\r\n", "two\r\n"}),
        ("%\n100 %\nof it\n% \n%\n", {"100 %\r\nof it\r\n"}),
        ("\N{BYTE ORDER MARK}one\r\ntwo\r\n", {"one\r\n", "two\r\n"}),
    ],
)
def test_a_file_has_one_quote_a_line_or_is_a_fortune_file(
    tmp_path: Path, text: str, quotes: set[str]
) -> None:
    file = tmp_path / "quotes"
    file.write_bytes(text.encode())
    assert {encode(quote).decode() for quote in parse(read_text(file))} == quotes
    assert ask("--quotes", str(file)).decode() in quotes


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="%"),
                        min_size=1)))  # fmt: skip
def test_all_quotes_of_a_file_are_served(quotes: list[str]) -> None:
    expected = [quote.encode() + b"\r\n" for quote in quotes]
    assert [encode(quote) for quote in parse("\n".join(quotes))] == expected
    assert [encode(quote) for quote in parse("\n%\n".join([*quotes, ""]))] == expected


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e"])
def test_only_a_line_feed_ends_a_line_of_the_file(separator: str) -> None:
    quote = f"one{separator}and a half"
    assert parse(f"{quote}\ntwo\n") == [quote, "two"]
    assert parse(f"{quote}\n%\ntwo\n") == [f"{quote}\n", "\ntwo\n"]
    assert encode(quote) == f"{quote}\r\n".encode()


@pytest.mark.parametrize("listen", [["udp"], ["tcp"], ["tcp", "udp"], ["udp", "udp"], ["udp", "tcp", "udp"]])
def test_quotes_from_a_pipe_are_read_once_whatever_the_endpoints(listen: list[str]) -> None:
    flags = " ".join(f"--listen {kind}:127.0.0.1:0" for kind in listen)
    script = f"exec {sys.executable} -m servers.qotd --no-control {flags} --quotes <(echo So it goes.)"
    with subprocess.Popen(["bash", "-c", script], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            for kind in listen:
                host, port = server.stdout.readline().split(f" {kind}:")[1].split(":")
                socket_type = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
                with socket.socket(socket.AF_INET, socket_type) as client:
                    client.settimeout(GUARD)
                    client.connect((host, int(port)))
                    client.send(b"?" if kind == "udp" else b"")
                    assert client.recv(512) == b"So it goes.\r\n"
        finally:
            server.terminate()


@given(st.text())
def test_no_file_breaks_the_parser_and_no_quote_is_blank(text: str) -> None:
    assert all(quote.strip() for quote in parse(text))


def test_a_quote_over_512_bytes_is_never_served(tmp_path: Path) -> None:
    file = tmp_path / "quotes"
    file.write_text("x" * 511 + "\n" + "y" * 510 + "\n")
    assert ask("--quotes", str(file)) == b"y" * 510 + b"\r\n"


@pytest.mark.parametrize(
    "flags",
    [
        ["--quote", ""],
        ["--quote", "x" * 511],
        ["--quotes", "/dev/null"],
        ["--quotes", "/not/there"],
        ["--quote", "a", "--quotes", "b"],
    ],
)
def test_flags_that_leave_nothing_to_serve_exit_2_in_one_line(flags: list[str]) -> None:
    result = run("servers.qotd", "--port", "0", *flags)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1), result.stderr


def test_a_quote_in_another_encoding_is_served_as_it_is() -> None:
    assert ask("--quote", b"Gr\xfc\xdfe".decode(errors="surrogateescape")) == b"Gr\xfc\xdfe\r\n"


def test_over_udp_any_datagram_is_answered_with_the_same_bytes() -> None:
    flags = ["--listen", "udp:127.0.0.1:0", "--quote", "So it goes."]
    with serving("servers.qotd", *flags) as server, datagrams(server) as client:
        for question in (b"", b"?", b"\0" * 60000):
            client.send(question)
            assert client.recv(65536) == b"So it goes.\r\n"


def test_udp_is_off_by_default() -> None:
    with serving("servers.qotd", "--port", "0") as server, datagrams(server) as client:
        client.send(b"?")
        with pytest.raises(ConnectionRefusedError):
            client.recv(512)
