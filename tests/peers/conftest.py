"""Fixtures: our servers and Twisted's servers, started once for all tests of this directory."""

from collections.abc import Iterator

import pytest

from tests.program import endpoints, python, twisted


@pytest.fixture(scope="session")
def ours() -> Iterator[dict[str, str]]:
    """The endpoint strings of our servers, by name. At the end they must stop cleanly."""
    with python("-m", "servers", "--port", "0") as suite:
        yield endpoints(suite)
        assert suite.stop() == 0, suite.errors()
        assert "Traceback" not in suite.errors()


@pytest.fixture(scope="session")
def theirs() -> Iterator[dict[str, str]]:
    """The endpoint strings of the Twisted servers, by name."""
    with twisted("servers") as servers:
        yield endpoints(servers)
        assert servers.stop() == 0, servers.errors()
