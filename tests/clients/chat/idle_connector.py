"""A connector that does nothing: the test itself reports the result of an attempt."""

from core.interfaces import AbstractConnector, ReactorCore


class IdleConnector(AbstractConnector):
    """Counts the calls of `connect`."""

    def __init__(self, reactor: ReactorCore) -> None:
        self.reactor = reactor
        self.attempts = 0

    def connect(self) -> None:
        self.attempts += 1

    def disconnect(self) -> None: ...

    def stop_connecting(self) -> None: ...
