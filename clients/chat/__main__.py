"""Chat: say something, and see what others say, at the same time.

The lesson: the keyboard is an event source like the network. Neither has to wait until the other is done.
"""

import sys
from argparse import ArgumentTypeError
from contextlib import AbstractContextManager, nullcontext

from clients.chat.client import ChatClient
from clients.chat.editor import Editor
from clients.chat.piped import Lines, PipedFront
from clients.chat.screen import Screen, columns, has_keys, keys
from clients.chat.terminal import Keys, TerminalFront
from clients.runner import Program, parser_for, start, stream_endpoint
from core import cli
from core.stdio import StandardIO

DESCRIPTION = """chat with others. In a terminal type a line and Enter; Ctrl-D or /quit leaves, /help tells of
more. In a pipe the lines of the input are said, a line that begins with a slash is a command as if it were
typed, and what others say is printed."""


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
    how.add_argument("--plain", action="store_true", help="lines, as in a pipe, with a line to type in below")
    how.add_argument("--fullscreen", action="store_true", help="the whole screen; not there yet")
    return parser


def main() -> None:
    """The command `python -m clients.chat`."""
    parser = parse()
    options = parser.parse_args()
    endpoint = stream_endpoint(parser, options)
    if options.fullscreen:
        parser.error("there is no full screen yet: leave out --fullscreen")
    with start(options) as reactor:
        program = Program(reactor, "chat", endpoint)
        client = ChatClient(program, options.name)
        with set_up_terminal(client) if has_keys() else set_up_pipe(client):
            endpoint.connect(reactor, client)
            program.run()


def set_up_terminal(client: ChatClient) -> AbstractContextManager[None]:
    """A front for somebody who types and looks on."""
    program, editor = client.program, Editor()
    screen = Screen(editor, program.show, columns)
    front = TerminalFront(client, screen, cli.may_use_escapes(sys.stdout))
    client.front = front
    StandardIO(Keys(editor, front), program.reactor)
    return keys(program.reactor, screen)


def set_up_pipe(client: ChatClient) -> AbstractContextManager[None]:
    """A front for a program that writes and reads lines."""
    lines = Lines(client)
    client.front = PipedFront(client, lines)
    StandardIO(lines, client.program.reactor)
    return nullcontext()


if __name__ == "__main__":
    main()
