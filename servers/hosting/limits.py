"""A house has room for so many: who comes on top is told why, and let go."""

from collections import Counter
from collections.abc import Callable

from core.interfaces import Address, Transport, UnixAddress
from core.protocols.protocol import Factory, Protocol
from core.protocols.sessions import Observer, Session


class Refusal(Protocol):
    """Says why, and closes."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def connection_made(self) -> None:
        """That is all."""
        self.transport.write(self.reason.encode() + b"\r\n")
        self.transport.lose_connection()


class LimitedFactory(Factory, Observer):
    """Lets `factory` build protocols up to `most` sessions, and `most_each` from one address.

    It learns from the register of sessions who is there. 0 means no limit. `turned_at` tells when the
    reactor's turn began.
    """

    def __init__(self, factory: Factory, most: int, most_each: int, turned_at: Callable[[], float]) -> None:
        self.service, self.sessions = factory.service, factory.sessions
        self._factory = factory
        self._most, self._most_each = most, most_each
        self._turned_at, self._walked_at = turned_at, -1.0
        self._there: dict[int, Transport] = {}
        self._count: Counter[str] = Counter()
        if self.sessions is not None:
            self.sessions.observers.append(self)

    def build_protocol(self, address: Address) -> Protocol | None:
        """What `factory` builds, or a refusal. Nobody is refused for the sake of who has left by now."""
        if self._objection(address) and self._walked_at != self._turned_at():
            self._walked_at = self._turned_at()
            self._strike_out_who_has_left()
        if objection := self._objection(address):
            return Refusal(objection)
        return self._factory.build_protocol(address)

    def _objection(self, address: Address) -> str:
        if self._most and len(self._there) >= self._most:
            return f"Sorry, too many connections: this server takes at most {self._most}."
        if self._most_each and self._count[host_of(address)] >= self._most_each:
            return f"Sorry, too many connections from your address: it may have at most {self._most_each}."
        return ""

    def _strike_out_who_has_left(self) -> None:
        """The end of a connection is told on the next turn; who comes again at once comes before that.

        It has ended when nothing waits to be sent any more. A walk through all is dear; one a turn will do.
        """
        there = self._there.items()
        for number in [number for number, each in there if each.disconnecting and not each.waiting]:
            self._strike_out(number)

    def _strike_out(self, number: int) -> None:
        transport = self._there.pop(number, None)
        if transport is not None:
            host = host_of(transport.peer)
            self._count[host] -= 1
            if not self._count[host]:
                del self._count[host]

    def session_opened(self, session: Session) -> None:
        """One more; unless it is the peer of a UDP socket, which takes no connection."""
        if session.service == self.service and isinstance(session.traffic, Transport):
            self._there[session.id] = session.traffic
            self._count[host_of(session.traffic.peer)] += 1

    def session_closed(self, session: Session, reason: str) -> None:
        """One less."""
        self._strike_out(session.id)

    def start_factory(self) -> None:
        """It uses the other one."""
        self._factory.do_start()

    def stop_factory(self) -> None:
        """No longer."""
        self._factory.do_stop()


def host_of(address: object) -> str:
    """What counts as one address: all Unix sockets do, since their ends have no names."""
    return "" if isinstance(address, UnixAddress) else getattr(address, "host", "")
