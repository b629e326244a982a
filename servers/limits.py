"""A house has room for so many: who comes on top is told why, and let go."""

from collections import Counter

from core.interfaces import Address, UnixAddress
from core.protocol import Factory, Protocol
from core.sessions import Observer, Session


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

    It learns from the register of sessions who is there. 0 means no limit.
    """

    def __init__(self, factory: Factory, most: int, most_each: int) -> None:
        self.service, self.sessions = factory.service, factory.sessions
        self._factory = factory
        self._most, self._most_each = most, most_each
        self._hosts: dict[int, str] = {}
        self._count: Counter[str] = Counter()
        if self.sessions is not None:
            self.sessions.observers.append(self)

    def build_protocol(self, address: Address) -> Protocol | None:
        """What `factory` builds, or a refusal."""
        if self._most and len(self._hosts) >= self._most:
            return Refusal(f"Sorry, too many connections: this server takes at most {self._most}.")
        if self._most_each and self._count[host_of(address)] >= self._most_each:
            return Refusal(
                f"Sorry, too many connections from your address: it may have at most {self._most_each}."
            )
        return self._factory.build_protocol(address)

    def session_opened(self, session: Session) -> None:
        """One more."""
        if session.service == self.service:
            self._hosts[session.id] = host_of(session.traffic.peer)
            self._count[self._hosts[session.id]] += 1

    def session_closed(self, session: Session, reason: str) -> None:
        """One less."""
        host = self._hosts.pop(session.id, None)
        if host is not None:
            self._count[host] -= 1
            if not self._count[host]:
                del self._count[host]

    def start_factory(self) -> None:
        """It uses the other one."""
        self._factory.do_start()

    def stop_factory(self) -> None:
        """No longer."""
        self._factory.do_stop()


def host_of(address: object) -> str:
    """What counts as one address: all Unix sockets do, since their ends have no names."""
    return "" if isinstance(address, UnixAddress) else getattr(address, "host", "")
