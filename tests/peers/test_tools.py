"""Our servers with standard tools: nc, telnet, curl."""

import os
import pty
import select
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program import Program, announced, endpoints, port, python
from tests.running import GUARD

HOST = "127.0.0.1"


def tool(name: str) -> str:
    """The path of a tool. Skips the test if the tool is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def nc(*arguments: str) -> Program:
    return Program(tool("nc"), *arguments)


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The endpoint strings, by kind, of a chat server that listens on TCP and on a Unix socket."""
    path = tmp_path / "chat.sock"
    with python("-m", "servers.chat", "--listen", f"tcp:{HOST}:0", "--listen", f"unix:{path}") as server:
        yield {endpoint.partition(":")[0]: endpoint for _, endpoint in announced(server)}
        assert server.stop() == 0, server.errors()
        assert not path.exists()


def test_nc_gets_everything_back_that_it_sent_before_its_half_close(ours: dict[str, str]) -> None:
    text = "".join(f"line {number}\n" for number in range(10_000))
    with nc("-N", HOST, port(ours["echo"])) as client:
        client.until("open connections.")
        client.type(text)
        client.end_input()
        assert client.rest() == text
        assert client.wait() == 0


def test_the_echo_server_counts_its_connections_up_and_down() -> None:
    with python("-m", "servers.echo", "--port", "0") as server:
        number = port(endpoints(server)["echo"])
        with nc("-N", HOST, number) as first:
            assert first.until("\n") == "Welcome! There are currently 1 open connections.\r\n"
            with nc(HOST, number) as second:
                assert second.until("\n") == "Welcome! There are currently 2 open connections.\r\n"
                first.end_input()
                assert first.rest() == ""
                with nc(HOST, number) as third:
                    assert third.until("\n") == "Welcome! There are currently 2 open connections.\r\n"
        assert server.stop() == 0


def test_nc_gets_one_quote_and_the_end_of_stream(ours: dict[str, str]) -> None:
    with nc(HOST, port(ours["qotd"])) as client:
        client.end_input()
        quote = client.rest()
        assert client.wait() == 0
    assert quote.endswith("\r\n")
    assert len(quote.encode()) <= 512


def test_two_nc_clients_chat(chat: dict[str, str]) -> None:
    with nc("-N", HOST, port(chat["tcp"])) as ann, nc("-N", HOST, port(chat["tcp"])) as bob:
        ann.until("Choose a username:")
        ann.type("ann\n")
        ann.until("You're the only one here, 'ann'")
        bob.type("bob\n")
        bob.until("Participants in chat: ann, bob")
        assert ann.until("\n") == "bob has joined the channel.\r\n"
        bob.type("hello there\n")
        assert ann.until("\n").endswith(")<bob> hello there\r\n")
        ann.type("oh\nhello\n")
        bob.until("<ann> oh")
        assert bob.until("\n").endswith(")<ann> hello\r\n")
        bob.end_input()
        assert bob.rest() == ""
        assert ann.until("\n") == "bob has left the channel.\r\n"


def test_a_killed_nc_has_left_the_chat(chat: dict[str, str]) -> None:
    with nc(HOST, port(chat["tcp"])) as ann:
        ann.type("ann\n")
        ann.until("only one")
        with nc(HOST, port(chat["tcp"])) as bob:
            bob.type("bob\n")
            bob.until("Participants")
        ann.until("bob has left the channel.")


def test_nc_on_a_unix_socket_chats_with_nc_on_tcp(chat: dict[str, str]) -> None:
    with nc("-U", chat["unix"].removeprefix("unix:")) as ann, nc(HOST, port(chat["tcp"])) as bob:
        ann.type("ann\n")
        ann.until("only one")
        bob.type("bob\nhello\n")
        ann.until("<bob> hello")


def test_nc_gets_insults_and_is_disconnected_on_quit(ours: dict[str, str]) -> None:
    with nc(HOST, port(ours["insult"])) as client:
        client.type("help\nnobody knows this\nquit\n")
        client.end_input()
        said = client.rest()
        assert client.wait() == 0
    lines = said.split("\r\n")
    assert lines[:3] == [
        "Welcome to the Insult Server. Enter a topic to receive an insult.",
        'Enter "quit" to disconnect.',
        "I can provide insults about the following items:",
    ]
    assert lines[-3:] == ["I've got nothing.", "Goodbye, loser.", ""]


def test_nc_gets_its_datagrams_back(ours: dict[str, str]) -> None:
    with nc("-u", HOST, port(ours["udp_echo"])) as client:
        for text in ("one\n", "two \u00e9\n"):
            client.type(text)
            assert client.until("\n") == text


def test_nc_gets_a_quote_for_a_datagram() -> None:
    command = ("-m", "servers.qotd", "--listen", f"udp:{HOST}:0", "--quote", "Small is beautiful.")
    with python(*command) as server:
        with nc("-u", HOST, port(endpoints(server)["qotd"])) as client:
            client.type("\n")
            assert client.until("\n") == "Small is beautiful.\r\n"
        assert server.stop() == 0


def test_telnet_gets_its_answers_and_the_end_of_stream(ours: dict[str, str]) -> None:
    with Program(tool("telnet"), HOST, port(ours["insult"])) as client:
        client.until("disconnect.")
        client.type("nobody knows this\nQuit\n")
        assert [line.strip() for line in client.rest().splitlines()][:2] == [
            "I've got nothing.",
            "Goodbye, loser.",
        ]


def test_after_ctrl_c_telnet_still_shows_what_others_say(chat: dict[str, str]) -> None:
    """On Ctrl-C telnet discards all output until its DO TIMING-MARK is answered."""
    master, slave = pty.openpty()
    command = [tool("telnet"), HOST, port(chat["tcp"])]
    telnet = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)

    def type_until(keys: bytes, answer: bytes) -> None:
        os.write(master, keys)
        seen = b""
        while answer not in seen:
            assert select.select([master], [], [], GUARD)[0], seen
            seen += os.read(master, 4096)

    try:
        type_until(b"", b"Choose a username:")
        type_until(b"\x1d", b"telnet>")
        type_until(b"mode character\r", b"character")
        type_until(b"ann\r", b"Welcome to the chat, ann.")
        os.write(master, b"\x03")
        with nc(HOST, port(chat["tcp"])) as bob:
            bob.type("bob\n")
            type_until(b"", b"bob has joined")
    finally:
        telnet.kill()
        telnet.wait()
        os.close(master)


@pytest.mark.parametrize("service", ["chat", "insult"])
def test_a_post_by_curl_is_disconnected(ours: dict[str, str], service: str) -> None:
    url = f"http://{HOST}:{port(ours[service])}/"
    flags = ["--silent", "--http0.9", "--request", "POST", "--data", "mallory\nhello\nmondays\n"]
    with Program(tool("curl"), *flags, url) as client:
        assert client.rest().endswith("This is not a web server. Good-bye.\r\n")
        assert client.wait() == 0


def curl(endpoint: str) -> Program:
    """curl as a telnet client. It runs until its stdin ends, even if the server has closed."""
    return Program(tool("curl"), "--silent", "--no-buffer", f"telnet://{HOST}:{port(endpoint)}")


def test_curl_fetches_a_quote(ours: dict[str, str]) -> None:
    with curl(ours["qotd"]) as client:
        quote = client.until("\n")
        client.end_input()
        quote += client.rest()
        assert client.wait() == 0
    assert quote.endswith("\r\n")


def test_curl_quits_the_insult_server(ours: dict[str, str]) -> None:
    with curl(ours["insult"]) as client:
        client.until("disconnect.")
        client.type("quit\n")
        assert client.until("\n") == "Goodbye, loser.\r\n"
        client.end_input()
        assert client.wait() == 0
