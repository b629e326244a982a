"""The suite, running for all tests of a module."""

from collections.abc import Iterator

import pytest

from tests.servers.running import Server, serving


@pytest.fixture(scope="module")
def suite() -> Iterator[Server]:
    """All servers."""
    with serving("servers", "--port", "0") as server:
        yield server
