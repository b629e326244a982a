"""An egg timer as a server: send it a number of seconds, and it answers when they are over."""

from core import Factory, LineReceiver
from core.interfaces import ReactorTime
from servers.hosting.runner import ServerSpec, run


class EggTimer(LineReceiver):
    factory: "EggTimerFactory"

    def line_received(self, line: bytes) -> None:
        if line.isdigit():
            self.factory.clock.call_later(int(line), self.ring)
        else:
            self.send_line(b"a number of seconds, please")

    def ring(self) -> None:
        self.send_line(b"ding")


class EggTimerFactory(Factory):
    protocol = EggTimer

    def __init__(self, clock: ReactorTime) -> None:
        self.clock = clock


if __name__ == "__main__":
    run(ServerSpec("egg_timer", 8005, stream=lambda options, reactor: EggTimerFactory(reactor)))
