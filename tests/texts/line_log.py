"""Text 2, a server that logs lines to a file. The file is open while the factory is in use."""

from core import Factory, LineReceiver


class LineLog(LineReceiver):
    factory: "LineLogFactory"

    def line_received(self, line: bytes) -> None:
        self.factory.file.write(line + b"\n")


class LineLogFactory(Factory):
    protocol = LineLog

    def __init__(self, path: str) -> None:
        self.path = path

    def start_factory(self) -> None:
        self.file = open(self.path, "ab", buffering=0)  # noqa: SIM115

    def stop_factory(self) -> None:
        self.file.close()
