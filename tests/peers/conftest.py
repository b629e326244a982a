"""The servers that the peers of this folder talk to: ours, and Twisted's."""

from collections.abc import Iterator

import pytest

from tests.peers.program import places, python, twisted


@pytest.fixture(scope="session")
def ours() -> Iterator[dict[str, str]]:
    """Where the servers of our suite listen, by name. It has to end well in the end."""
    with python("-m", "servers", "--port", "0") as suite:
        yield places(suite)
        assert suite.stop() == 0, suite.errors()
        assert "Traceback" not in suite.errors()


@pytest.fixture(scope="session")
def theirs() -> Iterator[dict[str, str]]:
    """Where the Twisted servers listen, by name."""
    with twisted("servers") as servers:
        yield places(servers)
        assert servers.stop() == 0, servers.errors()
