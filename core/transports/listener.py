"""A port accepts: each connection that waits gets a transport, and a protocol to go with it.

It accepts many in a turn, and knows when not to: with the descriptor table full the one that waits keeps
waiting, since asking again at once would only make the loop spin.
"""

import logging
import os
import socket
import stat
from collections.abc import Callable
from contextlib import suppress

from core.deferred import Deferred, maybe_deferred, succeed
from core.errors import CannotListenError
from core.interfaces import Address, Descriptor, ReactorCore, UnixAddress, address_of
from core.protocols.protocol import Factory
from core.transports.sockets import bind, open_socket, prepare_tcp
from core.transports.stream import StreamTransport

log = logging.getLogger(__name__)

ACCEPTS_IN_A_TURN = 128
BACKLOG = 1024
RETRY = 0.25
"""Seconds to leave off for, when nothing can be accepted."""

TELL_AGAIN = 60.0
"""Seconds in which the log is told so once, however often that happens."""


class Port(Descriptor):
    """A listening socket, and the factory whose protocols answer there. `bind` makes the socket."""

    host: Address
    """Where it listens; with port 0 asked for, the one that was free. Known from `start_listening()` on."""

    def __init__(self, reactor: ReactorCore, factory: Factory, bind: Callable[[], socket.socket]) -> None:
        self.factory = factory
        self._reactor = reactor
        self._bind = bind
        self._listens = False
        self._untold = 0
        self._quiet_until = 0.0

    def fileno(self) -> int:
        """The socket's descriptor, -1 once it is closed."""
        return self._socket.fileno()

    def start_listening(self) -> None:
        """Bind, and accept from now on. CannotListenError."""
        self._socket = self._bind()
        self.host = address_of(self._socket.getsockname())
        self._listens = True
        self._reactor.watch(self, True, False)
        self.factory.do_start()

    def stop_listening(self) -> Deferred[None]:
        """Stop accepting; open connections continue. The Deferred fires when the address is free.

        If this calls `stop_factory`, the Deferred fails with what that raises.
        """
        if self._listens:
            self._listens = False
            self._reactor.forget(self)
            self._socket.close()
            if isinstance(self.host, UnixAddress):
                with suppress(FileNotFoundError):
                    os.unlink(self.host.path)
            return maybe_deferred(self.factory.do_stop)
        return succeed(None)

    def is_open(self) -> bool:
        """Whether the port listens."""
        return self._listens

    def __repr__(self) -> str:
        state = f"listening on {self.host}" if self._listens else "not listening"
        return f"<Port of {type(self.factory).__qualname__}, {state}>"

    def on_readable(self) -> None:
        """Accept what waits."""
        for _ in range(ACCEPTS_IN_A_TURN):
            try:
                sock, name = self._socket.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionAbortedError:  # it waited and went
                continue
            except OSError as error:
                self._leave_off(error)
                return
            sock.setblocking(False)
            StreamTransport(self._reactor, sock, name).start(self.factory)
            if self.fileno() < 0:  # a handler has stopped this port
                return

    def _leave_off(self, error: OSError) -> None:
        """Most likely the descriptor table is full: who waits is served when somebody has gone."""
        self._reactor.watch(self, False, False)
        self._reactor.call_later(RETRY, self._go_on)
        self._untold += 1
        if (now := self._reactor.seconds()) >= self._quiet_until:
            times = f" ({self._untold} times since this was last said)" if self._untold > 1 else ""
            log.warning("%s accepts nothing for a while: %s%s", self.host, error.strerror, times)
            self._untold, self._quiet_until = 0, now + TELL_AGAIN

    def _go_on(self) -> None:
        if self.fileno() >= 0:
            self._reactor.watch(self, True, False)

    def on_error(self, error: Exception) -> None:
        """The next connection may fare better."""

    def shut_down(self) -> None:
        """Accept no more."""
        self.stop_listening()


def bind_tcp(interface: str, number: int, backlog: int) -> socket.socket:
    """A listening TCP socket; an empty `interface` means all of them. CannotListenError."""
    sock, name = open_socket("tcp", socket.SOCK_STREAM, interface, number)
    if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # there SO_REUSEADDR would let two servers share a port
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    prepare_tcp(sock)  # what it accepts inherits that
    bind(sock, name, str(address_of(name)), backlog)
    return sock


def bind_unix(path: str, backlog: int) -> socket.socket:
    """A listening Unix socket; takes over a path that a crashed server left behind. CannotListenError."""
    try:
        if _is_stale(path):
            os.unlink(path)
        sock = socket.socket(socket.AF_UNIX)
    except OSError as error:
        raise CannotListenError(f"unix:{path}", error) from None
    bind(sock, path, f"unix:{path}", backlog)
    return sock


def _is_stale(path: str) -> bool:
    """A socket is there, and nobody listens on it."""
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
