"""Those who can be told something all together, in the server's name."""

from abc import ABC, abstractmethod
from collections.abc import Sequence


class Audience(ABC):
    """A factory whose sessions all hear what is announced."""

    endpoints: Sequence[str] = ()
    """Where they come to: the endpoints at which it listens, once it does."""

    @abstractmethod
    def announce(self, text: str) -> None:
        """Tell every session."""
