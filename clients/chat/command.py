"""The chat client's command line: send lines, and see the messages of the others at the same time.

The lesson: the keyboard is a source of events like the network. Neither waits for the other.
"""

import os
import sys
from argparse import ArgumentTypeError, Namespace
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from enum import Enum
from functools import partial

from clients.chat.client import ChatClient
from clients.chat.logfile import LogFile
from clients.chat.piped import PipedFront, PipedInput
from clients.chat.plain.front import LineInput, PlainFront
from clients.chat.plain.screen import Screen
from clients.runner import ClientEndpoint, Program, describe_error, parser_for, start, stream_endpoints
from clients.settings import Settings, add_theme, load
from core import cli
from core.cli import require
from core.protocols.protocol import Protocol
from core.standard_streams import is_terminal
from core.transports.stdio import StandardIO

DESCRIPTION = """chat with others. In a terminal type a line and Enter; Ctrl-D or /quit leaves, /help lists
the commands. In a pipe each line of the input is sent, a line that begins with a slash is a command, and the
messages of the others are printed."""


class Mode(Enum):
    """The kind of user interface."""

    FULLSCREEN = "fullscreen"
    LINES = "lines"
    DUMB = "dumb"  # lines, which the terminal itself edits and shows
    PIPE = "pipe"


LIBRARIES = {Mode.FULLSCREEN: ["textual", "platformdirs"], Mode.LINES: ["prompt_toolkit", "platformdirs"]}
"""The libraries that a mode needs, besides colorama."""


def username(text: str) -> str:
    """For argparse: a text that the server reads as a name, valid or not."""
    if text.startswith("/") or "\n" in text or "\r" in text:
        raise ArgumentTypeError(f"{text!r} is not a name: it starts with a slash or has more than one line")
    return text


def parse() -> cli.Parser:
    """Return the parser of the command line."""
    parser = parser_for("chat", DESCRIPTION, "--name ann", 8000, has_others=True)
    help = "your name in the chat; in a pipe the default is the login name"
    parser.add_argument("--name", type=username, help=help)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--plain", action="store_true", help="line mode: the log scrolls as in a shell")
    help = "full screen, the default in a terminal without NO_COLOR"
    how.add_argument("--fullscreen", action="store_true", help=help)
    add_theme(parser)
    parser.add_argument(
        "--log", type=cli.path, metavar="FILE", help="append all messages to FILE, one a line"
    )
    return parser


def choose(options: Namespace) -> Mode:
    """The mode that the options ask for, or the best one for these standard streams."""
    if options.fullscreen:
        return Mode.FULLSCREEN
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        return Mode.PIPE
    can_draw = cli.can_draw() and cli.may_use_escapes(sys.stdout)
    if can_draw and not options.plain:
        return Mode.FULLSCREEN
    return Mode.DUMB if cli.is_dumb() else Mode.LINES


def main() -> None:
    """The command `python -m clients.chat`."""
    parser = parse()
    options = parser.parse_args()
    servers = stream_endpoints(parser, options)
    mode = choose(options)
    require(*LIBRARIES.get(mode, ()))
    if mode is Mode.LINES and options.reactor == "poll":
        options.reactor = "asyncio"  # prompt_toolkit needs a loop of asyncio's kind
    if mode is Mode.FULLSCREEN and not cli.can_draw():
        parser.error(
            "the full screen needs a terminal with escape sequences and a size: leave out --fullscreen"
        )
    settings = load(options) if mode in (Mode.FULLSCREEN, Mode.LINES) else Settings()  # the others are plain
    with open_log(options.log) as log:
        if mode is Mode.FULLSCREEN:
            # Textual reads this at import. A key is drawn with the next frame; its 60 a second are too few.
            os.environ.setdefault("TEXTUAL_FPS", "200")
            from clients.chat.fullscreen.app import run  # slow, and not needed in the other modes

            run(options, servers[0], settings.theme, partial(make_client, options, servers, settings, log))
            return
        with start(options) as reactor:
            client = make_client(options, servers, settings, log, Program(reactor, "chat", servers[0]))
            with set_up(mode, client):
                reactor.call_when_running(servers[0].connect, reactor, client)
                client.program.run()


def make_client(
    options: Namespace,
    servers: Sequence[ClientEndpoint],
    settings: Settings,
    log: LogFile | None,
    program: Program,
) -> ChatClient:
    """Create the client of `program`. If the settings cannot be read or saved, the user sees why."""
    client = ChatClient(program, options.name, log, servers=servers, theme=settings.theme)
    if settings.problem:
        program.reactor.call_later(0, lambda: client.front.on_status(settings.problem))
    return client


def open_log(path: str | None) -> AbstractContextManager[LogFile | None]:
    """Open the log, if there is a `path`. Exits 1 if that fails."""
    if path is None:
        return nullcontext()
    try:
        return closing(LogFile(path))
    except OSError as error:
        cli.fail(f"cannot log to {path}: {describe_error(error)}")


def set_up(mode: Mode, client: ChatClient) -> AbstractContextManager[None]:
    """Give `client` its front. Returns a context within which the program must run."""
    if mode is Mode.LINES:
        from clients.chat.plain import terminal  # slow, and not needed in the other modes

        return terminal.set_up(client)
    input: Protocol
    if mode is Mode.PIPE:
        input = PipedInput(client)
        client.front = PipedFront(client, input)
    else:
        client.front = front = PlainFront(client, Screen(client.program.write), echoes=True)
        input = LineInput(front)
    StandardIO(input, client.program.reactor)
    return nullcontext()
