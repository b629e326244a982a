"""Those who can be told something all together, in the server's name."""

from abc import ABC, abstractmethod


class Audience(ABC):
    """A factory whose sessions all hear what is announced."""

    @abstractmethod
    def announce(self, text: str) -> None:
        """Tell every session."""
