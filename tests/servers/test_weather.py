"""A simulated bad network around servers and clients: `--weather`."""

import re
import socket

import pytest

from tests.running import Server, datagrams, run, serving


def test_an_echo_arrives_whole_in_any_weather() -> None:
    data = bytes(range(256)) * 4
    with serving("servers.echo", "--no-greeting", "--port", "0", "--weather", "slice,merge,seed=1") as server:
        with server.connect() as client:
            client.send(data)
            client.socket.shutdown(socket.SHUT_WR)
            assert client.rest() == data
        assert server.stop() == 0


def answered(server: Server) -> list[int]:
    """The numbers of those of a hundred datagrams that were answered, in the order of the answers."""
    found = []
    with datagrams(server) as client:
        for number in range(100):
            client.send(b"%d" % number)
        client.settimeout(0.5)
        while True:
            try:
                found.append(int(client.recv(100)))
            except TimeoutError:
                return found


def test_the_same_seed_loses_doubles_and_reorders_the_same_datagrams() -> None:
    found = []
    for seed in (3, 3, 4):
        weather = f"lose=0.2,double=0.2,seed={seed}"
        with serving("servers.udp_echo", "--port", "0", "--weather", weather) as server:
            found.append(answered(server))
    assert found[0] == found[1] != found[2]
    assert 40 < len(set(found[0])) < 85
    assert len(found[0]) > len(set(found[0]))


def conversation(weather: str) -> str:
    """The lines that a member of the chat receives in this weather, without times."""
    flags = ("--quiet", "--port", "0", "--weather", weather)
    with serving("servers.chat", *flags) as server, server.connect() as client:
        client.send(b"ann\r\n/me waves\r\n/names\r\n/quit\r\n")
        return re.sub(r"\d", "0", client.rest().decode())


def test_the_same_seed_gives_the_same_transcript_over_sockets() -> None:
    calm = conversation("calm")
    assert "Welcome to the chat, ann." in calm
    assert conversation("slice,delay=1-5,seed=7") == conversation("slice,delay=1-5,seed=7") == calm


def test_a_seed_that_is_not_given_is_drawn_and_printed() -> None:
    with serving("servers.echo", "--port", "0", "--weather", "slice") as server:
        assert re.search(
            r"^the weather has the seed (\d+): --weather slice,seed=\1$", server.stderr(), re.MULTILINE
        )


@pytest.mark.parametrize(
    "program", ["servers.echo", "servers.udp_echo", "servers", "clients.echo", "clients.chat"]
)
def test_a_wrong_weather_exits_2_and_shows_a_right_one(program: str) -> None:
    result = run(program, "--weather", "rain")
    assert (result.returncode, result.stdout) == (2, "")
    assert "'rain' is no weather" in result.stderr
    assert "a right one looks like slice,delay=5-50,seed=7" in result.stderr


def test_a_client_has_weather_too() -> None:
    with serving("servers.qotd", "--quote", "So it goes.", "--port", "0") as server:
        flags = ("--port", str(server.port()), "--weather", "slice,delay=1-3,seed=2")
        result = run("clients.qotd", *flags)
    assert (result.returncode, result.stdout) == (0, "So it goes.\n")


def test_the_connections_of_some_are_reset() -> None:
    with serving("servers.echo", "--no-greeting", "--port", "0", "--weather", "reset=1,seed=2") as server:
        with server.connect() as client:
            client.send(bytes(2000))
            with pytest.raises(ConnectionResetError):
                client.rest()
        assert server.stop() == 0
