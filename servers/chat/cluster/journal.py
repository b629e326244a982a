"""The parts of a cluster that a room uses: a stream of messages, and leases of the servers that are alive."""

from abc import ABC, abstractmethod

from core.deferred import Deferred


class Journal(ABC):
    """The stream of a room, for one server. Each message that is stored in it is passed to the room."""

    @abstractmethod
    def store(self, payload: bytes, room: str = "") -> None:
        """Store a message about a room. It is tried until it succeeds, so it can be stored more than once."""

    @abstractmethod
    def take_lease(self, server: str) -> Deferred[None]:
        """Begin to renew the lease of this identity, instead of that of an earlier one."""

    @abstractmethod
    def leases(self) -> Deferred[set[str]]:
        """The servers whose leases are valid. It is tried until it succeeds."""
