"""A way to connect that leads nowhere: a test says by itself what comes of it."""

from core.interfaces import AbstractConnector, ReactorCore


class IdleConnector(AbstractConnector):
    """Counts how often it was told to connect."""

    def __init__(self, reactor: ReactorCore) -> None:
        self.reactor = reactor
        self.attempts = 0

    def connect(self) -> None:
        self.attempts += 1

    def disconnect(self) -> None: ...

    def stop_connecting(self) -> None: ...
