"""The command `python -m clients.monitor`: shows all running servers and their sessions."""

from argparse import Namespace
from functools import partial
from pathlib import Path

from clients.monitor.feed.finder import address_of, find_feeds
from clients.monitor.feed.watcher import FindFeeds, only
from clients.monitor.run import print_once, run_screen
from core import cli
from core.endpoints import UDPEndpoint
from core.runtime_directory import runtime_directory


def make_parser() -> cli.Parser:
    """The parser for the command line."""
    parser = cli.Parser(
        "clients.monitor",
        "show the sessions of all running servers",
        "python -m clients.monitor --demo",
    )
    parser.add_argument(
        "--connect", type=cli.endpoint, metavar="ENDPOINT", help="watch the feed at ENDPOINT only"
    )
    parser.add_argument("--readonly", action="store_true", help="allow no kick and no announcement")
    parser.add_argument("--once", action="store_true", help="print the table and exit")
    parser.add_argument("--json", action="store_true", help="with --once: print one JSON document")
    parser.add_argument(
        "--demo", action="store_true", help="start all servers with scripted visitors, and watch them"
    )
    return parser


def main() -> None:
    """Parse the command line and run the monitor."""
    parser = make_parser()
    options = parser.parse_args()
    if options.json and not options.once:
        parser.error("--json goes with --once")
    if isinstance(options.connect, UDPEndpoint):
        parser.error(f"{options.connect} is for datagrams; a feed is at unix:... or tcp:...")
    try:
        directory = runtime_directory()
    except OSError as error:
        cli.fail(f"cannot use the directory in which servers are found: {error}")
    run(options, directory)


def run(options: Namespace, directory: Path) -> None:
    """Run the demo, print the table once, or show the full screen."""
    if options.demo:
        from clients.monitor.demo import run_demo

        run_demo(options)
    elif options.once:
        print_once(options, finder(options, directory), directory)
    elif not cli.has_terminal():
        cli.fail("the monitor needs a terminal; without one: python -m clients.monitor --once", 2)
    else:
        run_screen(options, finder(options, directory), directory)


def finder(options: Namespace, directory: Path) -> FindFeeds:
    """The function that finds the feeds: in `directory`, or only the one given with --connect."""
    if options.connect is not None:
        return only(address_of(options.connect, directory))
    return partial(find_feeds, directory)


if __name__ == "__main__":
    main()
