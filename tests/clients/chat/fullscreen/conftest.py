"""Sets the time zone for the tests of the full screen."""

import time
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The time zone is UTC, and NO_COLOR is not set."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
