"""Each test runs on a terminal with 256 colours."""

from collections.abc import Iterator

import pytest

from clients.chat.rendering import palette


@pytest.fixture(autouse=True)
def colors(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The terminal is asked once for each test."""
    monkeypatch.setenv("TERM", "xterm-256color")
    palette.cache_clear()
    yield
    palette.cache_clear()
