"""Importing this ends a command in silence, with status 0, if a signal arrives while it is being loaded.

That takes a tenth of a second. A Ctrl-C would end it with a traceback. Once its reactor runs, the reactor
handles signals. `sys.argv` begins with `-m` only while Python imports the packages of the command.
"""

import os
import signal
import sys

if sys.argv[:1] == ["-m"]:
    for number in (signal.SIGINT, signal.SIGTERM):
        if number == signal.SIGTERM or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: os._exit(0))
