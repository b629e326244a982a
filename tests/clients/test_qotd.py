"""The quote client."""

from tests.clients.running import client, free_port, one_time_server
from tests.running import Server, serving


def test_it_prints_the_quote_and_nothing_else(suite: Server) -> None:
    result = client("qotd", "--connect", suite.places["qotd"][0])
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.endswith(b"\n")
    assert b"\r" not in result.stdout


def test_it_asks_by_datagram_as_well() -> None:
    with serving("servers.qotd", "--listen", "udp:127.0.0.1:0", "--quote", "Less.") as server:
        result = client("qotd", "--connect", server.places["qotd"][0])
    assert (result.returncode, result.stdout) == (0, b"Less.\n")


def test_where_no_datagram_is_answered_it_says_how_to_have_them_answered() -> None:
    endpoint = f"udp:127.0.0.1:{free_port()}"
    result = client("qotd", "--connect", endpoint)
    assert result.returncode == 1
    assert f"is the server running? python -m servers.qotd --listen {endpoint}\n" in result.stderr.decode()


def test_a_server_without_a_quote_is_a_failure() -> None:
    with one_time_server() as endpoint:
        result = client("qotd", "--connect", endpoint)
    assert result.returncode == 1
    assert result.stderr.count(b"\n") == 1
