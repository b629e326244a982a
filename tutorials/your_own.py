"""A server of your own: write the answer, and choose a name and a port."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))  # the directory of core and servers

from core import Factory, LineReceiver
from servers.hosting.runner import ServerSpec, run


class Shout(LineReceiver):
    def line_received(self, line: bytes) -> None:
        self.report("SHOUTING")
        self.send_line(line.upper())


class ShoutFactory(Factory):
    protocol = Shout


run(ServerSpec("shout", 8010, stream=lambda options, reactor: ShoutFactory()))
