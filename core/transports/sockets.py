"""What every socket of ours is asked for before anyone reads or writes: written down once.

It is what the textbooks call the incantations; each line says what goes wrong without it.
"""

import os
import socket
import struct

from core.errors import CannotListenError, ConnectionLost

Name = tuple[object, ...] | str
"""What the socket module takes for an address: (host, port, …), or the path of a Unix socket."""

Target = tuple[int, Name]
"""An address family, and a socket's name in it."""

KEEP_ALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
"""So a peer that vanished without a word is found out within two minutes (RFC 9293, 3.8.4)."""


def look_up(host: str | None, port: int, kind: socket.SocketKind, flags: int) -> list[Target]:
    """The addresses of `host` (None: of this machine), in the system's order of preference. OSError."""
    if not 0 <= port <= 65535:  # of which the system would take the rest of a division
        raise OSError(f"{port} is no port, which are the whole numbers from 0 to 65535")
    try:
        found = socket.getaddrinfo(host, port, type=kind, flags=flags)
    except UnicodeError as error:
        raise OSError(str(error)) from None
    return [(family, name) for family, _, _, _, name in found]


def open_socket(
    scheme: str, kind: socket.SocketKind, interface: str, number: int
) -> tuple[socket.socket, Name]:
    """A socket that suits `interface` (empty: all of them), and the name to bind it to. CannotListenError."""
    try:
        family, name = look_up(interface or None, number, kind, socket.AI_PASSIVE)[0]
        return socket.socket(family, kind), name
    except OSError as error:
        raise CannotListenError(f"{scheme}:{interface}:{number}", error) from None


def bind(sock: socket.socket, name: Name, address: str, backlog: int | None = None) -> None:
    """Give `sock` its name, have it never block, and listen if there is a `backlog`.

    CannotListenError, naming `address`; the socket is closed then.
    """
    try:
        sock.setblocking(False)
        sock.bind(name)
        if backlog is not None:
            sock.listen(backlog)
    except OSError as error:
        sock.close()
        raise CannotListenError(address, error) from None


def prepare_tcp(sock: socket.socket) -> None:
    """Small pieces go at once, for they were gathered before; a silent peer is asked for a sign of life.

    Without the first a lonely line may wait 40 ms for the acknowledgement of the one before (RFC 896 and
    delayed acknowledgements); without the second a peer whose cable was pulled stays for ever.
    """
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEP_ALIVE.items():
        if hasattr(socket, option):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def reset_on_close(sock: socket.socket) -> None:
    """Have `close` drop what was not sent yet, and reset the connection: a linger time of 0 seconds."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def lost_by(error: OSError) -> ConnectionLost:
    """The reason for the loss of a connection that failed with `error`."""
    lost = ConnectionLost(f"connection was lost: {error.strerror or error}")
    lost.__cause__ = error.with_traceback(None)  # its frames would hold the transport
    return lost


def belongs_to_us(sock: socket.socket) -> bool:
    """The process at the other end of a Unix socket has our user; taken for granted where nobody can tell."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    credentials = struct.Struct("3i")  # of the process, its user and its group: unix(7)
    found = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, credentials.size)
    return bool(credentials.unpack(found)[1] == os.getuid())


def descriptor_limit() -> int:
    """How many descriptors this process may have; 0 where nobody can tell."""
    try:
        import resource
    except ImportError:  # not on Windows
        return 0
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
