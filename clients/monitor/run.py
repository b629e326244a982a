"""The two ways to run the monitor: print the table once, or show the full screen."""

import sys
from argparse import Namespace
from pathlib import Path
from shutil import get_terminal_size

from clients.monitor.feed.watcher import FindFeeds
from core import cli


def print_once(options: Namespace, find_feeds: FindFeeds, directory: Path) -> None:
    """Print the table or the JSON document. Exits with 1 if there is no server for the table."""
    from clients.monitor import once

    with once.snapshot(cli.make_reactor(options.reactor), find_feeds) as model:
        if options.connect is not None and not model.servers:
            cli.fail(f"no answer at {options.connect}; is the server running? python -m servers")
        elif options.json:
            cli.say(once.document(model))
        elif model.servers:
            cli.say(*once.table(model, get_terminal_size((110, 24)).columns))
        else:
            cli.fail(f"no server is running (searched in {directory}); start one with: python -m servers")


def run_screen(options: Namespace, find_feeds: FindFeeds, directory: Path) -> None:
    """Show the full screen. After a crash, exit with Textual's status, which is not 0."""
    from clients.monitor.app import MonitorApp

    where = str(options.connect or directory)
    app = MonitorApp(find_feeds, where, readonly=options.readonly)
    app.run()
    sys.exit(app.return_code or 0)
