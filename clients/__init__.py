"""The clients: `python -m clients.NAME` connects to `python -m servers.NAME`, or to any such server."""

import os
import signal
import sys

if sys.argv[:1] == ["-m"]:  # a command is being loaded: until its reactor runs, a signal ends it in silence
    for number in (signal.SIGINT, signal.SIGTERM):
        if number == signal.SIGTERM or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: os._exit(0))
