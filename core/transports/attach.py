"""Attaches a protocol to its connection and detaches it; reports what the program does wrong with it."""

import logging
from abc import abstractmethod
from collections.abc import Callable
from reprlib import repr as short_repr
from typing import TypeVar

from core.interfaces import Bytes, ReactorCore, Transport
from core.mistakes.hints import log_failure
from core.mistakes.table import Mistake, called_at, defined_at, name_of, warn_once
from core.protocols.protocol import Factory, Protocol
from core.protocols.sessions import Tap

log = logging.getLogger(__name__)

NO_PROTOCOL = Protocol()
"""Takes the calls while there is no protocol, and does nothing: no call needs a test for None."""

PEER = "the peer's end of stream"

Made = TypeVar("Made", bound="Connection")


class Connection(Transport):
    """The part of a StreamTransport that is used here. It is the Traffic of its session, too."""

    reactor: ReactorCore
    protocol: Protocol
    bytes_in: int
    bytes_out: int
    active_at: float
    tap: Tap | None
    when_lost: Callable[[Exception], None] | None

    @abstractmethod
    def on_error(self, error: Exception) -> None:
        """A handler raised: end this connection."""


def attach_protocol(transport: Connection, factory: Factory) -> None:
    """Have `factory` build the protocol, and connect the two; close the connection if it builds none."""
    if build_protocol(transport, factory):
        connect_protocol(transport)


def build_protocol(transport: Connection, factory: Factory) -> bool:
    """The first half of `attach_protocol`: build the protocol, open its session. False if there is none."""
    protocol: object = factory.build_protocol(transport.peer)
    made: Factory = getattr(factory, "__wrapped__", factory)  # a LimitedFactory wraps another
    if not isinstance(protocol, Protocol):
        got = f"the class {name_of(protocol)}" if isinstance(protocol, type) else short_repr(protocol)
        place = defined_at(made.build_protocol)
        warn_once(log, type(made), Mistake.NO_PROTOCOL_BUILT, place=place, peer=transport.peer, got=got)
        transport.lose_connection()
        return False
    other: Transport | None = getattr(protocol, "transport", None)
    if other is not None and not other.disconnecting:
        warn_once(log, type(made), Mistake.SHARED_PROTOCOL, place=defined_at(made.build_protocol))
    transport.protocol = protocol
    if factory.sessions is not None:
        protocol.session = factory.sessions.open(factory.service, transport)
    return True


def connect_protocol(transport: Connection) -> None:
    """The second half of `attach_protocol`: the protocol begins."""
    protocol = transport.protocol
    if protocol.session is not None:
        protocol.session.protocol = protocol
    protocol.make_connection(transport)


def notify_write_lost(transport: Connection) -> None:
    """Call `write_connection_lost`. If it raises, the connection is lost."""
    try:
        transport.protocol.write_connection_lost()
    except Exception as error:
        name = type(transport.protocol).__name__
        log_failure(log, error, "write_connection_lost of %s failed", name)
        transport.on_error(error)


def detach_protocol(transport: Connection, reason: Exception) -> None:
    """Notify the protocol, the session and the connector that the connection has ended."""
    protocol, transport.protocol = transport.protocol, NO_PROTOCOL
    try:
        protocol.connection_lost(reason)
    finally:
        if protocol.session is not None:
            protocol.session.close(reason)
        if transport.when_lost is not None:
            transport.when_lost(reason)


def warn_of_late_write(transport: Transport, protocol: Protocol, ended_by: str, count: int) -> None:
    """Warn of `count` bytes that were written after the end, unless the protocol does not know of it yet.

    `ended_by` is the call by which the program ended the connection, PEER, or "" after an error.
    """
    if count and (protocol is NO_PROTOCOL or ended_by not in ("", PEER)):
        mistake = Mistake.ANSWER_AFTER_END if ended_by is PEER else Mistake.WRITE_AFTER_CLOSE
        ended = ended_by or "the end of the connection"
        warn_once(log, transport, mistake, place=called_at(), count=count, ended=ended)


def checked(inner: Callable[[Made, Bytes], None]) -> Callable[[Made, Bytes], None]:
    """`inner`, a `write`, with a check that it is called in the reactor's thread."""

    def write(transport: Made, data: Bytes) -> None:  # the error names the function that was called
        transport.reactor.check_thread()
        inner(transport, data)

    return write
