"""The lower bound for a server in Python: bare system calls in one loop, too simple for a real program.

There is no object for a connection and no notification of its end; an error ends the program, and data that
the kernel does not accept at once is lost. The rest is the kernel's time and a few lines of Python. So no
engine can reach a better ratio on the same machine.
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
    """Split the data into lines and send them back. The load sends whole lines, so nothing is buffered."""
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
    """Accept and serve until the process is killed. Only the sockets of `echo` and `lines` are watched."""
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
