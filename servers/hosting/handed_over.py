"""Sockets that another process has bound for us, such as systemd: the protocol of sd_listen_fds(3).

The lesson: a socket outlives the process that has bound it. So the manager can bind a port that only root may
bind, start the server at the first connection, and start it again while the clients wait in the queue.
"""

import os
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass

from core.endpoints import FDEndpoint

FIRST = 3
"""The first descriptor that is handed over: the next one after the standard streams."""


@dataclass(frozen=True)
class HandedOver:
    """A descriptor that is handed over, and its name; "" if it has none."""

    number: int
    name: str


def take_over(environ: MutableMapping[str, str] = os.environ) -> list[HandedOver]:
    """The descriptors that `environ` names. The variables are removed, so that no child takes them again.

    LISTEN_PID says whether they are for this process; LISTEN_FDS counts them; LISTEN_FDNAMES has their names.
    """
    process, count = environ.pop("LISTEN_PID", ""), environ.pop("LISTEN_FDS", "")
    names = environ.pop("LISTEN_FDNAMES", "")
    if process != str(os.getpid()) or not (count.isascii() and count.isdigit()):
        return []
    found = names.split(":")[: int(count)]
    found += [""] * (int(count) - len(found))
    return [HandedOver(FIRST + index, name) for index, name in enumerate(found)]


def endpoints_of(service: str, handed: Sequence[HandedOver], is_alone: bool) -> list[FDEndpoint]:
    """The sockets of the service with this name. A service that runs alone takes all of them."""
    return [FDEndpoint(each.number) for each in handed if is_alone or each.name == service]
