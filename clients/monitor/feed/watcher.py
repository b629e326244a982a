"""Keeps a link to every server that there is: it looks for them every second, and knows who came and went.

A socket in the directory proves little, since a server that was killed leaves its own behind. So a server
counts from its first word on, and a place where nobody ever answers is tried again in silence.
"""

from collections.abc import Callable
from functools import partial

from clients.monitor.feed.finder import FeedAddress
from clients.monitor.feed.link import Link
from clients.monitor.sessions.model import Model
from clients.monitor.sessions.server import Server, Status
from core.formats.feed import Delta, Hello, Message, SessionEvent, Snapshot, Wire
from core.reactor import Reactor
from core.timers import DelayedCall

FORGET_AFTER = 60.0
"""Seconds that the lines of a server stay which ended in good order."""

FindFeeds = Callable[[], dict[str, FeedAddress]]


class Watcher:
    """The links, by the names of their places. `find_feeds` tells what places there are now."""

    search_interval = 1.0
    """Seconds."""

    def __init__(self, reactor: Reactor, model: Model, find_feeds: FindFeeds) -> None:
        self.model = model
        self.links: dict[str, Link] = {}
        self.on_news: Callable[[], object] = lambda: None
        self.on_wire: Callable[[Server, Wire], object] = lambda server, wire: None
        self._find_feeds = find_feeds
        self._reactor = reactor
        self._timer: DelayedCall | None = None

    def start(self) -> None:
        """FindFeeds now, and go on looking."""
        self._timer = self._reactor.call_later(self.search_interval, self.start)
        places = self._find_feeds()
        for name, place in places.items():
            if name not in self.links:
                self._add(place)
        for name in self.links.keys() - places.keys():
            self._miss(self.links[name])

    def stop(self) -> None:
        """Let all of them be."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        for link in self.links.values():
            link.stop()

    def link_of(self, server: Server) -> Link | None:
        """How to speak to `server`, if that is possible now."""
        link = self.links.get(server.name)
        return link if link is not None and link.is_connected else None

    def _add(self, place: FeedAddress) -> None:
        link = self.links[place.name] = Link(self._reactor, place, self.model, self._on_heard)
        link.start()

    def _miss(self, link: Link) -> None:
        """Its place is empty. Once the connection has ended as well, so has the server."""
        if link.is_connected:
            return
        now, server = self.model.clock.seconds(), link.server
        if server.status is not Status.GONE:
            link.stop()
            self.model.change(server, Status.GONE)
            self.on_news()
        if server.name not in self.model.servers or now - server.changed > FORGET_AFTER:
            self._forget(server)

    def _forget(self, server: Server) -> None:
        self.links.pop(server.name).stop()
        self.model.forget(server)

    def _on_heard(self, link: Link, message: Message) -> None:
        match message:
            case Hello():
                self._welcome(link.server)
            case Wire():
                self.on_wire(link.server, message)
            case Snapshot(last=True) | SessionEvent(what="stall"):
                self.on_news()
            case Delta() if not link.server.complete:
                self.on_news()

    def _welcome(self, server: Server) -> None:
        """It takes the place of those of its kind that are there no more."""
        if server.name not in self.model.servers:
            for other in [*self.model.servers.values()]:
                if other.title == server.title and other.status in (Status.LOST, Status.GONE):
                    self._forget(other)
            self.model.welcome(server)
        self._reactor.call_later(0, self.on_news)


def only(place: FeedAddress) -> FindFeeds:
    """For `--connect`: this place and no other."""
    return partial(dict, {place.name: place})
