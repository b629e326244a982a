"""Handles stop signals while a command is being loaded: they end it in silence, with status 0.

Loading takes a tenth of a second, in which a Ctrl-C would print a traceback. Later the reactor handles these
signals. `sys.argv` begins with `-m` only while Python imports the packages of the command.
"""

import os
import signal
import sys

if sys.argv[:1] == ["-m"]:
    for number in (signal.SIGINT, signal.SIGTERM):
        if number == signal.SIGTERM or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: os._exit(0))
