"""What every socket of ours is asked for before anyone reads or writes: written down once.

It is what the textbooks call the incantations; each line says what goes wrong without it.
"""

import socket

from core.errors import CannotListenError

Name = tuple[object, ...] | str
"""What the socket module takes for an address: (host, port, …), or the path of a Unix socket."""

KEEP_ALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
"""So a peer that vanished without a word is found out within two minutes (RFC 9293, 3.8.4)."""


def open_socket(
    scheme: str, kind: socket.SocketKind, interface: str, number: int
) -> tuple[socket.socket, Name]:
    """A socket that suits `interface` (empty: all of them), and the name to bind it to. CannotListenError."""
    try:
        found = socket.getaddrinfo(interface or None, number, type=kind, flags=socket.AI_PASSIVE)
        family, kind, _, _, name = found[0]
        return socket.socket(family, kind), name
    except (OSError, UnicodeError) as error:
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
