"""A reactor that you can see through: one thread waits for all sockets and calls your code for each event.

A line comes in through these packages, and its answer goes out the other way:

    core/engine        →  core/transports  →  core/protocols   →  your code
    waits for events      reads, writes       parses lines        answers

This module exports the names of the core, in four groups:

    run and wait     Reactor, react, DelayedCall, LoopingCall; Deferred, succeed, fail, maybe_deferred,
                     defer_later, defer_to_thread, DeferredList, gather_results
    subclass         Protocol, LineReceiver, DatagramProtocol, Factory, ServerFactory (the same),
                     ClientFactory, ReconnectingClientFactory, PushProducer
    use              Transport, Port, DatagramPort, Connector, ClientCreator, StandardIO;
                     parse_endpoint, Address, IPv4Address, IPv6Address, UnixAddress
    catch            the exceptions, such as ConnectionDone and CannotListenError

Start with the first walkthrough, `tutorials/01_echo/README.md`: its `smallest.py` is a whole server in twelve
lines. `help(core.Reactor)` lists what a reactor does, with a timer as the example. The help of LineReceiver,
ClientFactory, DatagramProtocol and Deferred has a server, a client, a UDP socket and an `await`.

An AsyncioReactor is in `core.asyncio_reactor`. It is not imported here, because importing asyncio would make
a program take a third longer to start. Services, which start and stop together, are in `core.services`.
"""

import core.engine.loading  # noqa: F401  # first
from core.deferred import Deferred, DeferredList, fail, gather_results, maybe_deferred, succeed
from core.endpoints import EndpointError
from core.endpoints import parse as parse_endpoint
from core.errors import (
    AlreadyCalled,
    AlreadyCancelled,
    CancelledError,
    CannotListenError,
    ConnectionAborted,
    ConnectionClosed,
    ConnectionDone,
    ConnectionLost,
    DNSLookupError,
    FirstError,
    NotConnectingError,
    ReactorAlreadyRunning,
    ReactorNotRunning,
    UserAbort,
    UserError,
)
from core.interfaces import AbstractConnector as Connector
from core.interfaces import Address, IPv4Address, IPv6Address, PushProducer, Transport, UnixAddress
from core.protocols.lines import LineReceiver
from core.protocols.protocol import (
    ClientFactory,
    DatagramProtocol,
    Factory,
    Protocol,
    ReconnectingClientFactory,
    ServerFactory,
)
from core.reactor import Reactor, react
from core.task import LoopingCall, defer_later
from core.threads import defer_to_thread
from core.timers import DelayedCall
from core.transports.connector import ClientCreator
from core.transports.datagram import DatagramPort
from core.transports.listener import Port
from core.transports.stdio import StandardIO

# run and wait
__all__ = ["Reactor", "react", "DelayedCall", "LoopingCall", "Deferred", "succeed", "fail", "maybe_deferred"]
__all__ += ["defer_later", "defer_to_thread", "DeferredList", "gather_results"]
# subclass
__all__ += ["Protocol", "LineReceiver", "DatagramProtocol"]
__all__ += ["Factory", "ServerFactory", "ClientFactory", "ReconnectingClientFactory", "PushProducer"]
# use
__all__ += ["Transport", "Port", "DatagramPort", "Connector", "ClientCreator", "StandardIO"]
__all__ += ["parse_endpoint", "Address", "IPv4Address", "IPv6Address", "UnixAddress"]
# catch
__all__ += ["ConnectionClosed", "ConnectionDone", "ConnectionLost", "ConnectionAborted", "UserError"]
__all__ += ["UserAbort", "DNSLookupError", "FirstError"]
__all__ += ["CannotListenError", "EndpointError", "AlreadyCalled", "AlreadyCancelled", "CancelledError"]
__all__ += ["NotConnectingError", "ReactorAlreadyRunning", "ReactorNotRunning"]
