"""Text 2, the quote of the day server, without a factory of its own."""

from core import Protocol


class QOTD(Protocol):
    def connection_made(self) -> None:
        self.transport.write(b"Whoever sharpens the pencil longest writes last.\r\n")
        self.transport.lose_connection()
