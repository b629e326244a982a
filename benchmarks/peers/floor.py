"""What no server in Python gets under: bare system calls in one loop, which no program could be made of.

No connection is an object, nobody is told of anything, an error ends it all, and what the kernel does not
take at once is lost. What is left is the kernel's time and a few lines of the interpreter's; so a ratio to
another engine that this one does not reach cannot be reached on that machine.
"""

import select
import socket
import sys

from benchmarks.peers import QUOTE, announce

AT_ONCE = 65536


def echo(sock: socket.socket) -> None:
    if data := sock.recv(AT_ONCE):
        sock.send(data)
    else:
        sock.close()


def lines(sock: socket.socket) -> None:
    """The load sends whole lines, so that nothing has to be kept; each is made and sent as one."""
    if data := sock.recv(AT_ONCE):
        sock.send(b"".join([line + b"\r\n" for line in data.split(b"\r\n")[:-1]]))
    else:
        sock.close()


def quote(sock: socket.socket) -> None:
    sock.send(QUOTE)
    sock.close()


def udp(sock: socket.socket) -> None:
    data, address = sock.recvfrom(AT_ONCE)
    sock.sendto(data, address)


def serve_streams(kind: str) -> None:
    """Accept for ever. A socket of `echo` or `lines` is watched, one that gets a quote is gone already."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listener.setblocking(False)
    announce(kind, listener.getsockname()[1])
    answer = {"echo": echo, "lines": lines}.get(kind)
    epoll, sockets = select.epoll(), {listener.fileno(): listener}
    epoll.register(listener, select.EPOLLIN)
    while True:
        for number, _ in epoll.poll():
            sock = sockets[number]
            if sock is not listener and answer is not None:
                answer(sock)
                continue
            for peer in accepted(listener):
                if answer is None:
                    quote(peer)
                else:
                    sockets[peer.fileno()] = peer
                    epoll.register(peer, select.EPOLLIN)


def accepted(listener: socket.socket) -> list[socket.socket]:
    found = []
    try:
        while True:
            found.append(listener.accept()[0])
    except BlockingIOError:
        return found


def serve_datagrams() -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    announce("udp", sock.getsockname()[1])
    while True:
        udp(sock)


if __name__ == "__main__":
    if sys.argv[1] == "udp":
        serve_datagrams()
    else:
        serve_streams(sys.argv[1])
