"""Keeps one link to each server: searches for new servers every second, and drops those that have stopped.

A socket in the directory does not prove that a server runs, because a killed server leaves its socket behind.
So a server appears in the model when it has sent its hello; until then its address is retried silently. The
monitor only looks: it does not remove such a socket.
"""

from collections.abc import Callable
from functools import partial

from clients.monitor.feed.finder import FeedAddress
from clients.monitor.feed.link import Link
from clients.monitor.sessions.model import Model
from clients.monitor.sessions.server import Server, Status
from core.reactor import Reactor
from core.timers import DelayedCall, cancel_if_active

FORGET_AFTER = 60.0
"""Seconds for which the sessions of a stopped server are still shown."""

FindFeeds = Callable[[], dict[str, FeedAddress]]
"""Returns the addresses that exist now, by name."""


class Watcher:
    """The links to all servers that `find_feeds` finds, by name."""

    search_interval = 1.0
    """Seconds."""

    def __init__(self, reactor: Reactor, model: Model, find_feeds: FindFeeds) -> None:
        self.model = model
        self.links: dict[str, Link] = {}
        self._find_feeds = find_feeds
        self._reactor = reactor
        self._timer: DelayedCall | None = None

    def start(self) -> None:
        """Search now, and again after each interval."""
        self._timer = self._reactor.call_later(self.search_interval, self.start)
        addresses = self._find_feeds()
        for name, address in addresses.items():
            if name not in self.links:
                self.links[name] = Link(self._reactor, address, self.model)
                self.links[name].start()
        for name, link in [*self.links.items()]:
            if name not in addresses or (link.was_killed and name in self.model.servers):
                self._on_gone(link)

    def stop(self) -> None:
        """Stop searching, and close all links."""
        cancel_if_active(self._timer)
        for link in self.links.values():
            link.stop()

    def link_of(self, server: Server) -> Link | None:
        """The link to `server` if it is connected."""
        link = self.links.get(server.name)
        return link if link is not None and link.is_connected else None

    def _on_gone(self, link: Link) -> None:
        """Mark the server as stopped once its connection has closed too, and remove it later."""
        if link.is_connected:
            return
        now, server = self.model.clock.seconds(), link.server
        if server.status is not Status.GONE:
            link.stop()
            self.model.set_status(server, Status.GONE)
        if server.name not in self.model.servers or now - server.changed_at > FORGET_AFTER:
            self.links.pop(server.name).stop()
            self.model.remove(server)


def only(address: FeedAddress) -> FindFeeds:
    """For `--connect`: finds `address` and nothing else."""
    return partial(dict, {address.name: address})
