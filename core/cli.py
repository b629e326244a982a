"""The parts that all commands share: flags, the choice of the engine, output, logging, one-line errors."""

import argparse
import importlib
import logging
import os
import random
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from shutil import get_terminal_size
from typing import NoReturn, TextIO
from typing import Protocol as Shape

from core.endpoints import Endpoint, EndpointError, TLSEndpoint, is_host, parse, parse_port
from core.errors import CertificateError, in_words
from core.formats.text import visible
from core.formats.weather import RIGHT, Weather
from core.formats.weather import parse as parse_weather
from core.reactor import Reactor
from core.standard_streams import has_gone, is_terminal, open_missing, write_all, writer

ENGINES_HELP = "the event loop; `poll` is our own, on epoll, kqueue or select"
LOG_LEVELS = ("debug", "info", "warning", "error")


class Formatter(argparse.ArgumentDefaultsHelpFormatter):
    """Shows the default of a flag only if the flag has one. Keeps the example on one line, to be copied."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if text.startswith("example: ") else super()._fill_text(text, width, indent)

    def _get_help_string(self, action: argparse.Action) -> str | None:
        has_default = action.default not in (None, False, [], Weather())
        return super()._get_help_string(action) if has_default else action.help


class Parser(argparse.ArgumentParser):
    """An argument parser whose `--help` ends with an example. An error is one line, with exit status 2.

    It also opens the standard streams that are missing, because each command makes a parser first.
    `command` is the name of a module, or the whole command to type. With `has_reactor` it has the flags of a
    program with a reactor.
    """

    def __init__(self, command: str, description: str, example: str, has_reactor: bool = True) -> None:
        open_missing()
        super().__init__(
            prog=command if " " in command else f"python -m {command}",
            description=description,
            epilog=f"example: {example}",
            formatter_class=Formatter,
            allow_abbrev=False,
        )
        if has_reactor:
            self._add_reactor()

    def _add_reactor(self) -> None:
        self.add_argument("--reactor", choices=ENGINES, default="poll", help=ENGINES_HELP)
        self.add_argument(
            "--log-level",
            choices=LOG_LEVELS,
            default="info",
            help="log messages of this level and above to stderr",
        )

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (--help shows how)\n")

    def _print_message(self, message: str, file: object = None) -> None:
        if file is sys.stderr:
            print_error(message.rstrip("\n"))
        else:
            print_lines(message.rstrip("\n"))


def command() -> str:
    """The command that starts this program: `python -m` and its module, or `python` and its file."""
    spec = sys.modules["__main__"].__spec__
    return f"python -m {spec.name.removesuffix('.__main__')}" if spec else f"python {sys.argv[0]}"


def print_lines(*lines: str) -> None:
    """Print `lines` and flush. If the reader of stdout has gone (`| head -1`), the program continues.

    Exits 1 if they cannot be written for another reason.
    """
    try:
        print_text("".join([line + "\n" for line in lines]))
    except OSError as error:
        fail(stream_failure("write", error))


def print_text(text: str) -> bool:
    """Print `text` and flush. False if the reader of stdout has gone; OSError if writing fails otherwise.

    In both cases further output goes to /dev/null. A letter that the encoding of stdout lacks becomes a
    question mark.
    """
    try:
        sys.stdout.flush()
        write_all(sys.stdout.fileno(), text.encode(sys.stdout.encoding, "replace"))
        return True
    except OSError as error:
        reader_has_gone = has_gone(sys.stdout.fileno(), error)
        # A rest in the buffer would fail again, at the latest when Python exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if reader_has_gone:
            return False
        raise


def print_error(message: str) -> None:
    """Print `message` on stderr, in the order of the log. Never blocks."""
    writer(sys.stderr).write(message + "\n")


def stream_failure(action: str, error: Exception) -> str:
    """The line for a standard stream that fails: `echo: cannot write: No space left on device`."""
    name = command().split()[-1].removesuffix(".py").rpartition(".")[2]
    return f"{name}: cannot {action}: {in_words(error)}"


def require(*libraries: str) -> None:
    """Exit 1 with the remedy if one of `libraries` is not installed for this Python."""
    missing = [library for library in libraries if find_spec(library) is None]
    if missing:
        remedy = "run `make setup`, then `source .venv/bin/activate`"
        fail(f"{command()} needs {' and '.join(missing)}, which this Python does not have: {remedy}")


def fail(message: str, status: int = 1) -> NoReturn:
    """Print `message` on stderr and exit with `status`."""
    print_error(message)
    raise SystemExit(status)


def endpoint(text: str) -> Endpoint:
    """For argparse: parse an endpoint string, and load the certificates that it names."""
    try:
        found = parse(text)
        if isinstance(found, TLSEndpoint):
            _ = found.context
        return found
    except (EndpointError, CertificateError) as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def add_weather(parser: argparse.ArgumentParser) -> None:
    """Add the flag for a simulated bad network."""
    parser.add_argument(
        "--weather",
        type=weather,
        default=Weather(),
        metavar="SPEC",
        help=f"a simulated bad network, such as slow, rough or {RIGHT}",
    )


def weather(text: str) -> Weather:
    """For argparse: parse a weather. If it has no seed, one is drawn, and printed on stderr."""
    try:
        found = parse_weather(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if found.seed is None and not found.is_calm():
        found = replace(found, seed=random.randrange(1, 10_000))
        print_error(f"the weather has the seed {found.seed}: --weather {text},seed={found.seed}")
    return found


def port_number(text: str) -> int:
    """For argparse: parse a port number, 0 to 65535."""
    try:
        return parse_port(text, text, "8000")
    except EndpointError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def path(text: str) -> str:
    """For argparse: the path of a file or directory. An empty one would mean the current directory."""
    if not text:
        raise argparse.ArgumentTypeError("the path is empty")
    return text


def host(text: str) -> str:
    """For argparse: the address or name of a server. An empty one has no meaning for a client."""
    if not is_host(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a host; a right one looks like localhost")
    return text


def positive(text: str) -> int:
    """For argparse: parse a whole number from 1 up."""
    return count(text, 1)


def count(text: str, least: int = 0) -> int:
    """For argparse: parse a whole number from `least` up."""
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= least):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} up")
    return int(text)


def make_reactor(name: str) -> Reactor:
    """A reactor on the engine `name`, a key of ENGINES. Exits 2 if its library is not installed."""
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
    """Replaces control characters. An error or a traceback can quote text that a peer sent."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join([visible(line) for line in super().format(record).split("\n")])


def summarize(record: logging.LogRecord) -> str:
    """The message of `record` in one line, with its exception, if it has one, but without the traceback."""
    error = record.exc_info[1] if record.exc_info else None
    return record.getMessage() if error is None else f"{record.getMessage()}: {error!r}"


class Output(Shape):
    """The part of a stream that the log uses."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> object: ...


def log_handler(output: Output) -> logging.Handler:
    """A handler that writes each record in lines; the first begins with the date and the time."""
    handler = logging.StreamHandler(output)
    handler.setFormatter(VisibleFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    return handler


def start_logging(level: str) -> None:
    """Log to stderr from `level` up, without ever blocking the reactor."""
    logging.basicConfig(level=level.upper(), handlers=[log_handler(writer(sys.stderr))])


def has_terminal() -> bool:
    """Whether stdin, stdout and stderr are terminals. Textual reads stdin and draws on stderr unchecked."""
    return all(is_terminal(stream) for stream in (sys.stdin, sys.stdout, sys.stderr))


def is_dumb() -> bool:
    """Whether TERM names a terminal without escape sequences, in any case: `dumb`, or tset's `unknown`."""
    return os.environ.get("TERM", "").lower() in ("dumb", "unknown")


def can_draw() -> bool:
    """Whether a full screen can be drawn: on a terminal that has escape sequences, and a size.

    TEXTUAL_DRIVER names something else to draw on: textual-serve sets it, and draws in a browser.
    """
    if os.environ.get("TEXTUAL_DRIVER"):
        return True
    return has_terminal() and not is_dumb() and all(get_terminal_size((0, 0)))


def may_use_escapes(stream: TextIO) -> bool:
    """Whether `stream` is a terminal that has escape sequences, and NO_COLOR (no-color.org) is not set."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and not is_dumb()
