"""Text 2, the first protocol: what comes goes back."""

from core import Protocol


class Echo(Protocol):
    def data_received(self, data: bytes) -> None:
        self.transport.write(data)
