"""The command `python -m clients.monitor`: shows all running servers and their sessions."""

import logging
import os
import sys
from argparse import ArgumentTypeError, Namespace
from functools import partial
from pathlib import Path
from shutil import get_terminal_size

from clients.monitor.feed.finder import address_of, find_feeds
from clients.monitor.feed.watcher import FindFeeds, only
from clients.monitor.sessions.model import Model
from clients.runner import seconds
from clients.settings import add_theme, load
from core import cli
from core.cli import require
from core.endpoints import FDEndpoint, UDPEndpoint
from core.runtime_directory import runtime_directory


def make_parser() -> cli.Parser:
    """The parser for the command line."""
    parser = cli.Parser(
        "clients.monitor",
        "show the sessions of all running servers",
        "python -m clients.monitor --demo",
    )
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--connect", type=cli.endpoint, metavar="ENDPOINT", help="watch the feed at ENDPOINT only"
    )
    group.add_argument(
        "--demo", action="store_true", help="start all servers with scripted clients, and watch them"
    )
    parser.add_argument("--readonly", action="store_true", help="allow no kick and no announcement")
    parser.add_argument("--once", action="store_true", help="print the table and exit")
    parser.add_argument("--json", action="store_true", help="with --once: print one JSON document")
    help = "with --once: print again every so many seconds, until Ctrl-C; with --json a document a line"
    parser.add_argument("--watch", type=interval, metavar="SECONDS", help=help)
    add_theme(parser)
    return parser


def interval(text: str) -> float:
    """For argparse: a number of seconds, at least 0.1."""
    if (value := seconds(text)) < 0.1:
        raise ArgumentTypeError(f"{text!r} is less than 0.1 seconds")
    return value


def main() -> None:
    """Parse the command line and run the monitor."""
    parser = make_parser()
    options = parser.parse_args()
    require("textual", "platformdirs", "dpkt")
    for flag in ("json", "watch"):
        if getattr(options, flag) and not options.once:
            parser.error(f"--{flag} goes with --once")
    if isinstance(options.connect, UDPEndpoint | FDEndpoint):
        parser.error(f"{options.connect} is not for a client's connection; a feed is at unix:... or tcp:...")
    try:
        directory = runtime_directory()
    except OSError as error:
        cli.fail(f"cannot use the directory in which servers are found: {error}")
    if options.demo:
        run_demo(options)
    elif options.connect is not None:
        run(options, only(address_of(options.connect, directory)), directory)
    else:
        run(options, partial(find_feeds, directory), directory)


def run_demo(options: Namespace) -> None:
    """Start the servers of the demo and watch them. Without a full screen, print the table once."""
    from clients.monitor.demo import WARM_UP, running_servers

    options.once = options.once or not cli.can_draw()
    with running_servers(WARM_UP if options.once else 0) as directory:
        run(options, partial(find_feeds, directory), directory)


def run(options: Namespace, find_feeds: FindFeeds, directory: Path) -> None:
    """Print the table, or show the full screen."""
    if options.once:
        print_table(options, find_feeds, directory)
    elif cli.can_draw():
        show(options, find_feeds, str(options.connect or directory))
    else:
        needs = "the monitor needs a terminal with escape sequences and a size"
        cli.fail(f"{needs}; without one: python -m clients.monitor --once", 2)


def show(options: Namespace, find_feeds: FindFeeds, where: str) -> None:
    """Show the full screen, and exit with its status."""
    # Textual reads this at import. A key is drawn with the next frame; its 60 a second are too few.
    os.environ.setdefault("TEXTUAL_FPS", "200")
    from clients.monitor.app import MonitorApp

    app = MonitorApp(find_feeds, where, options.readonly, settings=load(options))
    logging.getLogger().setLevel(options.log_level.upper())
    app.run()
    sys.exit(app.return_code or 0)  # after a crash it is not 0


def print_table(options: Namespace, find_feeds: FindFeeds, directory: Path) -> None:
    """Print the table or the JSON document. Exits with 1 if there is no server for one table."""
    from clients.monitor import once

    def report(model: Model) -> list[str]:
        if options.watch:
            where = str(options.connect or directory)
            return [once.document(model, None)] if options.json else once.report(model, width(), where)
        if options.connect is not None and not model.servers:
            cli.fail(f"no answer at {options.connect}; is the server running? python -m servers")
        if not (options.json or model.servers):
            cli.fail(f"no server is running (searched in {directory}); start one with: python -m servers")
        return [once.document(model)] if options.json else once.table(model, width())

    once.print_reports(cli.make_reactor(options.reactor), find_feeds, report, options.watch or 0)


def width() -> int:
    """Cells for a table that is printed."""
    return get_terminal_size((110, 24)).columns


if __name__ == "__main__":
    main()
