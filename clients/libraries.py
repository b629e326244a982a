"""Says in one line which library a program needs, where it is not installed."""

from importlib.util import find_spec

from core import cli


def require(*libraries: str) -> None:
    """Exit 1 with the remedy if one of `libraries` is not installed for this Python."""
    missing = [library for library in libraries if find_spec(library) is None]
    if missing:
        remedy = "run `make setup`, then `source .venv/bin/activate`"
        cli.fail(f"{cli.command()} needs {' and '.join(missing)}, which this Python does not have: {remedy}")
