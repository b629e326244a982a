"""The client of the quote of the day server."""

import socket

from tests.clients.running import client, one_time_server, refusing_port
from tests.running import Server, serving


def test_it_prints_the_quote_and_nothing_else(suite: Server) -> None:
    result = client("qotd", "--connect", suite.endpoints["qotd"][0])
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.endswith(b"\n")
    assert b"\r" not in result.stdout


def test_it_gets_a_quote_over_udp() -> None:
    with serving("servers.qotd", "--listen", "udp:127.0.0.1:0", "--quote", "Less.") as server:
        result = client("qotd", "--connect", server.endpoints["qotd"][0])
    assert (result.returncode, result.stdout) == (0, b"Less.\n")


def test_without_an_answer_over_udp_it_says_how_to_start_such_a_server() -> None:
    with refusing_port(socket.SOCK_DGRAM) as port:
        endpoint = f"udp:127.0.0.1:{port}"
        result = client("qotd", "--connect", endpoint)
    assert result.returncode == 1
    assert f"is the server running? python -m servers.qotd --listen {endpoint}\n" in result.stderr.decode()


def test_a_server_that_sends_no_quote_is_an_error() -> None:
    with one_time_server() as endpoint:
        result = client("qotd", "--connect", endpoint)
    assert result.returncode == 1
    assert result.stderr.count(b"\n") == 1
