"""Pollers wait until descriptors are ready: with epoll where the system has it, else with `selectors`.

They use descriptor numbers and the masks READ and WRITE. Under epoll an event may have further bits, for an
error or a hang-up. They count as both READ and WRITE, because reading or writing raises the error.
"""

import select
import selectors
from abc import ABC, abstractmethod
from collections.abc import Iterable

from core.interfaces import HANG_UP, READ, WRITE

Events = Iterable[tuple[int, int]]
"""Descriptor numbers, each with the mask of what it is ready for."""


SELECTOR_MASKS = {
    HANG_UP: 0,  # `selectors` cannot wait for it alone
    0: 0,
    READ: selectors.EVENT_READ,
    WRITE: selectors.EVENT_WRITE,
    READ | WRITE: selectors.EVENT_READ | selectors.EVENT_WRITE,
}
MASKS = {theirs: ours for ours, theirs in SELECTOR_MASKS.items()}


class Poller(ABC):
    """Waits until descriptors are ready."""

    name: str

    @abstractmethod
    def set(self, number: int, old: int, new: int) -> None:
        """Watch descriptor `number` for the mask `new` instead of `old`; 0 means not at all.

        PermissionError for a file that the system cannot wait for.
        """

    @abstractmethod
    def poll(self, timeout: float) -> Events:
        """Wait at most `timeout` seconds, and return the events of the ready descriptors."""

    @abstractmethod
    def fileno(self) -> int | None:
        """A descriptor that is readable when any watched one is ready, or None if this poller has none."""

    @abstractmethod
    def close(self) -> None:
        """Close the poller's own descriptor."""


class EpollPoller(Poller):
    """epoll(7): the kernel keeps the list of watched descriptors, so idle ones cost nothing in a turn.

    It is used directly because the key objects of `selectors` are slower.
    """

    name = "epoll"

    def __init__(self) -> None:
        self._epoll = select.epoll()

    def set(self, number: int, old: int, new: int) -> None:
        if not old:
            self._epoll.register(number, new)
        elif new:
            self._epoll.modify(number, new)
        else:
            self._epoll.unregister(number)

    def poll(self, timeout: float) -> Events:
        return self._epoll.poll(timeout)

    def fileno(self) -> int | None:
        return self._epoll.fileno()

    def close(self) -> None:
        self._epoll.close()


class SelectorPoller(Poller):
    """The best of `selectors` on this system: kqueue on macOS, select on Windows."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self.name = type(self._selector).__name__.removesuffix("Selector").lower()

    def set(self, number: int, old: int, new: int) -> None:
        before, events = SELECTOR_MASKS[old], SELECTOR_MASKS[new]
        if before and events:
            self._selector.modify(number, events)
        elif events:
            self._selector.register(number, events)
        elif before:
            self._selector.unregister(number)

    def poll(self, timeout: float) -> Events:
        return [(key.fd, MASKS[events]) for key, events in self._selector.select(timeout)]

    def fileno(self) -> int | None:
        fileno = getattr(self._selector, "fileno", None)
        return None if fileno is None else int(fileno())

    def close(self) -> None:
        self._selector.close()


def best_poller() -> Poller:
    """An EpollPoller if the system has epoll, else a SelectorPoller."""
    return EpollPoller() if hasattr(select, "epoll") else SelectorPoller()
