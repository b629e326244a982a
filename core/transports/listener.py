"""A listening port: accepts connections, and starts a transport with a protocol for each.

It accepts when the handlers of a turn have returned and the losses are notified. It accepts many in one turn.
When the descriptor table is full it pauses, because the waiting connection would make the loop spin: the port
stays readable until it is accepted.
"""

import logging
import os
import socket
import stat
from collections.abc import Callable

from core.deferred import Deferred, maybe_deferred, succeed
from core.errors import CannotListenError
from core.interfaces import Address, Descriptor, ReactorCore, UnixAddress, address_of
from core.protocols.protocol import Factory
from core.transports.sockets import bind, open_socket, prepare_tcp
from core.transports.stream import StreamTransport

log = logging.getLogger(__name__)

ACCEPTS_IN_A_TURN = 128
BACKLOG = 1024
PAUSE = 0.25
"""Seconds to pause before accepting again, after an error."""

WARNING_INTERVAL = 60.0
"""Seconds between two warnings about such errors, however many there are."""


class Port(Descriptor):
    """A listening socket, made by `bind`, and the factory that builds a protocol for each connection."""

    host: Address
    """The address that the port listens on, known after `start_listening()`: with port 0, the one chosen."""

    path: str | None = None
    """The file of a Unix socket, to be removed at the end. A chroot gives it another name: set it then."""

    def __init__(
        self, reactor: ReactorCore, factory: Factory, bind: Callable[[], socket.socket], kind: str = "tcp"
    ) -> None:
        self.factory = factory
        self._reactor = reactor
        self._bind = bind
        self._kind = kind
        self._listens = False
        self._failures = 0  # since the last warning
        self._next_warning = 0.0

    def fileno(self) -> int:
        return self._socket.fileno()

    def start_listening(self) -> None:
        """Bind the socket and accept connections. Raises CannotListenError, and what `start_factory` does."""
        if self._listens:
            raise RuntimeError(f"{self!r} listens already")
        self._socket = self._bind()
        self.host = address_of(self._socket.getsockname(), self._kind)
        self.path = self.host.path if isinstance(self.host, UnixAddress) else None
        self._file = identity(self.path)
        try:
            self.factory.do_start()
        except Exception:
            self._close()
            raise
        self._listens = True
        self._reactor.watch(self, True, False)

    def stop_listening(self) -> Deferred[None]:
        """Accept no more; established connections go on. The Deferred fires when the address is free.

        If this calls `stop_factory`, and that raises, the Deferred fails with the exception.
        """
        if self._listens:
            self._listens = False
            self._reactor.forget(self)
            self._close()
            return maybe_deferred(self.factory.do_stop)
        return succeed(None)

    def _close(self) -> None:
        self._socket.close()
        if self.path is not None and self._file == identity(self.path):
            remove(self.path)

    def is_open(self) -> bool:
        """Whether the port listens."""
        return self._listens

    def __repr__(self) -> str:
        state = f"listening on {self.host}" if self._listens else "not listening"
        return f"<Port of {type(self.factory).__qualname__}, {state}>"

    def on_readable(self) -> None:
        """Accept after the calls of `call_soon`: so no protocol counts a peer that has left in this turn."""
        self._reactor.call_later(0, self._accept)

    def _accept(self) -> None:
        """Accept all, then start them: a client that comes back at once is accepted in a later turn."""
        accepted: list[tuple[socket.socket, object]] = []
        for _ in range(ACCEPTS_IN_A_TURN if self._listens else 0):
            try:
                accepted.append(self._socket.accept())
            except (BlockingIOError, InterruptedError):
                break
            except ConnectionAbortedError:  # the peer has gone before it was accepted
                continue
            except OSError as error:
                self._pause_accepting(error)
                break
        for sock, name in accepted:
            self._start(sock, name)

    def _start(self, sock: socket.socket, name: object) -> None:
        if self._listens:
            sock.setblocking(False)
            StreamTransport(self._reactor, sock, name).start(self.factory)
        else:  # a handler has stopped this port
            sock.close()

    def _pause_accepting(self, error: OSError) -> None:
        """Most likely the descriptor table is full: peers wait until another connection ends."""
        self._reactor.watch(self, False, False)
        self._reactor.call_later(PAUSE, self._resume_accepting)
        self._failures += 1
        if (now := self._reactor.seconds()) >= self._next_warning:
            times = f" ({self._failures} times since the last warning)" if self._failures > 1 else ""
            log.warning("%s cannot accept connections: %s%s", self.host, error.strerror, times)
            self._failures, self._next_warning = 0, now + WARNING_INTERVAL

    def _resume_accepting(self) -> None:
        if self.fileno() >= 0:
            self._reactor.watch(self, True, False)

    def on_error(self, error: Exception) -> None:
        """Ignore the error and keep listening."""

    def shut_down(self) -> None:
        self.stop_listening()


def identity(path: str | None) -> tuple[int, int] | None:
    """The device and the inode of the file of a Unix socket: another server may have bound the path anew."""
    if path is None:
        return None
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def remove(path: str) -> None:
    """Remove the file at `path`. An error is only logged, at level debug: it must not hinder a stop."""
    try:
        os.unlink(path)
    except OSError as error:
        log.debug("cannot remove %s: %s", path, error.strerror)


def bind_tcp(
    interface: str, number: int, backlog: int, kind: str = "tcp", is_shared: bool = False
) -> socket.socket:
    """A listening TCP socket; an empty `interface` means all of them. Raises CannotListenError.

    With `is_shared` other sockets of this user may have the same port (SO_REUSEPORT).
    """
    sock, name = open_socket(kind, socket.SOCK_STREAM, interface, number)
    if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # on Windows SO_REUSEADDR would let two servers share a port
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_shared:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    prepare_tcp(sock)  # accepted sockets inherit the options
    bind(sock, name, str(address_of(name, kind)), backlog)
    return sock


def bind_unix(path: str, backlog: int) -> socket.socket:
    """A listening Unix socket. Replaces the stale socket of a crashed server. Raises CannotListenError."""
    try:
        if _is_stale(path):
            os.unlink(path)
        sock = socket.socket(socket.AF_UNIX)
    except OSError as error:
        raise CannotListenError(f"unix:{path}", error) from None
    bind(sock, path, f"unix:{path}", backlog)
    return sock


def _is_stale(path: str) -> bool:
    """Whether `path` is a socket on which no process listens."""
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            return False
        with socket.socket(socket.AF_UNIX) as probe:
            probe.setblocking(False)
            probe.connect(path)
    except ConnectionRefusedError:
        return True
    except OSError:
        pass
    return False
