"""The bytes that a connection has still to send, in the order in which they were written."""

import socket


class SendQueue:
    """Sends `pieces` joined: with one system call, however many they are."""

    __slots__ = ("pieces", "_unsent")

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self._unsent: bytes | memoryview = b""  # the part of the last send that the kernel did not take

    def send(self, sock: socket.socket, flags: int) -> bytes | memoryview:
        """Send as much as the kernel takes, and return that. BlockingIOError, or OSError if sending failed.

        The rest of an earlier send goes first and alone, so that no byte is copied twice.
        """
        data = self._unsent
        if not data:
            data = self._unsent = b"".join(self.pieces)
            self.pieces.clear()
        sent = sock.send(data, flags)
        if sent == len(data):
            self._unsent = b""
            return data
        self._unsent = memoryview(data)[sent:]
        return memoryview(data)[:sent]

    def clear(self) -> None:
        """Drop everything."""
        self.pieces.clear()
        self._unsent = b""
