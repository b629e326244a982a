"""How busy the reactor is: the figures that the feed sends with each delta."""

from core.engine.meter import Meter
from core.formats.feed import SHORTEST_INTERVAL, Load
from core.protocols.sessions import SessionRegistry
from core.reactor import Reactor


class LoadSampler:
    """Reads the meter of `reactor`, at most four times a second: earlier calls return the last sample."""

    def __init__(self, reactor: Reactor, sessions: SessionRegistry) -> None:
        self._reactor = reactor
        self._sessions = sessions
        self._meter = Meter()
        self._load: Load | None = None
        self._sampled_at = reactor.seconds()

    def switch(self, on: bool) -> None:
        """Start or stop measuring. Measuring costs time, so a loop without subscribers is not measured."""
        self._reactor.meter = self._meter if on else None

    def load(self) -> Load:
        """The figures since the last sample."""
        now = self._reactor.seconds()
        if self._load is None or now - self._sampled_at >= SHORTEST_INTERVAL * 0.9:
            self._load = self._sample(max(0.001, now - self._sampled_at))
            self._sampled_at = now
            self._meter.restart()
        return self._load

    def _sample(self, seconds: float) -> Load:
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


def descriptor_limit() -> int:
    """The number of descriptors that this process may open; 0 where the system has no such limit."""
    try:
        import resource
    except ImportError:  # not on Windows
        return 0
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
