"""The front door: what a program needs is exported here. And this is the house, from the top floor down.

    endpoints            "tcp:127.0.0.1:8000" to something that listens or connects
    asyncio_reactor      the same reactor, on a loop of asyncio's or uvloop's
    reactor              listen, connect, run and stop
    testing              the clock and the wires that tests are made of
    loop                 one turn: wait, call, send
    listener             accepts connections
    connector            reaches out for one
    stdio                the keyboard
    stream               a connected socket
    datagram             a UDP socket
    lines                bytes to lines
    threads              what blocks, elsewhere
    protocol             your code: one conversation
    sessions             who is there, and how much has passed
    deferred             a result that is not there yet
    interfaces           what each may expect of the others
    timers               what is due later
    addresses, errors    words for where, and for what went wrong

A room imports only from below its own floor. A whole server:

    from core import Factory, Protocol, Reactor

    class Echo(Protocol):
        def data_received(self, data: bytes) -> None:
            self.transport.write(data)

    class EchoFactory(Factory):
        protocol = Echo

    reactor = Reactor()
    print("listening on", reactor.listen_tcp(8001, EchoFactory()).host, flush=True)
    reactor.run()

An AsyncioReactor is in a room of its own, `core.asyncio_reactor`: importing asyncio would add a third to
the time that a program takes to start.
"""

from core.connector import ClientCreator
from core.datagram import DatagramPort
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
    Address,
    Connector,
    IPv4Address,
    IPv6Address,
    PushProducer,
    Transport,
    UnixAddress,
)
from core.lines import LineReceiver
from core.listener import Port
from core.protocol import (
    ClientFactory,
    DatagramProtocol,
    Factory,
    Protocol,
    ReconnectingClientFactory,
)
from core.reactor import Reactor
from core.stdio import StandardIO
from core.threads import defer_to_thread
from core.timers import DelayedCall

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
