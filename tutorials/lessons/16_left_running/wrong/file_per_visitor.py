"""Lesson 16: appends each line to a file, until it is stopped."""

import sys

from core import CannotListenError, Factory, LineReceiver, Reactor

PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
FILE = sys.argv[2] if len(sys.argv) > 2 else "lines.txt"


class Recorder(LineReceiver):
    def connection_made(self):
        self.file = open(FILE, "wb")

    def line_received(self, line):
        self.file.write(line + b"\n")

    def connection_lost(self, reason):
        self.file.close()


reactor = Reactor()
try:
    reactor.listen_tcp(PORT, Factory.for_protocol(Recorder))
except CannotListenError as error:
    sys.exit(error.strerror)
reactor.run()
