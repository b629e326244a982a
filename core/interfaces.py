"""The contracts: what each part may expect of the others, and no more.

Nobody above this floor knows which engine turns, whether a transport is a socket or a test's pair of
lists, or who listens. The names are Twisted's (`ITransport`, `IReactorTime`, `IPushProducer`, …).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Protocol as Shape
from typing import TypeVarTuple

# Whoever knows the contracts speaks of addresses too, so these names are given on (`as` says so to mypy).
from core.addresses import Address as Address
from core.addresses import IPv4Address as IPv4Address
from core.addresses import IPv6Address as IPv6Address
from core.addresses import UnixAddress as UnixAddress
from core.addresses import address_of as address_of
from core.mistakes import Mistake, name_of
from core.timers import DelayedCall

Arguments = TypeVarTuple("Arguments")
Bytes = bytes | bytearray | memoryview

READ = 1
WRITE = 4
"""What a descriptor can be watched for; the values are the kernel's own, of EPOLLIN and EPOLLOUT."""


class Descriptor(ABC):
    """Something with a file descriptor that the reactor watches.

    `watched` is the mask of events that the kernel watches for (0: none). It belongs to the reactor, which
    makes a system call only when the mask changes.
    """

    watched = 0

    @abstractmethod
    def fileno(self) -> int:
        """The descriptor's number, or -1 once it is closed."""

    @abstractmethod
    def on_error(self, error: Exception) -> None:
        """A callback of this descriptor raised `error`, which has been logged: end what it concerns."""

    def on_readable(self) -> None:
        """There is data to read, or the end of it. May also be called when there is none."""

    def on_writable(self) -> None:
        """The kernel's buffer has room again."""

    def shut_down(self) -> None:
        """The reactor stops: begin an orderly end. Nothing by default."""


class PushProducer(ABC):
    """Whatever produces bytes for a transport until it is told to pause."""

    @abstractmethod
    def pause_producing(self) -> None:
        """The consumer has had enough for now."""

    @abstractmethod
    def resume_producing(self) -> None:
        """The consumer takes more. A pull producer writes one piece for each such call."""

    def stop_producing(self) -> None:
        """The consumer is gone: it will never take more. By default nothing is done about it."""


class Transport(PushProducer):
    """One end of a connection. It is the producer of what its protocol receives."""

    disconnecting: bool
    """`lose_connection()` was called: what is written now is not sent any more."""

    waiting: int
    """Bytes written and not yet taken by the kernel."""

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
        """Send `data` in order, some time soon; never blocks. TypeError for anything but bytes.

        After the connection ended, or once it is told to end, this does nothing.
        """

    def write_sequence(self, pieces: Iterable[Bytes]) -> None:
        """As one `write` of all pieces."""
        self.write(b"".join(pieces))

    @abstractmethod
    def lose_connection(self) -> None:
        """Send what is waiting, then close; with a producer registered, once it unregisters."""

    @abstractmethod
    def lose_write_connection(self) -> None:
        """Send what is waiting, then tell the peer that this was all; go on reading."""

    @abstractmethod
    def abort_connection(self) -> None:
        """Close now and send nothing more. Harmless when called again."""

    @abstractmethod
    def register_producer(self, producer: PushProducer, streaming: bool) -> None:
        """Pause `producer` when much is waiting and resume it when little is.

        `streaming` False means a pull producer: it is asked for each piece. RuntimeError when a
        producer is registered already.
        """

    @abstractmethod
    def unregister_producer(self) -> None:
        """The producer has nothing more to give."""


class DatagramTransport(ABC):
    """A UDP socket."""

    @property
    @abstractmethod
    def host(self) -> Address:
        """The address that the socket is bound to."""

    @abstractmethod
    def write(self, data: bytes, address: tuple[str, int] | None = None) -> None:
        """Send one datagram to `address`, or to the peer of `connect`.

        It may be lost on the way, or here if the kernel has no room. ValueError for an address of the
        wrong family, a host that is a name, or none at all; TypeError for anything but bytes.
        """

    @abstractmethod
    def connect(self, host: str, port: int) -> None:
        """Speak with one peer only; now its refusal can be told. ValueError as for `write`."""


class ReactorTime(ABC):
    """The clock, and calls that are due at a time. A test's Clock is one as well."""

    @abstractmethod
    def seconds(self) -> float:
        """The time on a clock that never goes back. Only differences mean anything."""

    @abstractmethod
    def call_later(self, delay: float, f: Callable[[*Arguments], object], *args: *Arguments) -> DelayedCall:
        """Call `f(*args)` in `delay` seconds, never from in here. ValueError if negative or NaN."""


class ReactorCore(ReactorTime):
    """What transports, ports and connectors need of the reactor that they live on."""

    turned_at: float
    """When this turn's events came, in `seconds()`: good enough for a time stamp, and free."""

    stopping = False
    """`stop()` was called, and the connections are being closed."""

    @abstractmethod
    def call_soon(self, f: Callable[[*Arguments], object], *args: *Arguments) -> None:
        """Call `f(*args)` on the next turn, in the order of asking. Only from the reactor's thread."""

    @abstractmethod
    def call_from_thread(self, f: Callable[[*Arguments], object], *args: *Arguments) -> None:
        """As `call_soon`, from any thread or signal handler; wakes a reactor that sleeps."""

    @abstractmethod
    def call_at_turn_end(self, f: Callable[[], object]) -> None:
        """Call `f()` once this turn's events have been handled: the moment to send what they wrote."""

    @abstractmethod
    def watch(self, descriptor: Descriptor, reading: bool, writing: bool) -> None:
        """Have these events delivered from now on; neither means none, for now.

        PermissionError for a file that cannot be waited for, as a regular file under epoll.
        """

    @abstractmethod
    def forget(self, descriptor: Descriptor) -> None:
        """The descriptor has ended: deliver nothing more to it, not even what came in this turn."""

    @abstractmethod
    def close_at_turn_end(self, closable: "Closable") -> None:
        """Close it once the turn is over, when no event of this turn can meet a reused number."""


class Closable(Shape):
    """A socket or a file."""

    def close(self) -> object: ...


class AbstractConnector(ABC):
    """Something that connects when it is told to, and again."""

    reactor: ReactorCore
    destination: Address

    @abstractmethod
    def connect(self) -> None:
        """Begin an attempt. RuntimeError while one is under way or a connection stands."""

    @abstractmethod
    def disconnect(self) -> None:
        """Give the attempt up, or close the connection, whichever there is."""

    @abstractmethod
    def stop_connecting(self) -> None:
        """Give the attempt up: it fails with UserError. NotConnectingError if there is none."""


def as_bytes(data: object) -> bytes:
    """What a transport sends of `data`. TypeError for anything but bytes, a text above all."""
    if isinstance(data, Bytes):
        return bytes(data)
    raise TypeError(Mistake.TEXT_FOR_BYTES.sentence(got=name_of(data)))
