"""Looks up host names for a process in a chroot: in a child process that stays outside, as the same user.

The C library reads `/etc/hosts` and `/etc/resolv.conf` when it looks up a name, and asks services of the
system. In a chroot it finds none of them. OpenBSD's servers solve this in the same way.
"""

import json
import os
import signal
import socket
from threading import Lock
from typing import NoReturn

from core.services.privileges import Identity, become
from core.transports.sockets import Target, look_up
from servers.hosting.daemon import STANDARD, close_all_except

LARGEST = 1 << 16
"""The most bytes in a request or an answer."""


class OutsideResolver:
    """The child process, which ends with this one. It becomes `identity`, if that is not None."""

    def __init__(self, identity: Identity | None) -> None:
        self._socket, child = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = Lock()
        if not os.fork():
            _answer(child, identity)
        child.close()

    def look_up(self, host: str, port: int, kind: socket.SocketKind) -> list[Target]:
        """As `look_up` of core.transports.sockets, for a name. Blocks; any thread may call it. OSError."""
        with self._lock:
            self._socket.send(json.dumps([host, port, kind]).encode())
            answer: object = json.loads(self._socket.recv(LARGEST) or b'"the resolver has ended"')
        if not isinstance(answer, list):
            raise OSError(str(answer))
        return [(family, tuple(name)) for family, name in answer]


def _answer(requests: socket.socket, identity: Identity | None) -> NoReturn:
    """Answer requests until the other end is closed."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for each in (signal.SIGINT, signal.SIGHUP):  # a terminal sends these to every process
        signal.signal(each, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    for number in STANDARD:
        os.dup2(null, number)
    close_all_except({*STANDARD, requests.fileno()})
    os.chdir("/")
    if identity is not None:
        become(identity)
    while request := requests.recv(LARGEST):
        requests.send(json.dumps(_result(*json.loads(request))).encode())
    os._exit(0)


def _result(host: str, port: int, kind: int) -> list[Target] | str:
    try:
        return look_up(host, port, socket.SocketKind(kind), 0)
    except OSError as error:
        return error.strerror or str(error)
