r"""The front door: what a program needs is exported here. And this is the house, from the top floor down.

    14  cli              the flags that all commands share, and how they fail
    13  endpoints        "tcp:127.0.0.1:8000" to something that listens or connects
    12  asyncio_reactor  the same reactor, on a loop of asyncio's or uvloop's
    11  reactor          listen, connect, run and stop
        testing          the clock and the wires that tests are made of
    10  loop             one turn: wait, call, send, close
        listener         accepts connections
        connector        reaches out for one
     9  pollers          asks the kernel who is ready
        waker            wakes a loop that sleeps there
        signals          Ctrl-C as an event
        stdio            the keyboard, as a transport
        attempt          one socket on its way to one address
     8  stream           a connected socket: reads, gathers, sends
        datagram         a UDP socket
        lines            bytes to lines
        threads          what blocks, elsewhere
     7  back_pressure    who produces too fast is paused
        farewell         closes without losing what was sent last
        sockets          what every socket is asked for
     6  connection       how each begins, and that it ends once
     5  protocol         your code: one conversation, and the factory that outlives it
     4  sessions         who is there, and how much has passed
        formats          wire formats: bytes to values and back
     3  deferred         a result that is not there yet
     2  interfaces       what each may expect of the others
     1  addresses        words for where
        timers           what is due later
     0  errors           words for what went wrong
        meter            how busy a loop is
        watchdog         who is blocking it
        rundir           where running servers are to be found

A room imports only from floors below its own. A whole server:

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
`servers.runner` such a server has the flags of ours and is seen by the monitor: `tutorials/your_own.py`.

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
