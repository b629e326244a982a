"""A server that hangs for a while when it is told to: `python -m tests.servers.hosting.stalling`."""

import time

from core.protocols.lines import LineReceiver
from core.protocols.protocol import Factory
from servers.hosting.runner import ServerSpec, run


class Stalling(LineReceiver):
    """Hangs for the number of seconds in a line, and then answers with the local time."""

    def line_received(self, line: bytes) -> None:
        time.sleep(float(line))
        self.send_line(time.strftime("%H:%M %Z").encode())


class StallingFactory(Factory):
    protocol = Stalling


if __name__ == "__main__":
    run(ServerSpec("stalling", 0, stream=lambda options, reactor: StallingFactory(), is_stateless=True))
