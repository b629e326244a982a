"""Runs a server from the command line: flags, listening, limits, the control feed, and the stop.

The lesson: a server's own module has only its protocol, its factory and a `ServerSpec` that describes them.
Everything that all servers have in common is in this module.
"""

import errno
import logging
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

from core import cli
from core.endpoints import (
    LOOPBACK,
    Endpoint,
    EndpointError,
    FDEndpoint,
    TCPEndpoint,
    UDPEndpoint,
    UnixEndpoint,
)
from core.errors import CannotListenError
from core.interfaces import Address, ReactorCore, UnixAddress
from core.protocols.protocol import DatagramProtocol, Factory
from core.protocols.sessions import SessionRegistry
from core.reactor import GRACE, Reactor
from core.standard_streams import writer
from core.transports.datagram import DatagramPort
from core.transports.listener import Port
from servers.feed.publish import open_feed
from servers.hosting import long_running
from servers.hosting.addresses import for_each_address
from servers.hosting.announcer import Announcer
from servers.hosting.handed_over import endpoints_of, take_over
from servers.hosting.how_to_connect import authority, how_to_connect
from servers.hosting.limits import LimitedFactory
from servers.hosting.long_running import LongRunning
from servers.hosting.session_log import log_sessions
from servers.hosting.udp_sessions import UDPSessions

log = logging.getLogger(__name__)

NOT_HERE = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
"""Errors for an address that this machine has not, such as one of IPv6 where that is switched off."""

SILENT_STOP = 0.5
"""Seconds that a stop may take before a line says what the server waits for."""


def port_of(address: Address) -> int:
    """The port of an address that has one, else 0."""
    return 0 if isinstance(address, UnixAddress) else address.port


def no_arguments(parser: ArgumentParser) -> None:
    """Add no flags: the default of `ServerSpec.add_arguments`."""


@dataclass(frozen=True)
class ServerSpec:
    """A server: its name, default port and flags, and how to make its factory, datagram protocol or both."""

    name: str
    port: int
    add_arguments: Callable[[ArgumentParser], None] = no_arguments
    stream: Callable[[Namespace, Reactor], Factory] | None = None
    datagram: Callable[[Namespace, ReactorCore], DatagramProtocol] | None = None


class ServerProcess:
    """The services of one process, with one reactor and one session registry.

    If a port is in use, the message advises to stop the other server, or to follow `remedy`.
    """

    def __init__(self, options: Namespace) -> None:
        self.reactor: Reactor = cli.make_reactor(options.reactor)
        self.reactor.stall_limit = options.stall_ms / 1000
        self.options = options
        self.remedy = f"choose another {'endpoint with --listen' if options.listen else 'port with --port'}"
        self.sessions = SessionRegistry()
        log_sessions(self.sessions)
        self.endpoints: dict[str, list[str]] = {}
        self.announcers: dict[str, Callable[[str], object]] = {}
        self.ports: list[Port | DatagramPort] = []
        self.authority = ""

    def open(self, service: ServerSpec, endpoints: Sequence[Endpoint]) -> None:
        """Listen for `service` on `endpoints`. Exits with a message if this is impossible."""
        self.authority = self.authority or authority(endpoints)  # here: not after a chroot
        factory = self._factory(service)
        try:
            self.endpoints[service.name] = [
                str(address)
                for endpoint in endpoints
                for address in self._listen_everywhere(service, factory, endpoint)
            ]
        except EndpointError as error:
            cli.fail(str(error), 2)
        except CannotListenError as error:
            if error.errno == errno.EADDRINUSE:
                kind = "path" if error.address.startswith("unix:") else "port"
                reason = f"the {kind} is in use. Stop the other server, or {self.remedy}."
                cli.fail(f"cannot listen on {error.address}: {reason}")
            cli.fail(str(error.strerror))

    def _listen_everywhere(
        self, service: ServerSpec, factory: Factory | None, endpoint: Endpoint
    ) -> list[Address]:
        """Listen at each address of the host. A free port has the same number at all of them, if possible."""
        addresses: list[Address] = []
        missing: CannotListenError | None = None
        for each in for_each_address(endpoint):
            try:
                addresses.append(self._listen_beside(service, factory, each, addresses))
            except CannotListenError as error:
                if error.errno not in NOT_HERE:
                    raise
                missing = error
        if missing is not None and not addresses:
            raise missing
        return addresses

    def _listen_beside(
        self, service: ServerSpec, factory: Factory | None, endpoint: Endpoint, others: Sequence[Address]
    ) -> Address:
        if others and not isinstance(endpoint, UnixEndpoint | FDEndpoint) and not endpoint.port:
            try:
                return self._listen(service, factory, replace(endpoint, port=port_of(others[0])))
            except CannotListenError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
        return self._listen(service, factory, endpoint)

    def _listen(self, service: ServerSpec, factory: Factory | None, endpoint: Endpoint) -> Address:
        if isinstance(endpoint, UDPEndpoint):
            self.ports.append(endpoint.listen(self.reactor, self._protocol(service)))
        elif isinstance(endpoint, FDEndpoint) and endpoint.is_datagram:
            self.ports.append(endpoint.listen_udp(self.reactor, self._protocol(service)))
        elif factory is None:
            cli.fail(f"{service.name} speaks UDP only, as in --listen udp:127.0.0.1:{service.port}", 2)
        else:
            self.ports.append(endpoint.listen(self.reactor, factory))
        return self.ports[-1].host

    def _factory(self, service: ServerSpec) -> Factory | None:
        if service.stream is None:
            return None
        factory = service.stream(self.options, self.reactor)
        factory.service, factory.sessions = service.name, self.sessions
        if isinstance(factory, Announcer):
            self.announcers[service.name] = factory.announce
        limit, limit_per_address = self.options.max_connections, self.options.max_per_address
        if limit or limit_per_address:
            return LimitedFactory(factory, limit, limit_per_address)
        return factory

    def _protocol(self, service: ServerSpec) -> DatagramProtocol:
        if service.datagram is None:
            cli.fail(f"{service.name} does not speak UDP, only --listen tcp:... or unix:...", 2)
        protocol = service.datagram(self.options, self.reactor)
        return UDPSessions(protocol, service.name, self.sessions, self.reactor)

    def report_unused(self) -> None:
        """Log which sockets were handed over, and are not used."""
        used = {port.fileno() for port in self.ports}
        for each in self.options.handed_over:
            if each.number not in used:
                name = f", named {each.name!r}," if each.name else ""
                log.warning("fd:%d%s belongs to no server here, and is not used", each.number, name)

    def close(self) -> None:
        """Close everything that is still open, and remove the paths of Unix sockets."""
        self.reactor.clear()
        self.reactor.close()

    def listening(self) -> list[str]:
        """The lines that say where each service listens."""
        return [f"{name} listening on {each}" for name, found in self.endpoints.items() for each in found]

    def how_to_connect(self) -> list[str]:
        """The lines that say how to connect."""
        services = self.endpoints.items()
        ca = self.authority
        lines = [line for name, found in services for line in how_to_connect(name, found, ca)]
        return ["connect with", *lines]

    def print_lines(self, lines: Sequence[str]) -> None:
        """Print `lines`. Stop if this is impossible."""
        output = writer(sys.stdout)
        output.on_error = partial(self.reactor.call_from_thread, self.reactor.stop_if_running)
        output.write("".join([line + "\n" for line in lines]))

    def on_shutdown(self) -> None:
        """Print what the reactor waits for, if the shutdown takes longer than SILENT_STOP."""
        self.reactor.call_later(SILENT_STOP, self._print_pending)

    def _print_pending(self) -> None:
        pending = sum(session.traffic.waiting > 0 for session in self.sessions)
        if pending:
            connections = "1 connection" if pending == 1 else f"{pending} connections"
            text = f"stopping: waiting up to {GRACE:.0f} s for {connections} to receive pending data"
            cli.print_error(f"{text} (Ctrl-C again: stop now)")


def parser_for(description: str, services: Sequence[ServerSpec]) -> cli.Parser:
    """A parser for the flags that all servers have, and for those of `services`."""
    parser = cli.Parser(cli.command(), description, f"{cli.command()} --port 0")
    parser.add_argument(
        "--host", default=LOOPBACK, help="the address or name to listen on; empty: all addresses"
    )
    parser.add_argument(
        "--port",
        type=cli.port_number,
        default=services[0].port if len(services) == 1 else None,
        help="the port to listen on; 0: a free port",
    )
    parser.add_argument(
        "--listen",
        type=cli.endpoint,
        action="append",
        metavar="ENDPOINT",
        help="the endpoint to listen on, instead of --host and --port; repeatable",
    )
    _add_common(parser, any(service.stream is not None for service in services))
    for service in services:
        service.add_arguments(parser)
    long_running.add_arguments(parser)
    return parser


def _add_common(parser: cli.Parser, has_connections: bool) -> None:
    if has_connections:
        flags = {
            "--max-connections": "maximum number of connections",
            "--max-per-address": "maximum number of connections from one address",
        }
        for flag, text in flags.items():
            parser.add_argument(flag, type=cli.count, default=0, metavar="N", help=f"{text}; 0: no limit")
    parser.add_argument("--no-control", action="store_true", help="do not let the monitor connect")
    parser.add_argument(
        "--stall-ms",
        type=cli.positive,
        default=100,
        metavar="MS",
        help="report a handler that blocks the reactor for this many milliseconds",
    )


def endpoints_for(service: ServerSpec, options: Namespace, is_alone: bool = True) -> list[Endpoint]:
    """The endpoints on which `options` tell `service` to listen. Sockets that are handed over come first."""
    if options.listen:
        return list(options.listen)
    if handed := endpoints_of(service.name, options.handed_over, is_alone):
        return [*handed]
    port = service.port if options.port is None else options.port
    return [TCPEndpoint(options.host, port) if service.stream else UDPEndpoint(options.host, port)]


def host(name: str, options: Namespace, open_services: Callable[[ServerProcess], object]) -> None:
    """Run a process called `name` with the services that `open_services` opens, until a signal stops it."""
    options.handed_over = take_over()
    running = LongRunning(name, options)
    running.begin()
    with closing(running), running.reporting_failures(), closing(ServerProcess(options)) as process:
        open_services(process)
        process.report_unused()
        lines = [*process.listening(), *process.how_to_connect(), *running.notes()]
        running.confine(process.ports)
        print_lines = partial(process.print_lines, lines)
        process.reactor.call_when_running(running.serve, process.reactor, process.listening(), print_lines)
        serve(process, name)


def serve(process: ServerProcess, name: str) -> None:
    """Run the reactor until a signal stops it."""
    process.reactor.add_system_event_trigger("during", "shutdown", process.on_shutdown)
    with open_feed(
        name, process.reactor, process.sessions, process.endpoints, process.announcers, process.options
    ):
        process.reactor.run()
    output = writer(sys.stdout)
    output.write(f"{name} stopped\n")
    output.close()
    if output.error is not None:
        cli.fail(cli.stream_failure("write", output.error))


def run(service: ServerSpec) -> None:
    """Run the command `python -m servers.NAME`."""
    options = parser_for(f"run the {service.name} server", [service]).parse_args()
    host(service.name, options, lambda process: process.open(service, endpoints_for(service, options)))
