"""The contract of a factory that can send a text to all its sessions, in the server's name."""

from abc import ABC, abstractmethod


class Announcer(ABC):
    """A factory whose sessions can receive announcements, for instance from the monitor."""

    @abstractmethod
    def announce(self, text: str) -> None:
        """Send `text` to every session."""

    def cluster(self) -> str:
        """Whether the service is `joined` to others in a cluster, `cut off` from them, or in `none`."""
        return "none"
