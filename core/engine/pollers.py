"""The one place that asks the system to wait: with epoll where there is one, else with selectors.

Both speak in descriptor numbers and in the masks READ and WRITE. Under epoll an event may have further
bits, for an error or a hang-up; they mean both, since whoever reads or writes will find out what it is.
"""

import select
import selectors
from abc import ABC, abstractmethod
from collections.abc import Iterable

from core.interfaces import READ, WRITE

Events = Iterable[tuple[int, int]]
"""Descriptor numbers, each with the mask of what it is ready for."""


class Poller(ABC):
    """Waits until descriptors are ready."""

    name: str

    @abstractmethod
    def set(self, number: int, old: int, new: int) -> None:
        """Watch descriptor `number` for the mask `new` from now on; `old` is what it was watched for.

        PermissionError for what cannot be waited for.
        """

    @abstractmethod
    def poll(self, timeout: float) -> Events:
        """What is ready, as (number, mask); waits `timeout` seconds at most."""

    @abstractmethod
    def fileno(self) -> int | None:
        """A descriptor that is readable as soon as anything is ready; None if there is no such thing."""

    @abstractmethod
    def close(self) -> None:
        """Give back what the system holds for this."""


class EpollPoller(Poller):
    """The kernel remembers what is watched, so that a turn costs by what happens in it.

    It is used directly because the key objects of `selectors` cost a busy loop clearly more.
    """

    name = "epoll"

    def __init__(self) -> None:
        self._epoll = select.epoll()

    def set(self, number: int, old: int, new: int) -> None:
        """Tell the kernel. PermissionError for a regular file."""
        if not old:
            self._epoll.register(number, new)
        elif new:
            self._epoll.modify(number, new)
        else:
            self._epoll.unregister(number)

    def poll(self, timeout: float) -> Events:
        """What is ready."""
        return self._epoll.poll(timeout)

    def fileno(self) -> int | None:
        """The list has a descriptor of its own, which can be watched like any other."""
        return self._epoll.fileno()

    def close(self) -> None:
        """Close the kernel's list."""
        self._epoll.close()


class SelectorPoller(Poller):
    """Whatever `selectors` finds to be best here: kqueue on macOS, select on Windows."""

    name = "selectors"

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def set(self, number: int, old: int, new: int) -> None:
        """Tell the selector. PermissionError or OSError for what it cannot wait for."""
        events = (selectors.EVENT_READ if new & READ else 0) | (selectors.EVENT_WRITE if new & WRITE else 0)
        if not old:
            self._selector.register(number, events)
        elif new:
            self._selector.modify(number, events)
        else:
            self._selector.unregister(number)

    def poll(self, timeout: float) -> Events:
        """What is ready."""
        return [
            (
                key.fd,
                (READ if events & selectors.EVENT_READ else 0)
                | (WRITE if events & selectors.EVENT_WRITE else 0),
            )
            for key, events in self._selector.select(timeout)
        ]

    def fileno(self) -> int | None:
        """Epoll and kqueue have one, poll and select have not."""
        fileno = getattr(self._selector, "fileno", None)
        return None if fileno is None else int(fileno())

    def close(self) -> None:
        """Close the selector."""
        self._selector.close()


def best_poller() -> Poller:
    """Epoll if this system has it."""
    return EpollPoller() if hasattr(select, "epoll") else SelectorPoller()
