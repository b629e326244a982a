"""The parts of a learner's program around its mistake: a server, a client that talks to it, and an end."""

import socket
import threading

from core import Factory, Port, Reactor

WAIT = 40.0
"""Seconds after which a program that hangs is stopped, before its test gives up. None takes so long."""


def talk(port: Port, *pieces: bytes) -> bytes:
    """Send each piece, then the end of the stream. Returns the answer."""
    answer = b""
    with socket.create_connection(
        ("127.0.0.1", int(str(port.host).rpartition(":")[2])), timeout=WAIT
    ) as peer:
        try:
            for piece in pieces:
                peer.sendall(piece)
            peer.shutdown(socket.SHUT_WR)
            while data := peer.recv(65536):
                answer += data
        except OSError:
            pass
    return answer


def exchange(factory: Factory, *pieces: bytes) -> None:
    """Serve `factory` until a peer in another thread has sent `pieces` twice, in two connections."""
    reactor = Reactor()
    port = reactor.listen_tcp(0, factory)

    def peer() -> None:
        for _ in range(2):
            print("answer:", talk(port, *pieces), flush=True)
        reactor.call_from_thread(reactor.stop)

    threading.Thread(target=peer, daemon=True).start()
    reactor.call_later(WAIT, reactor.stop)
    reactor.run()
