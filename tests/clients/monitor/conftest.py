"""The same number of colours in each terminal."""

import pytest


@pytest.fixture(autouse=True)
def many_colors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual takes the number from the environment. With 16 colours a dialog hides all that is behind it."""
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "truecolor")
