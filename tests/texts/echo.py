"""Text 2, the first protocol: it sends all data back."""

from core import Protocol


class Echo(Protocol):
    def data_received(self, data: bytes) -> None:
        self.transport.write(data)
