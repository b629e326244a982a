"""Socket options, address lookup and binding, in one place. A comment says what fails without each option."""

import os
import socket
import struct
from collections.abc import Callable

from core.addresses import address_of
from core.errors import CannotListenError, ConnectionLost, in_words

Name = tuple[object, ...] | str
"""An address as the socket module has it: (host, port, …), or the path of a Unix socket."""

Target = tuple[int, Name]
"""An address family and an address in it."""

IP_FAMILIES = (socket.AF_INET, socket.AF_INET6)

KEEP_ALIVE = {
    "TCP_KEEPIDLE": 60,
    "TCP_KEEPINTVL": 15,
    "TCP_KEEPCNT": 4,
    "TCP_USER_TIMEOUT": 120_000,
}
"""TCP keep-alive: a peer that has vanished is detected within two minutes (RFC 9293, 3.8.4).

Keep-alive probes are sent on an idle connection only. The user timeout (RFC 5482, in ms) limits the time for
which sent data may stay unacknowledged, 15 minutes by default, and on Linux also the time for which a peer
that reads nothing may keep its window closed.
"""


outside_look_up: list[Callable[[str, int, socket.SocketKind], list[Target]]] = []
"""Looks a name up where this process cannot. A program that changes its root appends a function."""


def look_up(host: str | None, port: int, kind: socket.SocketKind, flags: int) -> list[Target]:
    """The addresses of `host` (None: of this machine), in the system's order of preference. OSError."""
    if not 0 <= port <= 65535:  # the system would use it modulo 65536
        raise OSError(f"{port} is not a port: use a number from 0 to 65535")
    try:
        found = socket.getaddrinfo(host, port, type=kind, flags=flags)
    except UnicodeError:
        raise OSError("this is not a host name") from None
    except socket.gaierror:
        if host is None or flags & socket.AI_NUMERICHOST or not outside_look_up:
            raise
        return outside_look_up[-1](host, port, kind)
    return [(family, name) for family, _, _, _, name in found]


def open_socket(
    scheme: str, kind: socket.SocketKind, interface: str, number: int
) -> tuple[socket.socket, Name]:
    """A socket of the family of `interface` (empty: all), and the name to bind it to. CannotListenError."""
    try:
        family, name = look_up(interface or None, number, kind, socket.AI_PASSIVE)[0]
        sock = socket.socket(family, kind)
        if family == socket.AF_INET6:  # IPv4 has sockets of its own: else its peers would be ::ffff:192.0.2.1
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        return sock, name
    except OSError as error:
        raise CannotListenError(str(address_of((interface, number), scheme)), error) from None


def bind(sock: socket.socket, name: Name, address: str, backlog: int | None = None) -> None:
    """Make `sock` non-blocking, bind it to `name`, and listen if there is a `backlog`.

    On failure close the socket and raise CannotListenError, which names `address`.
    """
    try:
        sock.setblocking(False)
        sock.bind(name)
        if backlog is not None:
            sock.listen(backlog)
    except OSError as error:
        sock.close()
        raise CannotListenError(address, error) from None


def adopt(number: int, kind: socket.SocketKind) -> socket.socket:
    """The socket that this process was given as descriptor `number`, non-blocking. CannotListenError.

    It must be of `kind`, and bound; a stream socket must listen.
    """
    try:
        sock = socket.socket(fileno=number)
    except (OSError, OverflowError) as error:
        raise CannotListenError(f"fd:{number}", error) from None
    if sock.type != kind or not _is_open_for_peers(sock):
        sock.detach()
        raise CannotListenError(f"fd:{number}", ValueError("this is not a socket that listens"))
    os.set_inheritable(number, False)
    sock.setblocking(False)
    if sock.family in IP_FAMILIES and kind is socket.SOCK_STREAM:
        prepare_tcp(sock)
    return sock


def _is_open_for_peers(sock: socket.socket) -> bool:
    if sock.type == socket.SOCK_DGRAM:
        return sock.family in IP_FAMILIES and bool(sock.getsockname()[1])
    return bool(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def is_datagram(number: int) -> bool:
    """Whether descriptor `number` is a datagram socket."""
    try:
        with socket.socket(fileno=os.dup(number)) as sock:
            return sock.type == socket.SOCK_DGRAM
    except (OSError, OverflowError):
        return False


def prepare_tcp(sock: socket.socket) -> None:
    """Switch Nagle's algorithm off and keep-alive on.

    With Nagle's algorithm (RFC 896) a short line may wait 40 ms for the delayed acknowledgement of the line
    before it; the transport gathers small writes itself. Without keep-alive the connection of a peer whose
    cable was pulled stays open for ever, and with data on its way for 15 minutes.
    """
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEP_ALIVE.items():
        if hasattr(socket, option):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def reset_on_close(sock: socket.socket) -> None:
    """Make `close` drop the unsent data and reset the connection: SO_LINGER with 0 seconds."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def pending_error(sock: socket.socket) -> OSError | None:
    """The error that the kernel keeps for the next call, such as a reset. It is reported only once."""
    number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return error_of(number) if number else None


def error_of(number: int) -> OSError:
    """The exception for an error number of the system: of the subclass that Python has for it, if any."""
    return OSError(number, os.strerror(number))


def lost_by(error: OSError) -> ConnectionLost:
    """The reason for the loss of a connection that failed with `error`."""
    lost = ConnectionLost(f"connection was lost: {in_words(error)}")
    lost.__cause__ = error.with_traceback(None)  # its frames would keep the transport in memory
    return lost
