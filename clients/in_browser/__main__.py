"""The command `python -m clients.in_browser`: shows the monitor or the chat client in a browser."""

import argparse
import os
import shlex
import socket
import subprocess
import sys

from core import cli
from core.endpoints import LOOPBACK

PROGRAMS = {"monitor": ["clients.monitor"], "chat": ["clients.chat", "--fullscreen"]}
REMEDY = "textual-serve is not installed here: run `make monitor-web`, or pip install textual-serve"


def make_parser() -> cli.Parser:
    """The parser for the command line."""
    description = "show a program with a full screen in a browser on this machine; each page starts one"
    example = "python -m clients.in_browser monitor --demo"
    parser = cli.Parser("clients.in_browser", description, example, has_reactor=False)
    parser.add_argument("--port", type=cli.port_number, default=8890, help="port of the web server")
    parser.add_argument("program", choices=PROGRAMS, help="the program to show")
    parser.add_argument("flags", nargs=argparse.REMAINDER, help="its flags")
    return parser


def main() -> None:
    """Parse the command line and serve until Ctrl-C."""
    options = make_parser().parse_args()
    try:
        from aiohttp import web

        from clients.in_browser.server import BrowserServer
    except ImportError:
        cli.fail(REMEDY)
    words = [sys.executable, "-m", *PROGRAMS[options.program], *options.flags]
    command = subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)
    try:
        listener = socket.create_server((LOOPBACK, options.port))
    except OSError as error:
        reason = os.strerror(error.errno or 0)  # create_server itself adds the address
        cli.fail(f"cannot listen on port {options.port}: {reason}; choose another with --port")
    server = BrowserServer(command, listener.getsockname()[1], options.program)
    cli.print_error(f"{server.title} in a browser on this machine: {server.url} (stop with Ctrl-C)")
    web.run_app(server.make_app(), sock=listener, print=None)


if __name__ == "__main__":
    main()
