"""How busy the reactor is, as the feed tells it."""

from core.engine.meter import Meter
from core.formats.feed import SHORTEST_INTERVAL, Load
from core.protocols.sessions import SessionRegistry
from core.reactor import Reactor
from core.transports.sockets import descriptor_limit


class Gauge:
    """Reads `reactor`'s meter, at most four times a second; whoever asks sooner gets the last reading."""

    def __init__(self, reactor: Reactor, sessions: SessionRegistry) -> None:
        self._reactor = reactor
        self._sessions = sessions
        self._meter = Meter()
        self._load: Load | None = None
        self._read_at = reactor.seconds()

    def switch(self, on: bool) -> None:
        """Measure or not: a loop that nobody asks about does not pay for being measured."""
        self._reactor.meter = self._meter if on else None

    def load(self) -> Load:
        """What the reactor did since the last reading."""
        now = self._reactor.seconds()
        if self._load is None or now - self._read_at >= SHORTEST_INTERVAL * 0.9:
            self._load = self._measure(max(0.001, now - self._read_at))
            self._read_at = now
            self._meter.restart()
        return self._load

    def _measure(self, seconds: float) -> Load:
        meter = self._meter
        return Load(
            turns=round(meter.turns / seconds, 1),
            lag=round(meter.longest * 1000, 3),
            lag_p99=round(meter.p99() * 1000, 3),
            slowest=meter.slowest_name,
            slowest_ms=round(meter.slowest * 1000, 3),
            timers=self._reactor.timers,
            descriptors=self._reactor.descriptors,
            limit=descriptor_limit(),
            waiting=sum(session.traffic.waiting for session in self._sessions),
        )
