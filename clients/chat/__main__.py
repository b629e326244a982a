"""Chat: say something, and see what others say, at the same time.

The lesson: the keyboard is an event source like the network. Neither has to wait until the other is done.
"""

import os
import sys
from argparse import ArgumentTypeError, Namespace
from contextlib import AbstractContextManager, closing, nullcontext
from enum import Enum

from colorama import just_fix_windows_console

from clients.chat.client import ChatClient
from clients.chat.editing.completion import Completion
from clients.chat.editing.editor import Editor
from clients.chat.logfile import LogFile
from clients.chat.piped import Lines, PipedFront
from clients.chat.plain.front import CookedLines, Keys, TerminalFront
from clients.chat.plain.keyboard import Keyboard, find_keyboard
from clients.chat.plain.screen import DumbScreen, EditorScreen
from clients.chat.plain.terminal import columns, raw_mode
from clients.runner import Program, parser_for, said, start, stream_endpoint
from core import cli
from core.endpoints import StreamEndpoint
from core.transports.stdio import StandardIO

DESCRIPTION = """chat with others. In a terminal type a line and Enter; Ctrl-D or /quit leaves, /help tells of
more. In a pipe the lines of the input are said, a line that begins with a slash is a command as if it were
typed, and what others say is printed."""


class Mode(Enum):
    """A way to take part."""

    FULLSCREEN = "fullscreen"
    LINES = "lines"  # each key as it is pressed
    DUMB = "dumb"  # a terminal that does no more than a typewriter
    PIPE = "pipe"


def username(text: str) -> str:
    """For argparse: what the server would take for a name, be it a good one or not."""
    if text.startswith("/") or "\n" in text or "\r" in text:
        raise ArgumentTypeError(f"{text!r} is no name but a command, or more than a line")
    return text


def parse() -> cli.Parser:
    """The flags."""
    parser = parser_for("chat", DESCRIPTION, "--name ann", 8000)
    parser.add_argument("--name", type=username, help="who to be; in a pipe the user's name if none is given")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--plain", action="store_true", help="lines, with one to type in below, as in a shell")
    how.add_argument(
        "--fullscreen",
        action="store_true",
        help="the whole screen, as is usual in a terminal without NO_COLOR",
    )
    parser.add_argument(
        "--log", metavar="FILE", help="add to FILE what everybody says, a line for each message"
    )
    return parser


def choose(options: Namespace) -> Mode:
    """The best that can be done with this keyboard and this screen, unless something else is asked for."""
    if options.fullscreen:
        return Mode.FULLSCREEN
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return Mode.PIPE
    if os.environ.get("TERM") == "dumb":
        return Mode.DUMB
    if options.plain or not (sys.stderr.isatty() and cli.may_use_escapes(sys.stdout)):
        return Mode.LINES
    return Mode.FULLSCREEN


def has_screen() -> bool:
    """Textual waits for ever for what a dumb terminal does not answer."""
    return cli.has_terminal() and os.environ.get("TERM") != "dumb"


def main() -> None:
    """The command `python -m clients.chat`."""
    parser = parse()
    options = parser.parse_args()
    endpoint = stream_endpoint(parser, options)
    mode = choose(options)
    if mode is Mode.FULLSCREEN and not has_screen():
        parser.error("the full screen needs a terminal that can do more than lines: leave out --fullscreen")
    with open_log(options.log) as log:
        if mode is Mode.FULLSCREEN:
            from clients.chat.fullscreen import run

            run(options, endpoint, log)
        else:
            chat(mode, options, endpoint, log)


def open_log(path: str | None) -> AbstractContextManager[LogFile | None]:
    """The log, if one is wanted. Exits 1 if it cannot be written."""
    if path is None:
        return nullcontext()
    try:
        return closing(LogFile(path))
    except OSError as error:
        cli.fail(f"cannot log to {path}: {said(error)}")


def chat(mode: Mode, options: Namespace, endpoint: StreamEndpoint, log: LogFile | None) -> None:
    """Take part in lines."""
    with start(options) as reactor:
        program = Program(reactor, "chat", endpoint)
        client = ChatClient(program, options.name, log)
        with set_up(mode, client):
            endpoint.connect(reactor, client)
            program.run()


def set_up(mode: Mode, client: ChatClient) -> AbstractContextManager[None]:
    """A front for `client`, to be used while this lasts."""
    if mode is Mode.PIPE:
        return set_up_pipe(client)
    keyboard = find_keyboard() if mode is Mode.LINES else None
    return set_up_dumb(client) if keyboard is None else set_up_keys(client, keyboard)


def set_up_keys(client: ChatClient, keyboard: Keyboard) -> AbstractContextManager[None]:
    """For somebody who types and looks on."""
    just_fix_windows_console()  # elsewhere this does nothing
    program, escapes = client.program, cli.may_use_escapes(sys.stdout)
    completion = Completion(lambda prefix: client.people.candidates(prefix, client.name or ""))
    editor = Editor(completion.tab)
    screen = EditorScreen(editor, program.show, columns, program.reactor.call_at_turn_end, escapes)
    front = TerminalFront(client, screen, colored=escapes)
    client.front = front
    keyboard.start(Keys(editor, keyboard, front), program.reactor)
    return raw_mode(program, keyboard, screen, escapes)


def set_up_dumb(client: ChatClient) -> AbstractContextManager[None]:
    """The same at a terminal that knows no more than lines."""
    front = TerminalFront(client, DumbScreen(client.program.show), echoes=True)
    client.front = front
    StandardIO(CookedLines(front), client.program.reactor)
    return nullcontext()


def set_up_pipe(client: ChatClient) -> AbstractContextManager[None]:
    """For a program that writes and reads lines."""
    lines = Lines(client)
    client.front = PipedFront(client, lines)
    StandardIO(lines, client.program.reactor)
    return nullcontext()


if __name__ == "__main__":
    main()
