"""Texts 1 and 3, the client that sends a greeting and closes; bytes, where the texts write a str."""

from core import Protocol


class WelcomeMessage(Protocol):
    def connection_made(self) -> None:
        self.transport.write(b"Good day, server; your client here.\r\n")
        self.transport.lose_connection()
