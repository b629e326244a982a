"""Lesson 16: appends each line to a file, until it is stopped."""

import sys

from core import Factory, LineReceiver, Reactor

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
FILE = sys.argv[2] if len(sys.argv) > 2 else "lines.txt"


class Recorder(LineReceiver):
    def line_received(self, line: bytes) -> None:
        # TODO: append the line to FILE, so that all lines are there when the program has been stopped.
        print(line)


# TODO: if the port is taken, print one line on stderr that names it, and exit with 1.
reactor = Reactor()
reactor.listen_tcp(PORT, Factory.for_protocol(Recorder))
reactor.run()
