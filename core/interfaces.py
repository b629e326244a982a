"""The contracts between the parts of a program: reactor, transports, protocols and producers.

Code that uses a contract need not know whether the reactor runs on epoll or asyncio, or whether a transport
is a socket or a test double. The names are Twisted's (`ITransport`, `IReactorTime`, `IPushProducer`, …).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Protocol as Shape
from typing import TypeVarTuple

# The contracts use addresses, so this module exports them too (`as` declares that to mypy).
from core.addresses import Address as Address
from core.addresses import IPv4Address as IPv4Address
from core.addresses import IPv6Address as IPv6Address
from core.addresses import UnixAddress as UnixAddress
from core.addresses import address_of as address_of
from core.mistakes.table import Mistake, name_of
from core.timers import DelayedCall

Arguments = TypeVarTuple("Arguments")
Bytes = bytes | bytearray | memoryview

READ = 1
WRITE = 4
HANG_UP = 1 << 31
"""The events that a descriptor can be watched for. The values are those of EPOLLIN, EPOLLOUT and EPOLLET.

epoll reports a hang-up or an error in any case; with HANG_UP it reports each once, and not in every turn.
"""


class Descriptor(ABC):
    """An object with a file descriptor that the reactor watches.

    `watched` is the mask of events that the kernel watches for (0: none). It belongs to the reactor, which
    makes a system call only when the mask changes.
    """

    watched = 0
    idle_events = 0
    """Events to watch for while neither reading nor writing: none, or HANG_UP, which calls `on_readable`."""

    @abstractmethod
    def fileno(self) -> int:
        """The number of the descriptor, or -1 once it is closed."""

    @abstractmethod
    def on_error(self, error: Exception) -> None:
        """A callback of this descriptor raised `error`, which is logged already: end its connection."""

    def on_readable(self) -> None:
        """Called when there is data to read, or the end of the stream; sometimes when there is neither."""

    def on_writable(self) -> None:
        """Called when the kernel's send buffer has room again."""

    def shut_down(self) -> None:
        """Called when the reactor stops: begin an orderly shutdown. Does nothing by default."""


class PushProducer(ABC):
    """Produces bytes for a transport until it is paused."""

    @abstractmethod
    def pause_producing(self) -> None:
        """The consumer has enough for now: produce nothing until `resume_producing`."""

    @abstractmethod
    def resume_producing(self) -> None:
        """The consumer accepts more. A pull producer writes one piece for each such call."""

    def stop_producing(self) -> None:
        """The consumer has ended and will never accept more data. Does nothing by default."""


class TLSContext(Shape):
    """An `ssl.SSLContext`. Only programs that use TLS import its module, which takes long."""

    check_hostname: bool


class Transport(PushProducer):
    """One end of a connection. It is the producer of the data that its protocol receives."""

    layer: "Transport | None" = None
    """The transport that encrypts what goes through this one, if any. It also ends the connection."""

    disconnecting: bool
    """`lose_connection()` was called, or the connection has ended."""

    waiting: int
    """The number of pending bytes: written by the protocol, and not yet accepted by the kernel."""

    @property
    @abstractmethod
    def peer(self) -> Address:
        """The address of the other end."""

    @property
    @abstractmethod
    def host(self) -> Address:
        """The address of this end."""

    @abstractmethod
    def write(self, data: Bytes) -> None:
        """Send `data` soon, after all earlier writes. Never blocks. TypeError for anything but bytes.

        Does nothing once the sending side is closed, or is to be closed after the pending data.
        """

    def write_sequence(self, pieces: Iterable[Bytes]) -> None:
        """As one `write` of all pieces."""
        self.write(b"".join(pieces))

    @abstractmethod
    def lose_connection(self) -> None:
        """Send the pending data, then close. Data that the peer still sends is dropped.

        If a producer is registered, wait until it unregisters; but not if it is a transport or a protocol,
        which passes on what a peer sends and has no last piece of its own.
        """

    def stop_producing(self) -> None:
        """The consumer of what the peer sends has ended: lose the connection."""
        self.lose_connection()

    @abstractmethod
    def lose_write_connection(self) -> None:
        """Half-close: send the pending data, then the end of the stream. Reading goes on.

        The protocol is notified by `write_connection_lost`.
        """

    @abstractmethod
    def abort_connection(self) -> None:
        """Close now, and send nothing more. A second call does nothing."""

    def start_tls(self, context: TLSContext, server_hostname: str | None = None) -> None:
        """Encrypt from now on, after all earlier writes: the protocol gets a new transport at once.

        A client gives the name that the server's certificate must have; None: this end is the server. Bytes
        that came before the handshake, and are not delivered yet, are dropped. RuntimeError if this transport
        has no TLS, or has it already.
        """
        raise RuntimeError(f"{type(self).__name__} cannot start TLS")

    @abstractmethod
    def register_producer(self, producer: PushProducer, streaming: bool) -> None:
        """Pause `producer` when much data is waiting, and resume it when little is.

        With `streaming` False it is a pull producer, which is asked for each piece. RuntimeError if a
        producer is registered already.
        """

    @abstractmethod
    def unregister_producer(self) -> None:
        """Remove the producer, which has no more data."""


class DatagramTransport(ABC):
    """A UDP socket."""

    host: Address
    """The address that the socket is bound to."""

    @abstractmethod
    def write(self, data: bytes, address: tuple[str, int] | None = None) -> None:
        """Send one datagram to `address`, or to the peer of `connect`.

        It may be lost on the way, or here if the kernel's buffer is full. ValueError for an address of the
        wrong family, a host that is a name, or no address at all; TypeError for anything but bytes.
        """

    @abstractmethod
    def connect(self, host: str, port: int) -> None:
        """Exchange datagrams with this peer only, and report its refusals. ValueError as for `write`."""


class ReactorTime(ABC):
    """The clock, and delayed calls. `core.testing.Clock` implements it for tests."""

    @abstractmethod
    def seconds(self) -> float:
        """The time of a clock that never goes back. Only differences have a meaning."""

    @abstractmethod
    def call_later(self, delay: float, f: Callable[[*Arguments], object], *args: *Arguments) -> DelayedCall:
        """Call `f(*args)` after `delay` seconds, never at once, even for 0. ValueError if negative or NaN."""


class ReactorCore(ReactorTime):
    """The part of a reactor that transports, ports and connectors use."""

    turned_at: float
    """The time at which this turn began, on the clock of `seconds()`. Reading it costs no call."""

    stopping = False
    """`stop()` was called, and the connections are being closed."""

    @abstractmethod
    def check_thread(self) -> None:
        """Raise RuntimeError in any other thread than that of `run()`, while the reactor runs."""

    @abstractmethod
    def call_soon(self, f: Callable[[*Arguments], object], *args: *Arguments) -> None:
        """Call `f(*args)` when this turn's handlers have returned, in the order of scheduling.

        From such a call: on the next turn. Only from the reactor's thread.
        """

    @abstractmethod
    def call_from_thread(self, f: Callable[[*Arguments], object], *args: *Arguments) -> None:
        """As `call_soon`, from any thread or signal handler. Wakes a reactor that sleeps."""

    @abstractmethod
    def call_at_turn_end(self, f: Callable[[], object]) -> None:
        """Call `f()` when all handlers of this turn have run. Transports send the gathered data then."""

    @abstractmethod
    def watch(self, descriptor: Descriptor, reading: bool, writing: bool) -> None:
        """Deliver these events from now on; with neither of them, the descriptor's `idle_events`.

        Raises PermissionError for a file that the poller cannot watch, such as a regular file under epoll.
        """

    @abstractmethod
    def forget(self, descriptor: Descriptor) -> None:
        """Deliver no more events to `descriptor`, not even those of this turn that are still pending."""

    @abstractmethod
    def close_at_turn_end(self, closable: "Closable") -> None:
        """Close `closable` at the end of the turn.

        Until then no new socket can get its descriptor number, for which events may still be pending.
        """


class Closable(Shape):
    """A socket or a file."""

    def close(self) -> object: ...


class AbstractConnector(ABC):
    """Makes a connection, and can make it again."""

    reactor: ReactorCore
    destination: Address

    @abstractmethod
    def connect(self) -> None:
        """Start an attempt. RuntimeError while it is connecting or connected."""

    @abstractmethod
    def disconnect(self) -> None:
        """Stop the attempt or close the connection, whichever there is."""

    @abstractmethod
    def stop_connecting(self) -> None:
        """Stop the attempt: it fails with UserError. NotConnectingError if there is none."""


def as_bytes(data: object) -> bytes:
    """`data` as bytes. TypeError for anything but bytes; its message says how to convert text."""
    if isinstance(data, Bytes):
        return bytes(data)
    raise TypeError(Mistake.TEXT_FOR_BYTES.sentence(got=name_of(data)))
