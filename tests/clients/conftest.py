"""A fixture for the tests of clients: all servers, started once for each module."""

from collections.abc import Iterator

import pytest

from tests.running import Server, serving


@pytest.fixture(scope="module")
def suite() -> Iterator[Server]:
    """One process with all servers."""
    with serving("servers", "--port", "0") as server:
        yield server
