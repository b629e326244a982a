"""With `--log-level debug` a server logs who comes and goes."""

import pytest

from tests.running import Server, serving


@pytest.mark.parametrize("name", ["echo", "chat"])
def test_at_level_debug_the_log_says_who_comes_and_goes_and_in_which_state(name: str) -> None:
    with serving(f"servers.{name}", "--port", "0", "--log-level", "debug") as server:
        with server.connect() as client:
            peer = "tcp:{}:{}".format(*client.socket.getsockname())
            client.send(b"ann\n")
            client.until("ann")
        with server.connect() as other:  # its greeting comes after the end of the first session
            other.line()
        assert server.stop() == 0
        lines = logged(server, peer)
        assert lines[0] == f"{name}: {peer} has connected"
        assert lines[-1] == f"{name}: {peer} has gone: connection was closed cleanly"
        if name == "chat":
            assert lines[1:-1] == [f"chat: {peer} is REGISTER", f"chat: {peer} is CHAT ann"]


def test_otherwise_it_does_not() -> None:
    with serving("servers.echo", "--port", "0") as server:
        with server.connect() as client:
            client.line()
        assert server.stop() == 0
        assert "has connected" not in server.stderr()


def logged(server: Server, peer: str) -> list[str]:
    """The messages about `peer` in the log of `server`."""
    lines = [line.partition("session_log: ")[2] for line in server.stderr().splitlines()]
    return [line for line in lines if peer in line]
