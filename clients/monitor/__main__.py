"""The command `python -m clients.monitor`: everything that runs, on one screen."""

from argparse import Namespace
from functools import partial
from pathlib import Path

from clients.monitor.feed.finder import address_of, find_feeds
from clients.monitor.feed.watcher import FindFeeds, only
from clients.monitor.run import print_once, run_screen
from core import cli
from core.endpoints import UDPEndpoint
from core.runtime_directory import runtime_directory


def parser() -> cli.Parser:
    """Its flags."""
    found = cli.Parser(
        "clients.monitor",
        "who is connected to what, of all running servers",
        "python -m clients.monitor --demo",
    )
    found.add_argument(
        "--connect", type=cli.endpoint, metavar="ENDPOINT", help="watch the feed there, no other"
    )
    found.add_argument("--readonly", action="store_true", help="look only: no kick, no announcement")
    found.add_argument("--once", action="store_true", help="print the table and exit")
    found.add_argument("--json", action="store_true", help="with --once: print one JSON document")
    found.add_argument(
        "--demo", action="store_true", help="start all servers with a scripted class, and watch it"
    )
    return found


def main() -> None:
    """From the command line to the screen."""
    commands = parser()
    options = commands.parse_args()
    if options.json and not options.once:
        commands.error("--json goes with --once")
    if isinstance(options.connect, UDPEndpoint):
        commands.error(f"{options.connect} is for datagrams; a feed is at unix:... or tcp:...")
    try:
        directory = runtime_directory()
    except OSError as error:
        cli.fail(f"cannot use the directory in which servers are found: {error}")
    show(options, directory)


def show(options: Namespace, directory: Path) -> None:
    """Once, or until somebody has seen enough."""
    if options.demo:
        from clients.monitor.demo import run_demo

        run_demo(options)
    elif options.once:
        print_once(options, feed_finder(options, directory), directory)
    elif not cli.has_terminal():
        cli.fail("the monitor needs a terminal; without one: python -m clients.monitor --once", 2)
    else:
        run_screen(options, feed_finder(options, directory), directory)


def feed_finder(options: Namespace, directory: Path) -> FindFeeds:
    """How to find what is to be watched."""
    if options.connect is not None:
        return only(address_of(options.connect, directory))
    return partial(find_feeds, directory)


if __name__ == "__main__":
    main()
