"""What all commands have in common: their flags, their engine, and how they fail, which is in one line."""

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Callable
from typing import NoReturn, TextIO

from core.endpoints import Endpoint, EndpointError, parse, parse_port
from core.formats.text import visible
from core.reactor import Reactor

LOG_LEVELS = ("debug", "info", "warning", "error")


class Formatter(argparse.ArgumentDefaultsHelpFormatter):
    """Tells a default only where there is one to tell."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return action.help if action.default in (None, False) else super()._get_help_string(action)


class Parser(argparse.ArgumentParser):
    """Its `--help` ends with an example, and what is wrong is said in one line, with exit status 2.

    `command` is the name of a module, or all that one types.
    """

    def __init__(self, command: str, description: str, example: str) -> None:
        super().__init__(
            prog=command if " " in command else f"python -m {command}",
            description=description,
            epilog=f"example: {example}",
            formatter_class=Formatter,
            allow_abbrev=False,
        )
        self.add_argument("--reactor", choices=ENGINES, default="poll", help="what turns the loop")
        self.add_argument("--log-level", choices=LOG_LEVELS, default="info", help="what to log, on stderr")

    def error(self, message: str) -> NoReturn:
        """Say what is wrong. Exits 2."""
        self.exit(2, f"{self.prog}: {message} (--help shows how)\n")


def typed() -> str:
    """What one types to start this program: `python -m` and its module, or `python` and its file."""
    spec = sys.modules["__main__"].__spec__
    return f"python -m {spec.name.removesuffix('.__main__')}" if spec else f"python {sys.argv[0]}"


def say(*lines: str) -> None:
    """Print `lines` at once."""
    show("".join([line + "\n" for line in lines]))


def show(text: str) -> None:
    """Print `text` at once. If nobody reads it any more (`| head -1`), the program just goes on.

    A letter that the terminal's encoding lacks becomes a question mark.
    """
    encoding = sys.stdout.encoding
    try:
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
        sys.stdout.flush()
    except OSError:  # what is left in the buffer would fail again, at the latest when Python ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(message: str, status: int = 1) -> NoReturn:
    """End the program with one line on stderr."""
    print(message, file=sys.stderr)
    raise SystemExit(status)


def endpoint(text: str) -> Endpoint:
    """For argparse: an endpoint string."""
    try:
        return parse(text)
    except EndpointError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def port_number(text: str) -> int:
    """For argparse: 0 to 65535."""
    try:
        return parse_port(text, text, "8000")
    except EndpointError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def count(text: str) -> int:
    """For argparse: a whole number from 0 up."""
    return _whole(text, 0)


def positive(text: str) -> int:
    """For argparse: a whole number from 1 up."""
    return _whole(text, 1)


def _whole(text: str, least: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= least):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} up")
    return int(text)


def make_reactor(name: str) -> Reactor:
    """The engine of that name. Exits 2 if its library is not installed."""
    return ENGINES[name]()


def _asyncio() -> Reactor:
    from core.asyncio_reactor import AsyncioReactor

    return AsyncioReactor()


def _uvloop() -> Reactor:
    from core.asyncio_reactor import AsyncioReactor

    try:
        uvloop = importlib.import_module("uvloop")
    except ImportError:
        fail("uvloop is not installed here: pip install uvloop, or leave out --reactor uvloop", 2)
    return AsyncioReactor(uvloop.new_event_loop())


ENGINES: dict[str, Callable[[], Reactor]] = {"poll": Reactor, "asyncio": _asyncio, "uvloop": _uvloop}


class VisibleFormatter(logging.Formatter):
    """An error may quote what a peer sent, and so may its traceback: no line of them is shown raw."""

    def format(self, record: logging.LogRecord) -> str:
        """As always, but fit for a terminal."""
        return "\n".join([visible(line) for line in super().format(record).split("\n")])


def summarize(record: logging.LogRecord) -> str:
    """The message of `record` in one line, with its exception, if it has one, but without the traceback."""
    error = record.exc_info[1] if record.exc_info else None
    return record.getMessage() if error is None else f"{record.getMessage()}: {error!r}"


def start_logging(level: str) -> None:
    """Log to stderr, from `level` up."""
    handler = logging.StreamHandler()
    handler.setFormatter(VisibleFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler])


def has_terminal() -> bool:
    """All three streams are one. Textual reads stdin and draws on stderr, and looks at neither first."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def may_use_escapes(stream: TextIO) -> bool:
    """It is a terminal, and nobody asked for plain text (no-color.org; `TERM=dumb`)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
