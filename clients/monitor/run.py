"""The two ways to run the monitor: print the table once, or show the full screen."""

import sys
from argparse import Namespace
from pathlib import Path
from shutil import get_terminal_size

from clients.monitor.feed.watcher import FindFeeds
from core import cli

START_ONE = "start a server with: python -m servers"


def print_once(options: Namespace, find_feeds: FindFeeds, directory: Path) -> None:
    """The table or the document. Exits 1 if there is nobody to make a table of."""
    from clients.monitor import once

    with once.everything(cli.make_reactor(options.reactor), find_feeds) as model:
        if options.connect is not None and not model.servers:
            cli.fail(f"nobody answers at {options.connect}; is the server running? python -m servers")
        elif options.json:
            cli.print_lines(once.document(model))
        elif model.servers:
            cli.print_lines(*once.table(model, get_terminal_size((110, 24)).columns))
        else:
            cli.fail(f"no server is running (looked in {directory}); {START_ONE}")


def run_screen(options: Namespace, find_feeds: FindFeeds, directory: Path) -> None:
    """The full screen. A crash is no success: its status is Textual's, which is not 0."""
    from clients.monitor.app import MonitorApp

    where = str(options.connect or directory)
    app = MonitorApp(find_feeds, where, readonly=options.readonly)
    app.run()
    sys.exit(app.return_code or 0)
