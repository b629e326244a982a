r"""A reactor that you can see through: one thread waits for all sockets and calls your code for each event.

A line comes in through these packages, and its answer goes out the other way:

    core/engine  →  core/transports  →  core/protocols  →  your code
    waits           reads and writes    cuts lines         answers

Beside them: `core/formats` has the wire formats, `core/testing.py` the clock and the connections that tests
are made of, `core/endpoints.py` strings such as "tcp:127.0.0.1:8000", `core/deferred.py` results that come
later. A whole server:

    from core import Factory, Protocol, Reactor

    class Echo(Protocol):
        def connection_made(self) -> None:
            self.transport.write(b"Say something.\r\n")

        def data_received(self, data: bytes) -> None:
            self.transport.write(data)

    class EchoFactory(Factory):
        protocol = Echo

    reactor = Reactor()
    print("listening on", reactor.listen_tcp(8001, EchoFactory()).host, flush=True)
    reactor.run()

Bytes come in whatever pieces the network makes of them, so a conversation in lines has a LineReceiver:

    from core import CannotListenError, Factory, LineReceiver, Reactor

    class Shout(LineReceiver):
        def line_received(self, line: bytes) -> None:
            self.send_line(line.upper())

    class ShoutFactory(Factory):
        protocol = Shout

    reactor = Reactor()
    try:
        print("listening on", reactor.listen_tcp(8002, ShoutFactory()).host, flush=True)
    except CannotListenError as error:
        raise SystemExit(error.strerror)
    reactor.run()

A line is bytes without its end. One that is longer than MAX_LENGTH (16,384) calls `line_length_exceeded`,
which logs it and closes without a word to the peer, unless you write one that says more. With
`servers.hosting.runner` such a server has the flags of ours and is seen by the monitor: `tutorials/your_own.py`.

An AsyncioReactor is in `core.asyncio_reactor`, not here: importing asyncio would add a third to the time
that a program takes to start.
"""

from core.deferred import Deferred, fail, gather_results, succeed
from core.endpoints import EndpointError
from core.endpoints import parse as parse_endpoint
from core.errors import (
    AlreadyCalled,
    AlreadyCancelled,
    CancelledError,
    CannotListenError,
    ConnectionAborted,
    ConnectionDone,
    ConnectionLost,
    DNSLookupError,
    NotConnectingError,
    ReactorAlreadyRunning,
    ReactorNotRunning,
    UserAbort,
)
from core.interfaces import (
    AbstractConnector as Connector,
)
from core.interfaces import (
    Address,
    IPv4Address,
    IPv6Address,
    PushProducer,
    Transport,
    UnixAddress,
)
from core.protocols.lines import LineReceiver
from core.protocols.protocol import (
    ClientFactory,
    DatagramProtocol,
    Factory,
    Protocol,
    ReconnectingClientFactory,
)
from core.reactor import Reactor
from core.threads import defer_to_thread
from core.timers import DelayedCall
from core.transports.connector import ClientCreator
from core.transports.datagram import DatagramPort
from core.transports.listener import Port
from core.transports.stdio import StandardIO

__all__ = [
    # what turns, and what is waited for
    "Reactor",
    "DelayedCall",
    "Deferred",
    "succeed",
    "fail",
    "gather_results",
    "defer_to_thread",
    # what you write
    "Protocol",
    "LineReceiver",
    "DatagramProtocol",
    "Factory",
    "ClientFactory",
    "ReconnectingClientFactory",
    "PushProducer",
    # what you are given
    "Transport",
    "Port",
    "DatagramPort",
    "Connector",
    "ClientCreator",
    "StandardIO",
    # where
    "parse_endpoint",
    "Address",
    "IPv4Address",
    "IPv6Address",
    "UnixAddress",
    # what may go wrong
    "ConnectionDone",
    "ConnectionLost",
    "ConnectionAborted",
    "UserAbort",
    "DNSLookupError",
    "CannotListenError",
    "EndpointError",
    "AlreadyCalled",
    "AlreadyCancelled",
    "CancelledError",
    "NotConnectingError",
    "ReactorAlreadyRunning",
    "ReactorNotRunning",
]
