"""The peers on our reactor: the default poller, with a session registry unless --no-sessions is given."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable

from benchmarks.peers import FILES, HELLO, QUOTE, announce, certificate
from core.protocols.lines import LineReceiver
from core.protocols.protocol import DatagramProtocol, Factory, Protocol
from core.protocols.sessions import SessionRegistry
from core.reactor import Reactor
from core.transports.certificates import server_context
from core.transports.listener import Port
from core.web import File, Request, Resource, Site
from servers.feed.control import ControlFactory
from servers.hosting.udp_sessions import UDPSessions


class Echo(Protocol):
    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


class Quote(Protocol):
    def connection_made(self) -> None:
        self.transport.write(QUOTE)
        self.transport.lose_connection()


class Lines(LineReceiver):
    def line_received(self, line: bytes) -> None:
        self.send_line(line)


class EchoFactory(Factory):
    protocol = Echo


class QuoteFactory(Factory):
    protocol = Quote


class LinesFactory(Factory):
    protocol = Lines


class Hello(Resource):
    is_leaf = True

    def render_GET(self, request: Request) -> bytes:
        request.set_header(b"Content-Type", b"text/plain")
        return HELLO


class Pages(Resource):
    """Files below /files, and hello at any other path."""

    def __init__(self) -> None:
        self.put_child(b"files", File(FILES))

    def get_child(self, path: bytes, request: Request) -> Resource:
        return Hello()


FACTORIES: dict[str, Callable[[], Factory]] = {
    "echo": EchoFactory,
    "tls": EchoFactory,
    "churn": QuoteFactory,
    "lines": LinesFactory,
    "web": lambda: Site(Pages()),
}


class UdpEcho(DatagramProtocol):
    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.transport.write(data, address)


def serve(kind: str, sessions: SessionRegistry | None) -> None:
    """Listen on a free port, and serve until the process is killed. (For `chat` the real server runs.)"""
    reactor = Reactor()
    if kind == "udp":
        echo = UdpEcho()
        protocol = echo if sessions is None else UDPSessions(echo, kind, sessions, reactor)
        host = reactor.listen_udp(0, protocol).host
    else:
        factory = FACTORIES[kind]()
        factory.service, factory.sessions = kind, sessions
        host = listen(reactor, kind, factory).host
    announce(kind, int(str(host).rpartition(":")[2]))
    reactor.run()


def listen(reactor: Reactor, kind: str, factory: Factory) -> Port:
    """Listen on a free port, with TLS for the kind `tls`."""
    if kind != "tls":
        return reactor.listen_tcp(0, factory)
    with certificate() as path:
        return reactor.listen_tls(0, factory, server_context(path))


SUBSCRIBER = """
import socket, sys
feed = socket.socket(socket.AF_UNIX)
feed.connect(sys.argv[1])
feed.sendall(b'{"do": "subscribe", "id": 1, "v": 1, "interval": 0.25}\\n')
while feed.recv(65536):
    pass
"""


def serve_watched(kind: str) -> None:
    """As `serve`, with the control feed and a subscriber in a process of its own that reads it."""
    reactor, sessions = Reactor(), SessionRegistry()
    factory = FACTORIES[kind]()
    factory.service, factory.sessions = kind, sessions
    port = reactor.listen_tcp(0, factory)
    with tempfile.TemporaryDirectory() as directory:
        control = ControlFactory(reactor, sessions, {kind: [str(port.host)]}, {})
        reactor.stall_limit, reactor.on_stall = 0.1, control.on_stall
        reactor.listen_unix(directory + "/feed.sock", control)
        subscriber = subprocess.Popen([sys.executable, "-c", SUBSCRIBER, directory + "/feed.sock"])
        if hasattr(os, "sched_setaffinity"):  # keep the subscriber off the server's core
            os.sched_setaffinity(subscriber.pid, range(os.cpu_count() or 1))
        announce(kind, int(str(port.host).rpartition(":")[2]))
        reactor.run()
        subscriber.wait()


if __name__ == "__main__":
    if "--watched" in sys.argv:
        serve_watched(sys.argv[1])
    else:
        serve(sys.argv[1], None if "--no-sessions" in sys.argv else SessionRegistry())
